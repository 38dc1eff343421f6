using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Linear combinations of coils, and the covariance between coils, over data in host memory.</summary>
public static class CoilMixing
{
    private const int ChunkSamples = 512; // 32 coils of a chunk are 128 KiB, which a second-level cache holds
    private const int Parts = 64;         // partial covariances; a fixed number, so that threads change no bit

    /// <summary>result[o] = Σ_i matrix[o, i] · data[i].</summary>
    /// <param name="matrix">[coils out, coils in].</param>
    /// <param name="data">[coil, ...] complex64.</param>
    /// <param name="result">[coil out, ...] complex64; may be <paramref name="data"/> itself if the numbers of coils agree.</param>
    /// <exception cref="ShapeException">Types or sizes do not fit.</exception>
    public static void Apply(Complex[,] matrix, Tensor data, Tensor result)
    {
        int outputs = matrix.GetLength(0), inputs = matrix.GetLength(1);
        if (data.DType != DType.Complex64 || result.DType != DType.Complex64 || data.Shape.Rank < 2 || data.Shape[0] != inputs || result.Shape[0] != outputs || data.Shape[1..] != result.Shape[1..])
        {
            throw new ShapeException($"coil mixing: {data.Describe()} to {result.Describe()} by a {outputs} x {inputs} matrix; complex64 [{inputs}, ...] and [{outputs}, ...] with the same samples were expected.");
        }

        long samples = data.Count / inputs;
        Tensor from = data.Reshape([inputs, (int)samples]), to = result.Reshape([outputs, (int)samples]);
        int chunks = (int)((samples + ChunkSamples - 1) / ChunkSamples);
        ((CpuDevice)data.Device).For(chunks, chunk =>
        {
            int start = chunk * ChunkSamples, length = 2 * (int)Math.Min(ChunkSamples, samples - start);
            float[] mixed = new float[outputs * length], imaginary = new float[length];
            for (int o = 0; o < outputs; o++)
            {
                Span<float> real = mixed.AsSpan(o * length, length);
                Array.Clear(imaginary);
                for (int i = 0; i < inputs; i++)
                {
                    ComplexRows.AddScaled(Row(from, i, start, length), (float)matrix[o, i].Real, (float)matrix[o, i].Imaginary, real, imaginary);
                }

                ComplexRows.Join(real, imaginary);
            }

            for (int o = 0; o < outputs; o++)
            {
                mixed.AsSpan(o * length, length).CopyTo(Row(to, o, start, length));
            }
        });
    }

    /// <summary>Mean over the samples of y yᴴ.</summary>
    /// <param name="data">[coil, ...] complex64. Sums of 512 products are rounded to single precision, the rest is double.</param>
    /// <returns>[coil, coil], Hermitian.</returns>
    public static Complex[,] Covariance(Tensor data)
    {
        int coils = data.Shape[0], samples = (int)(data.Count / coils);
        Tensor rows = data.Reshape([coils, samples]);
        int chunks = (samples + ChunkSamples - 1) / ChunkSamples;
        var partial = new Complex[Parts][,];
        ((CpuDevice)data.Device).For(Parts, part =>
        {
            partial[part] = new Complex[coils, coils];
            float[] rotated = new float[2 * ChunkSamples];
            for (int chunk = part; chunk < chunks; chunk += Parts)
            {
                int start = chunk * ChunkSamples, length = 2 * Math.Min(ChunkSamples, samples - start);
                AddProducts(rows, start, length, rotated, partial[part]);
            }
        });

        var covariance = new Complex[coils, coils];
        for (int a = 0; a < coils; a++)
        {
            for (int b = 0; b <= a; b++)
            {
                Complex sum = Complex.Zero;
                foreach (Complex[,] part in partial)
                {
                    sum += part[a, b];
                }

                (covariance[a, b], covariance[b, a]) = (sum / samples, Complex.Conjugate(sum) / samples);
            }
        }

        return covariance;
    }

    /// <summary>A·B.</summary>
    internal static Complex[,] Product(Complex[,] a, Complex[,] b)
    {
        var product = new Complex[a.GetLength(0), b.GetLength(1)];
        for (int i = 0; i < product.GetLength(0); i++)
        {
            for (int j = 0; j < product.GetLength(1); j++)
            {
                for (int k = 0; k < b.GetLength(0); k++)
                {
                    product[i, j] += a[i, k] * b[k, j];
                }
            }
        }

        return product;
    }

    /// <summary>Aᴴ.</summary>
    internal static Complex[,] Adjoint(Complex[,] a)
    {
        var adjoint = new Complex[a.GetLength(1), a.GetLength(0)];
        for (int i = 0; i < adjoint.GetLength(0); i++)
        {
            for (int j = 0; j < adjoint.GetLength(1); j++)
            {
                adjoint[i, j] = Complex.Conjugate(a[j, i]);
            }
        }

        return adjoint;
    }

    private static void AddProducts(Tensor rows, int start, int length, float[] rotated, Complex[,] sums)
    {
        for (int b = 0; b < sums.GetLength(0); b++)
        {
            ReadOnlySpan<float> y = Row(rows, b, start, length);
            ComplexRows.Rotate(y, rotated.AsSpan(0, length));
            for (int a = b; a < sums.GetLength(0); a++)
            {
                ReadOnlySpan<float> x = Row(rows, a, start, length);
                sums[a, b] += new Complex(ComplexRows.Dot(x, y), ComplexRows.Dot(x, rotated.AsSpan(0, length)));
            }
        }
    }

    private static Span<float> Row(Tensor rows, int coil, int start, int length) => rows.Slice(coil).RealSpan<float>().Slice(2 * start, length);
}
