using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>The single-coil normal operator of the calibration samples on a small square image.</summary>
internal static class CalibrationNormal
{
    /// <summary>Fᴴ W F on images [side, side].</summary>
    /// <param name="points">[sample, 2] (kx, ky) in cycles per field of view.</param>
    /// <param name="weights">[sample] float32 or float64.</param>
    /// <param name="side">Side of the image.</param>
    /// <param name="scope">Owner of the tables, on the device of the weights.</param>
    public static ToeplitzNormal Create(Tensor points, Tensor weights, int side, TensorScope scope)
    {
        bool isDouble = weights.DType == DType.Float64;
        Tensor spectrum = ToeplitzSpectrum.Compute(scope, scope.Device, points, weights, side, side, isDouble).Values;
        using var work = new TensorScope(scope.Device, MemoryOwner.Workspace);
        Tensor one = scope.New(weights.DType.ToComplex(), [1, side, side]), parts = work.Zeros(weights.DType, [1, 2, side, side]);
        Fill.Run(1, parts.Slice(0).Slice(0));
        new ComplexToChannels(one.Shape).Adjoint(parts, one);
        return new ToeplitzNormal(spectrum, one);
    }
}
