using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

// Values on the grid that explain the samples: argmin ‖W^½ (F x − y)‖² + λ ‖x‖², transformed. The grid is wider than what is kept: samples near
// the edge of the region also depend on grid points beyond it.

/// <summary>The centre of k-space on a Cartesian grid, from samples anywhere.</summary>
internal static class GriddedCalibration
{
    private const int Margin = 8;      // cycles per field of view on both sides together
    private const int Iterations = 20; // well determined where spokes are dense; early stopping regularises the rest
    private const double Lambda = 1e-4;

    /// <summary>Grids all slices.</summary>
    /// <param name="slices">[slice, coil, sample] complex64, in host memory.</param>
    /// <param name="points">[sample, 2] (kx, ky) in cycles per field of view.</param>
    /// <param name="weights">Density weight of each sample; any scale.</param>
    /// <param name="width">Width of the region to keep, even.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="scope">Owner of the result, in host memory.</param>
    /// <returns>[slice, coil, width, width] complex64, ky slow, the zero frequency at width / 2.</returns>
    /// <exception cref="InputException">The region holds no sample, or one that is not finite.</exception>
    public static Tensor Compute(Tensor slices, Tensor points, ReadOnlySpan<double> weights, int width, Device device, TensorScope scope)
    {
        int side = width + Margin;
        using TensorScope host = new(scope.Device, MemoryOwner.Workspace), work = new(device, MemoryOwner.Workspace);
        CalibrationSamples samples = CalibrationSamples.Select(slices, points, weights, side, host);
        ArrayFile.RequireFinite(samples.KSpace, "k-space of the calibration region");
        Tensor near = work.Bring(samples.Points), normalised = samples.NormalisedWeights(near, side, work), data = work.Bring(samples.KSpace);
        using NufftPlan plan = NufftPlan.Create(near, side, side, NufftAccuracy.Finest);
        using ToeplitzNormal normal = CalibrationNormal.Create(near, normalised, side, work);
        Tensor weighted = work.Like(data), gridded = work.New(data.DType, [.. data.Shape[..2], side, side]), images = work.Zeros(data.DType, gridded.Shape);
        RealComplexMultiply.Run(normalised, data, weighted);
        plan.Adjoint(weighted, gridded);
        ConjugateGradient.Solve(normal, Lambda, gridded, images, Iterations, 0);
        Fft.Forward(images, images);
        Tensor grid = host.Bring(images), kept = scope.New(DType.Complex64, [.. data.Shape[..2], width, width]);
        int first = (side / 2) - (width / 2);
        for (int line = 0; line < kept.Shape[0] * kept.Shape[1] * width; line++)
        {
            int from = (line / width * side * side) + ((first + (line % width)) * side) + first;
            grid.Span<Complex64>().Slice(from, width).CopyTo(kept.Span<Complex64>()[(line * width)..]);
        }

        return kept;
    }
}
