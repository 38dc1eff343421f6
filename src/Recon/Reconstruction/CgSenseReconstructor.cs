using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>
/// CG-SENSE [PRU01]: (H + λ I) x = b by conjugate gradients from 0. Plain least squares where the slice was prepared
/// for it: density weights speed convergence up but amplify noise.
/// </summary>
/// <param name="Regularisation">λ, relative to ‖Fᴴ W F‖ = 1.</param>
/// <param name="Iterations">Limit; the residual stops earlier below 1e-6.</param>
public sealed record CgSenseReconstructor(double Regularisation, int Iterations) : IReconstructor
{
    // Where rounding of float32 ends the progress of conjugate gradients on an operator of norm 1.
    private const double Tolerance = 1e-6;

    /// <summary>Most slices that <see cref="Tuned"/> looks at: neighbouring slices have the same best λ, and a scan has hundreds.</summary>
    internal const int TuningSlices = 8;

    /// <summary>Candidates of <see cref="Tuned"/>: half decades around the noise level of common data.</summary>
    internal static IReadOnlyList<double> Candidates { get; } = [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2];

    /// <inheritdoc/>
    public string Name => "CG-SENSE";

    /// <summary>The λ of best PSNR on slices with known targets: the strongest form of this yardstick.</summary>
    /// <param name="slices">Slices with targets; of many, <see cref="TuningSlices"/> at equal distances are taken.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="iterations">Limit of each solve.</param>
    /// <param name="range">Where the peak of a PSNR is taken from.</param>
    /// <param name="progress">Told after each candidate.</param>
    /// <param name="stop">Stops between slices.</param>
    public static CgSenseReconstructor Tuned(
        IReadOnlyList<IWaitingSlice> slices, Device device, int iterations, DataRange range, IProgressReport progress, CancellationToken stop)
    {
        int count = Math.Min(slices.Count, TuningSlices);
        IWaitingSlice[] some = [.. Enumerable.Range(0, count).Select(i => slices[i * slices.Count / count])];
        progress.Begin("tuning CG-SENSE", Candidates.Count);
        int done = 0;
        return Candidates.Select(lambda => new CgSenseReconstructor(lambda, iterations)).MaxBy(candidate =>
        {
            using var scope = new TensorScope(device.Host, MemoryOwner.Workspace);
            double psnr = candidate.Run(some, device, scope, NoProgress.Instance, stop).Compare(range).Psnr;
            progress.Step(++done);
            return psnr;
        })!;
    }

    /// <inheritdoc/>
    public SolvedSlice? Reconstruct(SliceProblem slice, Tensor image)
    {
        image.Clear();
        LeastSquaresProblem equations = slice.Plain ?? new LeastSquaresProblem(slice.B, slice.Spectrum);
        using var normal = new ToeplitzNormal(equations.Spectrum, slice.Maps);
        ConjugateGradient.Solve(normal, Regularisation, equations.B, image, Iterations, Tolerance);
        return null;
    }
}
