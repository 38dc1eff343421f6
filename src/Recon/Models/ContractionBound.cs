using System.Globalization;
using Stardeq.Autodiff;

namespace Stardeq.Recon;

/// <summary>
/// What can be proven of a layer from the norms of its weights: ‖f(x) − f(y)‖ ≤ Factor · ‖x − y‖ for all x and y. Below one, f
/// has one fixed point, and plain iteration comes to it from everywhere. Derivation: docs/derivations/lipschitz.md.
/// </summary>
/// <param name="Factor">Bound of the Lipschitz constant of f.</param>
/// <param name="Denoiser">Bound of that of the denoiser R.</param>
/// <param name="Network">Bound of that of the U-Net, and its parts.</param>
public sealed record ContractionBound(double Factor, double Denoiser, LipschitzBound Network)
{
    /// <summary>True if f is a contraction by proof.</summary>
    public bool IsCertified => Factor < 1;

    /// <summary>The bound of a model with the weights in use.</summary>
    /// <param name="model">The model; its weights are normalised if it has a normalisation, which must have been renewed.</param>
    /// <param name="rows">Rows of the images.</param>
    /// <param name="columns">Columns of the images.</param>
    /// <param name="normal">Largest eigenvalue of H, or a bound of it.</param>
    public static ContractionBound Of(EquilibriumModel model, int rows, int columns, double normal = 1)
    {
        LipschitzBound network = UnetBound.Of(model.Unet, rows, columns);
        double denoiser = OfDenoiser(model.Options.Denoiser, model.Options.DenoiserShare, network.Value);
        return new ContractionBound(OfLayer(model, denoiser, normal), denoiser, network);
    }

    /// <summary>The same model's bound for another largest eigenvalue of H: 0 gives what the weights alone allow at best.</summary>
    /// <param name="model">The model of this bound, unchanged.</param>
    /// <param name="normal">Largest eigenvalue of H, or a bound of it.</param>
    public ContractionBound ForNormal(EquilibriumModel model, double normal) => this with { Factor = OfLayer(model, Denoiser, normal) };

    /// <summary>R(u) = u + U(u), U(u), or (1 − t) u + t U(u).</summary>
    /// <param name="kind">How U becomes R.</param>
    /// <param name="share">t.</param>
    /// <param name="network">Lipschitz constant of U.</param>
    public static double OfDenoiser(DenoiserKind kind, double share, double network) => kind switch
    {
        DenoiserKind.Residual => 1 + network,
        DenoiserKind.Direct => network,
        _ => Math.Abs(1 - share) + (Math.Abs(share) * network),
    };

    /// <summary>f(z) = R(z − η (H z − b)).</summary>
    /// <param name="step">η ≥ 0.</param>
    /// <param name="denoiser">Lipschitz constant of R.</param>
    /// <param name="normal">Largest eigenvalue of H; the smallest is taken as 0.</param>
    public static double OfProx(double step, double denoiser, double normal) => denoiser * Math.Max(1, (step * normal) - 1);

    /// <summary>f(z) = (1 − η) z − η H z + η b + η R(z).</summary>
    /// <param name="step">η ≥ 0.</param>
    /// <param name="denoiser">Lipschitz constant of R.</param>
    /// <param name="normal">Largest eigenvalue of H; the smallest is taken as 0.</param>
    public static double OfGrad(double step, double denoiser, double normal) =>
        Math.Max(Math.Abs(1 - step), Math.Abs(1 - (step * (1 + normal)))) + (step * denoiser);

    /// <summary>f(z) = (I + αλH)⁻¹ ((1 − α) z + α R(z) + αλ b), whatever λ > 0; with α = 1 also (H + λ)⁻¹ (b + λ R(z)).</summary>
    /// <param name="alpha">α in (0, 1].</param>
    /// <param name="denoiser">Lipschitz constant of R.</param>
    public static double OfMol(double alpha, double denoiser) => 1 - alpha + (alpha * denoiser);

    /// <summary>One line for people.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"contraction factor at most {Factor:0.0000} ({(IsCertified ? "certified" : "no certificate")}); denoiser {Denoiser:0.0000}, network {Network}");

    private static double OfLayer(EquilibriumModel model, double denoiser, double normal) => model.Options.Layer switch
    {
        LayerKind.Prox => OfProx(model.Scalar, denoiser, normal),
        LayerKind.Grad => OfGrad(model.Scalar, denoiser, normal),
        LayerKind.Modl => OfMol(1, denoiser),
        _ => OfMol(model.Options.Alpha, denoiser),
    };
}
