using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>
/// The spectrum of a Toeplitz operator on a grid that transforms fast. The 2 N points of an axis are needed for the offsets
/// -N &lt; m &lt; N only, so any length from 2 N - 1 on gives the same operator; where 2 N has a prime factor above 7, the next length
/// without one costs a third of the chirp transform.
/// </summary>
internal static class SmoothSpectrum
{
    /// <summary>Length of the transforms of an axis of n pixels: 2 n where that is smooth.</summary>
    public static int Length(int n) => FftPlan.NextSmooth(2 * n, even: false) == 2 * n ? 2 * n : FftPlan.NextSmooth((2 * n) - 1, even: false);

    /// <summary>The spectrum at those lengths: itself where both are 2 N.</summary>
    /// <param name="spectrum">[2 rows, 2 columns] float32 in host memory.</param>
    /// <param name="rows">Image rows.</param>
    /// <param name="columns">Image columns.</param>
    /// <param name="scope">Owner of the result.</param>
    public static Tensor Of(Tensor spectrum, int rows, int columns, TensorScope scope)
    {
        int height = Length(rows), width = Length(columns);
        if (height == 2 * rows && width == 2 * columns)
        {
            return spectrum;
        }

        using var work = new TensorScope(scope.Device, MemoryOwner.Workspace);
        Tensor kernel = work.Zeros(DType.Complex64, spectrum.Shape), moved = work.Zeros(DType.Complex64, [height, width]);
        ReadOnlySpan<float> values = spectrum.Span<float>();
        Span<Complex64> offsets = kernel.Span<Complex64>(), target = moved.Span<Complex64>();
        float scale = 1f / values.Length;
        for (int i = 0; i < values.Length; i++)
        {
            offsets[i] = new Complex64(scale * values[i], 0);
        }

        Fft.Inverse(kernel, kernel, axes: 2, FftNorm.None, centred: false);
        for (int my = 1 - rows; my < rows; my++)
        {
            for (int mx = 1 - columns; mx < columns; mx++)
            {
                target[(Wrap(my, height) * width) + Wrap(mx, width)] = offsets[(Wrap(my, 2 * rows) * 2 * columns) + Wrap(mx, 2 * columns)];
            }
        }

        Fft.Forward(moved, moved, axes: 2, FftNorm.None, centred: false);
        Tensor result = scope.New(DType.Float32, moved.Shape);
        Span<float> real = result.Span<float>();
        for (int i = 0; i < real.Length; i++)
        {
            real[i] = target[i].Real; // the offsets are Hermitian
        }

        return result;
    }

    private static int Wrap(int offset, int length) => offset < 0 ? offset + length : offset;
}
