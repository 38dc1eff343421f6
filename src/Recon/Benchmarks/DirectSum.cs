using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Some entries of a NUFFT of a square image by its definition, in double: the truth that a fast one is measured against.</summary>
/// <param name="points">(kx, ky) pairs in cycles per field of view.</param>
/// <param name="side">Image side.</param>
internal sealed class DirectSum(double[] points, int side)
{
    private const int Entries = 256; // of the result, evenly spread; the error of a random image is alike everywhere

    /// <summary>‖fast − exact‖ / ‖exact‖ over evenly spread entries of the result.</summary>
    /// <param name="input">Image [side, side], or samples of the adjoint, complex64.</param>
    /// <param name="fast">Result for it, complex64.</param>
    /// <param name="adjoint">Whether the result is an image.</param>
    public double RelativeError(Tensor input, Tensor fast, bool adjoint)
    {
        Complex64[] given = input.ToArray<Complex64>(), found = fast.ToArray<Complex64>();
        int step = Math.Max(1, found.Length / Entries);
        step += step % 2 == 0 ? 1 : 0; // odd, so that entries do not line up with image columns or centres of spokes
        int[] entries = [.. Enumerable.Range(0, found.Length).Where(i => i % step == 0)];
        (double Error, double Size)[] squares = new (double, double)[entries.Length];
        Device.Cpu.For(entries.Length, i =>
        {
            Complex exact = adjoint ? Pixel(given, entries[i]) : Sample(given, entries[i]);
            squares[i] = (Square(found[entries[i]].ToComplex() - exact), Square(exact));
        });
        return Math.Sqrt(squares.Sum(s => s.Error) / squares.Sum(s => s.Size));
    }

    /// <summary>y[m] = 1/side Σ_n x[n] exp(−2πi k_m·n/side).</summary>
    private Complex Sample(Complex64[] image, int m)
    {
        Complex sum = Complex.Zero;
        for (int n = 0; n < image.Length; n++)
        {
            sum += image[n].ToComplex() * Complex.FromPolarCoordinates(1, -Angle(m, n));
        }

        return sum / side;
    }

    /// <summary>x[n] = 1/side Σ_m y[m] exp(2πi k_m·n/side).</summary>
    private Complex Pixel(Complex64[] samples, int n)
    {
        Complex sum = Complex.Zero;
        for (int m = 0; m < samples.Length; m++)
        {
            sum += samples[m].ToComplex() * Complex.FromPolarCoordinates(1, Angle(m, n));
        }

        return sum / side;
    }

    private double Angle(int m, int n) =>
        2 * Math.PI * ((points[2 * m] * ((n % side) - (side / 2))) + (points[(2 * m) + 1] * ((n / side) - (side / 2)))) / side;

    private static double Square(Complex value) => (value.Real * value.Real) + (value.Imaginary * value.Imaginary);
}
