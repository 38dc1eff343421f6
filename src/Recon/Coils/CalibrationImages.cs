using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>Coil images from the centre of k-space, gridded.</summary>
internal static class CalibrationImages
{
    /// <summary>Low-resolution images of all slices, with a Hann taper against ringing.</summary>
    /// <param name="slices">[slice, coil, sample] complex64 k-space, in host memory.</param>
    /// <param name="points">[sample, 2] (kx, ky) in cycles per field of view.</param>
    /// <param name="weights">Density weight of each sample; any scale.</param>
    /// <param name="rows">Image height in pixels.</param>
    /// <param name="columns">Image width in pixels.</param>
    /// <param name="radius">Radius of the central k-space that is used, as a fraction of its full radius N/2.</param>
    /// <param name="scope">Owner of the result, in host memory.</param>
    /// <returns>[slice, coil, y, x] complex64.</returns>
    /// <exception cref="InputException">There is no sample within the radius.</exception>
    public static Tensor Compute(Tensor slices, Tensor points, ReadOnlySpan<double> weights, int rows, int columns, double radius, TensorScope scope)
    {
        using var work = new TensorScope(scope.Device, MemoryOwner.Workspace);
        double[] k = points.DType == DType.Float64 ? points.ToArray<double>() : Array.ConvertAll(points.ToArray<float>(), p => (double)p);
        double Distance(int m) => 2 * Math.Sqrt(Square(k[2 * m] / columns) + Square(k[(2 * m) + 1] / rows)); // 1 at the edge of k-space
        int[] central = [.. Enumerable.Range(0, k.Length / 2).Where(m => Distance(m) < radius)];
        if (central.Length == 0)
        {
            throw new InputException($"coil maps: no sample within {radius:g3} of the radius of k-space; a larger calibration radius or the centre of k-space was expected.");
        }

        double[] near = new double[2 * central.Length];
        float[] taper = new float[central.Length];
        for (int i = 0; i < central.Length; i++)
        {
            (near[2 * i], near[(2 * i) + 1]) = (k[2 * central[i]], k[(2 * central[i]) + 1]);
            double hann = 0.5 * (1 + Math.Cos(Math.PI * Distance(central[i]) / radius)); // no ringing
            taper[i] = (float)(weights[central[i]] * hann);
        }

        int samples = slices.Shape[^1];
        Tensor data = work.New(DType.Complex64, [slices.Shape[0], slices.Shape[1], central.Length]);
        Tensor allLines = slices.Reshape([slices.Shape[0] * slices.Shape[1], samples]), lines = data.Reshape([allLines.Shape[0], central.Length]);
        ((CpuDevice)slices.Device).For(allLines.Shape[0], line =>
        {
            Span<Complex64> from = allLines.Slice(line).Span<Complex64>(), to = lines.Slice(line).Span<Complex64>();
            for (int i = 0; i < central.Length; i++)
            {
                Complex64 y = from[central[i]];
                to[i] = new Complex64(taper[i] * y.Real, taper[i] * y.Imaginary);
            }
        });

        using NufftPlan plan = NufftPlan.Create(scope.Device, near, rows, columns, NufftAccuracy.Fast);
        Tensor images = scope.New(DType.Complex64, [slices.Shape[0], slices.Shape[1], rows, columns]);
        plan.Adjoint(data, images);
        return images;
    }

    private static double Square(double value) => value * value;
}
