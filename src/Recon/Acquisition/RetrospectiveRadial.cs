using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>Radial samples of fully sampled Cartesian data: real coils and noise with a known answer.</summary>
public static class RetrospectiveRadial
{
    /// <summary>Evaluates the trigonometric interpolant of Cartesian k-space on spokes.</summary>
    /// <param name="cartesian">[coil, y, x] complex64, square; index floor(N/2) of each axis is k = 0.</param>
    /// <param name="angles">Spoke angles, radians.</param>
    /// <param name="radius">Signed radius, cycles per pixel.</param>
    /// <param name="scope">Owner of the result.</param>
    /// <returns>One partition: k-space [coil, 1, spoke, readout]. A sample on a Cartesian point has its value.</returns>
    /// <exception cref="InputException">Not complex64 [coil, N, N].</exception>
    public static StackOfStarsAcquisition FromCartesian(Tensor cartesian, double[] angles, double[] radius, TensorScope scope)
    {
        if (cartesian.DType != DType.Complex64 || cartesian.Shape.Rank != 3 || cartesian.Shape[1] != cartesian.Shape[2] || cartesian.Count == 0)
        {
            throw new InputException($"Cartesian k-space is {cartesian.Describe()}; complex64 [coil, N, N] was expected. Crop or zero-fill it to a square.");
        }

        using var work = new TensorScope(scope.Device, MemoryOwner.Workspace);
        int coils = cartesian.Shape[0], matrix = cartesian.Shape[1];
        Tensor images = work.Like(cartesian);
        Fft.Inverse(cartesian, images);
        Tensor points = RadialTrajectory.Points(angles, radius, matrix, matrix, work, DType.Float64);
        using NufftPlan plan = NufftPlan.Create(points, matrix, matrix, NufftAccuracy.Finest);
        Tensor samples = scope.New(DType.Complex64, [coils, 1, angles.Length, radius.Length]);
        plan.Forward(images, samples.Reshape([coils, angles.Length * radius.Length]));
        return new StackOfStarsAcquisition(samples, angles, radius, matrix);
    }
}
