using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>
/// One application f(z) of the layer whose fixed point, or whose repetition, is the reconstruction, and its parameters,
/// shared by all iterations. The kinds of layers: <see cref="LayerKind"/>, docs/derivations/layers.md.
/// </summary>
public sealed class EquilibriumModel : IDisposable
{
    /// <summary>Name of the step size in checkpoints.</summary>
    public const string StepSizeName = "eta";

    /// <summary>Name of the weight of the denoiser in checkpoints.</summary>
    public const string LambdaName = "lambda";

    private readonly Denoiser _denoiser;
    private readonly Parameter _scalar;
    private readonly ResolventOptions _resolvent;

    /// <summary>A model with all parameters zero except its scalar; call <see cref="Initialise"/> or load a checkpoint.</summary>
    public EquilibriumModel(Device device, ModelOptions options, DType dtype = DType.Float32)
    {
        Options = options;
        Parameters = new ParameterSet(device, dtype);
        Unet = new Unet(Parameters, options.Unet);
        Normalisation = options.Spectral is { } spectral ? new SpectralNormalisation(Parameters, Unet, spectral) : null;
        Unet.WeightRule = Normalisation;
        _denoiser = new Denoiser(Unet, options.Denoiser, options.DenoiserShare);
        _scalar = Parameters.Add(options.ScalarName, Shape.Scalar);
        _resolvent = options.Resolvent ?? ResolventOptions.For(dtype);
        Fill.Run(options.Scalar, _scalar.Value);
    }

    /// <summary>Size and kind.</summary>
    public ModelOptions Options { get; }

    /// <summary>All parameters, the scalar included.</summary>
    public ParameterSet Parameters { get; }

    /// <summary>The network.</summary>
    public Unet Unet { get; }

    /// <summary>Normalises the network's weights; null if they are used as they are. Training steps call its Advance before they
    /// solve, everybody else Refresh once the weights are there.</summary>
    public SpectralNormalisation? Normalisation { get; }

    /// <summary>η of the layers with a step size, λ of the others, now.</summary>
    public double Scalar => _scalar.Value.Item();

    /// <summary>Parameters that an optimiser may change.</summary>
    public IEnumerable<Parameter> Trained => Options.LearnsScalar ? Parameters.All : Parameters.All.Where(p => p != _scalar);

    /// <summary>Draws the weights of the network; see <see cref="Autodiff.Unet.Initialise"/>.</summary>
    public void Initialise(CounterRandom random) => Unet.Initialise(random);

    /// <summary>f for a batch of slices.</summary>
    /// <param name="normal">H of all slices, complex [slices, rows, columns] to itself, ‖H‖ ≤ 1.</param>
    /// <param name="b">Aᴴ W y of all slices, complex [slices, rows, columns].</param>
    public FixedPointMap Layer(ILinearOperator normal, Tensor b) => (tape, z) => Layer(tape, normal, tape.Input(b), z);

    /// <summary>The fixed-point problem of a batch.</summary>
    /// <param name="normal">H, see <see cref="Layer(ILinearOperator, Tensor)"/>.</param>
    /// <param name="b">Aᴴ W y.</param>
    /// <param name="start">z₀, like <paramref name="b"/>.</param>
    public FixedPointProblem Problem(ILinearOperator normal, Tensor b, Tensor start) =>
        new(Layer(normal, b), start) { CanCapture = Options.Layer.HasStepSize() };

    /// <summary>One application f(z) with b as a variable.</summary>
    public Variable Layer(Tape tape, ILinearOperator normal, Variable b, Variable z) => Options.Layer switch
    {
        LayerKind.Prox => Prox(tape, normal, b, z),
        LayerKind.Grad => Grad(tape, normal, b, z),
        LayerKind.Modl => Modl(tape, normal, b, z),
        _ => Mol(tape, normal, b, z),
    };

    /// <summary>R(u), the network as a denoiser.</summary>
    public Variable Denoise(Tape tape, Variable image) => _denoiser.Apply(tape, image);

    /// <summary>Moves the scalar back into its legal range after an update.</summary>
    /// <returns>True if it had left the range.</returns>
    public bool ClampScalar()
    {
        double legal = Math.Clamp(Scalar, ModelOptions.SmallestScalar, Options.LargestScalar);
        bool moved = legal != Scalar;
        if (moved)
        {
            Fill.Run(legal, _scalar.Value);
        }

        return moved;
    }

    /// <summary>Gives the parameters' bytes back.</summary>
    public void Dispose()
    {
        Normalisation?.Dispose();
        Parameters.Dispose();
    }

    /// <summary>What the denoiser gets when the layer is at z: z − η (H z − b) in prox, z in the others.</summary>
    public Variable DenoiserInput(Tape tape, ILinearOperator normal, Variable b, Variable z) => Options.Layer == LayerKind.Prox
        ? tape.Subtract(z, tape.ScaleBy(tape.Use(_scalar), tape.Subtract(tape.Apply(normal, z), b)))
        : z;

    /// <summary>z − η (H z − b − N(z)), N(z) = R(z) − z.</summary>
    private Variable Grad(Tape tape, ILinearOperator normal, Variable b, Variable z)
    {
        Variable residual = tape.Subtract(tape.Apply(normal, z), b);
        Variable correction = tape.Subtract(_denoiser.Apply(tape, z), z);
        return tape.Subtract(z, tape.ScaleBy(tape.Use(_scalar), tape.Subtract(residual, correction)));
    }

    /// <summary>(H + λ I)⁻¹ (b + λ R(z)).</summary>
    private Variable Modl(Tape tape, ILinearOperator normal, Variable b, Variable z)
    {
        Variable lambda = tape.Use(_scalar);
        return tape.ShiftedSolve(normal, lambda, tape.Add(b, tape.ScaleBy(lambda, _denoiser.Apply(tape, z))), _resolvent);
    }

    /// <summary>(I + α λ H)⁻¹ ((1 − α) z + α R(z) + α λ b).</summary>
    private Variable Mol(Tape tape, ILinearOperator normal, Variable b, Variable z)
    {
        double alpha = Options.Alpha;
        Variable factor = tape.Scale(alpha, tape.Use(_scalar));
        Variable averaged = tape.WeightedSum(1 - alpha, z, alpha, _denoiser.Apply(tape, z));
        return tape.Resolvent(normal, factor, tape.Add(averaged, tape.ScaleBy(factor, b)), _resolvent);
    }

    private Variable Prox(Tape tape, ILinearOperator normal, Variable b, Variable z) =>
        _denoiser.Apply(tape, DenoiserInput(tape, normal, b, z));
}
