using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Kernels;

// toeplitz spectrum: K = F h, h[m] = 1/(rows columns) Σ_j w_j exp(2πi k_j·m/N), |m| < N
// gradient: none, a constant of the data · spec: tests/Kernels/Fourier/ToeplitzTests.cs

/// <summary>
/// The real spectrum that turns Fᴴ W F into a convolution: the transform of
/// h[m] = 1/(rows columns) Σ_j w_j exp(2πi k_j·m/N) for offsets m in [-N, N) per axis, zero where an offset is -N, with offset 0
/// moved to index 0. h is Hermitian, so its transform is real.
/// </summary>
/// <remarks>float64 is the exact sum; float32 goes through the adjoint gridding transform on an image of twice the size at
/// <see cref="NufftAccuracy.Finest"/>, with a relative error below 1e-6. Method: docs/method.md A2.4.</remarks>
/// <param name="Values">[2 rows, 2 columns] real, in the natural order of an uncentred transform.</param>
/// <param name="LargestImaginary">Largest imaginary part that was dropped, relative to the largest value: rounding.</param>
public readonly record struct ToeplitzSpectrum(Tensor Values, double LargestImaginary)
{
    /// <summary>Computes the spectrum of a weighted point set.</summary>
    /// <param name="scope">Owner of the result.</param>
    /// <param name="device">Device of the result.</param>
    /// <param name="points">[M, 2] or [.., 2] real: (kx, ky) in cycles per field of view.</param>
    /// <param name="weights">M real numbers, any shape.</param>
    /// <param name="rows">Image rows.</param>
    /// <param name="columns">Image columns.</param>
    /// <param name="doublePrecision">float64 by the exact sum; otherwise float32.</param>
    /// <exception cref="ShapeException">There is not one weight per point, or a size is below 1.</exception>
    public static ToeplitzSpectrum Compute(TensorScope scope, Device device, Tensor points, Tensor weights, int rows, int columns, bool doublePrecision)
    {
        double[] doubled = Array.ConvertAll(PointCoordinates.Read("toeplitz spectrum", points), k => 2 * k); // cycles per doubled field of view
        if (weights.DType is not (DType.Float32 or DType.Float64) || 2 * weights.Count != doubled.Length)
        {
            throw new ShapeException($"toeplitz spectrum: weights are {weights.Describe()} for {doubled.Length / 2} points; expected one real weight per point.");
        }

        if (device is not CpuDevice)
        {
            using var host = new TensorScope(Device.Cpu, MemoryOwner.Workspace); // once per set of points
            ToeplitzSpectrum computed = Compute(host, Device.Cpu, points, weights, rows, columns, doublePrecision);
            Tensor uploaded = scope.New(computed.Values.DType, computed.Values.Shape);
            uploaded.CopyFrom(computed.Values);
            return computed with { Values = uploaded };
        }

        using var work = new TensorScope(device, MemoryOwner.Workspace);
        using NufftPlan plan = NufftPlan.Create(device, doubled, 2 * rows, 2 * columns, NufftAccuracy.Finest);
        double[] w = weights.DType == DType.Float64 ? weights.ToArray<double>() : Array.ConvertAll(weights.ToArray<float>(), v => (double)v);
        double scale = 2 / Math.Sqrt((double)rows * columns); // 1/(rows columns) over the plan's own 1/√(4 rows columns)
        Tensor samples = doublePrecision
            ? work.From<Complex>([w.Length], Array.ConvertAll(w, v => new Complex(v * scale, 0)))
            : work.From<Complex64>([w.Length], Array.ConvertAll(w, v => new Complex64((float)(v * scale), 0)));
        Tensor offsets = work.New(samples.DType, plan.Domain);
        plan.Adjoint(samples, offsets);
        offsets.Slice(0).Clear();
        for (int row = 0; row < 2 * rows; row++)
        {
            offsets.Slice(row).Slice(0, 1).Clear();
        }

        Fft.Forward(offsets, offsets, axes: 2, FftNorm.None, centred: true);
        Tensor values = scope.New(offsets.DType.ToReal(), plan.Domain);
        double imaginary = doublePrecision
            ? Uncentre(offsets.RealSpan<double>(), values.Span<double>(), 2 * rows, 2 * columns)
            : Uncentre(offsets.RealSpan<float>(), values.Span<float>(), 2 * rows, 2 * columns);
        return new ToeplitzSpectrum(values, imaginary);
    }

    // Real parts, with the centre moved to index 0.
    private static double Uncentre<T>(ReadOnlySpan<T> centred, Span<T> values, int rows, int columns)
        where T : unmanaged, INumber<T>
    {
        T largest = T.Zero, imaginary = T.Zero;
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                int source = 2 * (((row + (rows / 2)) % rows * columns) + ((column + (columns / 2)) % columns));
                values[(row * columns) + column] = centred[source];
                largest = T.Max(largest, T.Abs(centred[source]));
                imaginary = T.Max(imaginary, T.Abs(centred[source + 1]));
            }
        }

        return largest == T.Zero ? 0 : double.CreateChecked(imaginary / largest);
    }
}
