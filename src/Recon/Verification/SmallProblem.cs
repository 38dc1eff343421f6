using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>A radial three-coil problem of 8 × 9 pixels in float64 with exact Fourier sums, for checks with known answers.</summary>
internal sealed class SmallProblem : IDisposable
{
    public const int Rows = 8, Columns = 9, Coils = 3;

    public SmallProblem(TensorScope scope, DenoiserKind denoiser = DenoiserKind.Residual, double networkScale = 0, LayerKind layer = LayerKind.Prox, UnetOptions? unet = null)
    {
        double[] angles = RadialTrajectory.Angles(SpokeOrder.Golden, 6), radius = RadialTrajectory.ReadoutPositions(14);
        Points = RadialTrajectory.Points(angles, radius, Rows, Columns, scope, DType.Float64);
        double[] weights = RadialDensity.Voronoi(SpokeGeometry.Radial(angles, radius), Rows, Columns);
        Maps = scope.New(DType.Complex128, [Coils, Rows, Columns]);
        RandomFill.Normal(Maps, new CounterRandom(51), 0.4);

        // With random maps the norm of H is not known beforehand: measure it and divide it out.
        Tensor start = scope.New(DType.Complex128, [1, Rows, Columns]);
        RandomFill.Normal(start, new CounterRandom(52));
        using ToeplitzNormal unscaled = NormalOf(scope, weights);
        double norm = Lanczos.LargestEigenvalue(unscaled, start, 2 * Rows * Columns, 1e-12).Value;
        Weights = scope.From([weights.Length], [.. weights.Select(w => w / norm)]);
        Normal = NormalOf(scope, Weights.ToArray<double>());
        B = scope.Like(start);
        Normal.Forward(start, B);
        Model = new EquilibriumModel(
            scope.Device, new ModelOptions { Layer = layer, Unet = unet ?? new UnetOptions(3, 1), Denoiser = denoiser, Scalar = 0.8 }, DType.Float64);
        foreach (Parameter parameter in Model.Parameters.All.Where(p => p.Value.Shape.Rank > 0))
        {
            RandomFill.Normal(parameter.Value, new CounterRandom(53).Stream(parameter.Name), networkScale);
        }
    }

    public Tensor Points { get; }

    public Tensor Weights { get; }

    public Tensor Maps { get; }

    /// <summary>H = Aᴴ W A of norm 1, on a batch of one slice.</summary>
    public ToeplitzNormal Normal { get; }

    /// <summary>H applied to a random image, [1, rows, columns].</summary>
    public Tensor B { get; }

    public EquilibriumModel Model { get; }

    /// <summary>H on a batch of slices that share trajectory and maps; the caller disposes it.</summary>
    public ToeplitzNormal Stacked(TensorScope scope, int slices)
    {
        Tensor maps = scope.New(Maps.DType, [slices, .. Maps.Shape]);
        for (int s = 0; s < slices; s++)
        {
            maps.Slice(s).CopyFrom(Maps);
        }

        return new ToeplitzNormal(Spectrum(scope, Weights.ToArray<double>()), maps);
    }

    public void Dispose()
    {
        Normal.Dispose();
        Model.Dispose();
    }

    private ToeplitzNormal NormalOf(TensorScope scope, double[] weights) => new(Spectrum(scope, weights), Maps.Reshape([1, .. Maps.Shape]));

    private Tensor Spectrum(TensorScope scope, double[] weights) =>
        ToeplitzSpectrum.Compute(scope, scope.Device, Points, scope.From([weights.Length], weights), Rows, Columns, true).Values;
}
