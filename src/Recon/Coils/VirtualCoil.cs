using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>The first virtual coil: the combination of coils that holds most of the signal. Its phase is the gauge of all coil maps.</summary>
internal sealed class VirtualCoil
{
    private Complex[,]? _covariance; // of all pixels so far; the lower triangle

    /// <summary>That of all slices of a volume.</summary>
    /// <param name="images">[slice, coil, y, x] complex64, in host memory.</param>
    /// <returns>[coil], of unit norm.</returns>
    public static Complex[] Of(Tensor images)
    {
        var coil = new VirtualCoil();
        coil.Add(images);
        return coil.Dominant();
    }

    /// <summary>Takes the next slices of the volume into account.</summary>
    /// <param name="images">[slice, coil, y, x] complex64, in host memory.</param>
    public void Add(Tensor images)
    {
        int coils = images.Shape[1], pixels = images.Shape[2] * images.Shape[3];
        Complex[,] covariance = _covariance ??= new Complex[coils, coils];
        ((CpuDevice)images.Device).For(coils, a =>
        {
            for (int slice = 0; slice < images.Shape[0]; slice++)
            {
                ReadOnlySpan<Complex64> all = images.Slice(slice).Span<Complex64>();
                for (int b = 0; b <= a; b++)
                {
                    Complex sum = Complex.Zero;
                    for (int i = 0; i < pixels; i += 3) // every third pixel suffices for a global statistic
                    {
                        sum += all[(a * pixels) + i].ToComplex() * Complex.Conjugate(all[(b * pixels) + i].ToComplex());
                    }

                    covariance[a, b] += sum;
                }
            }
        });
    }

    /// <summary>Dominant eigenvector of the covariance.</summary>
    /// <returns>[coil], of unit norm.</returns>
    public Complex[] Dominant()
    {
        Complex[,] covariance = _covariance ?? throw new InvalidOperationException("virtual coil: no slice was taken into account.");
        int coils = covariance.GetLength(0);
        var v = new Complex[coils];
        Array.Fill(v, Complex.One);
        for (int iteration = 0; iteration < 50; iteration++)
        {
            var next = new Complex[coils];
            for (int a = 0; a < coils; a++)
            {
                for (int b = 0; b < coils; b++)
                {
                    next[a] += (b <= a ? covariance[a, b] : Complex.Conjugate(covariance[b, a])) * v[b];
                }
            }

            double norm = Math.Sqrt(next.Sum(c => (c.Real * c.Real) + (c.Imaginary * c.Imaginary)));
            v = norm > 0 ? Array.ConvertAll(next, c => c / norm) : v;
        }

        return v;
    }
}
