using System.Numerics;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

public sealed class WaveletTransformTests
{
    [Test]
    public void One_level_is_the_definition_along_both_axes([Values] Wavelet wavelet, [Values(1, 2, 7, 12)] int rows, [Values(3, 6, 16)] int columns)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        var transform = new WaveletTransform(wavelet, rows, columns, levels: 1);
        Tensor x = Sample.Normal(scope, DType.Complex128, [rows, columns], 5), y = scope.Like(x);
        transform.Forward(x, y);
        double[,] alongRows = Level(wavelet, columns), alongColumns = Level(wavelet, rows);
        Complex[] pixels = x.ToArray<Complex>(), result = y.ToArray<Complex>();
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
            {
                Complex expected = Complex.Zero;
                for (int i = 0; i < pixels.Length; i++)
                {
                    expected += alongColumns[r, i / columns] * alongRows[c, i % columns] * pixels[i];
                }

                // Sixteen products of numbers of order 1.
                Assert.That((result[(r * columns) + c] - expected).Magnitude, Is.LessThan(1e-13), $"{r}, {c}");
            }
        }
    }

    [Test]
    public void The_transform_is_orthogonal_for_every_size_and_number_of_levels(
        [Values] Wavelet wavelet, [Values(1, 2, 7, 12, 20)] int rows, [Values(3, 16)] int columns, [Values(0, 1, 3)] int levels)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        var transform = new WaveletTransform(wavelet, rows, columns, levels);
        int pixels = rows * columns;
        Tensor deltas = scope.Zeros(DType.Complex128, [pixels, rows, columns]), images = scope.Like(deltas), back = scope.Like(deltas);
        for (int i = 0; i < pixels; i++)
        {
            deltas.Span<Complex>()[(i * pixels) + i] = Complex.One;
        }

        transform.Forward(deltas, images);
        transform.Adjoint(images, back);
        Complex[] w = images.ToArray<Complex>(), identity = back.ToArray<Complex>();
        for (int i = 0; i < pixels; i++)
        {
            for (int j = 0; j < pixels; j++)
            {
                Complex product = Enumerable.Range(0, pixels).Aggregate(Complex.Zero, (sum, k) => sum + (Complex.Conjugate(w[(i * pixels) + k]) * w[(j * pixels) + k]));
                double expected = i == j ? 1 : 0;

                // The filters are known to 17 digits: products of three levels on two axes are right to some 1e-15 each.
                Assert.That((product - expected).Magnitude, Is.LessThan(1e-13), "the images of two deltas");
                Assert.That((identity[(i * pixels) + j] - expected).Magnitude, Is.LessThan(1e-13), "there and back");
            }
        }
    }

    [Test]
    public void The_adjoint_holds_and_results_can_be_added([Values(DType.Complex64, DType.Complex128)] DType type) =>
        Sample.RequireAdjoint(new WaveletTransform(Wavelet.Daubechies4, 37, 52, levels: 2), type);

    [TestCase(Wavelet.Haar, 0)]
    [TestCase(Wavelet.Daubechies2, 1)]
    [TestCase(Wavelet.Daubechies4, 3)]
    public void Polynomials_below_the_vanishing_moments_have_no_details_away_from_the_seam(Wavelet wavelet, int degree)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        const int n = 32;
        var transform = new WaveletTransform(wavelet, 1, n, levels: 1);
        Tensor x = scope.From([1, n], [.. Enumerable.Range(0, n).Select(i => new Complex(Math.Pow(i / (double)n, degree), 1))]), y = scope.Like(x);
        transform.Forward(x, y);
        Complex[] details = y.ToArray<Complex>()[(n / 2)..];

        // The last three wavelets of eight taps reach around the end.
        Assert.That(details[..^3].Max(detail => detail.Magnitude), Is.LessThan(1e-13));
        Assert.That(transform.CoarseColumns, Is.EqualTo(n / 2));
    }

    [Test]
    public void Single_precision_is_the_double_transform_rounded_on_any_number_of_threads()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        var transform = new WaveletTransform(Wavelet.Daubechies4, 75, 130, levels: 3);
        Tensor x = Sample.Normal(scope, DType.Complex64, [2, 75, 130], 3), wide = Sample.Widen(scope, x), y = scope.Like(x), reference = scope.Like(wide);
        transform.Forward(x, y);
        transform.Forward(wide, reference);
        Assert.That(Sample.RelativeDistance(y, reference), Is.LessThan(1e-6)); // six passes of eight products each: a few units of 6e-8
        using var other = new TensorScope(new CpuDevice(3), MemoryOwner.Workspace);
        Tensor same = other.Clone(x), z = other.Like(same);
        transform.Forward(same, z);
        Assert.That(Sample.Bits(z), Is.EqualTo(Sample.Bits(y)));
    }

    [TestCase(128, 128, 3)]
    [TestCase(288, 320, 4)]
    [TestCase(24, 200, 1)]
    public void The_usual_number_of_levels_leaves_at_least_sixteen_pixels(int rows, int columns, int levels)
    {
        Assert.That(WaveletTransform.Levels(rows, columns), Is.EqualTo(levels));
        Assert.That(new WaveletTransform(Wavelet.Haar, rows, columns, levels).CoarseRows, Is.GreaterThanOrEqualTo(12));
    }

    /// <summary>The matrix of one level along an axis of n, written from the formula.</summary>
    private static double[,] Level(Wavelet wavelet, int n)
    {
        double[] low = WaveletFilter.Of(wavelet).Low;
        int half = n / 2, period = 2 * half;
        var matrix = new double[n, n];
        for (int i = 0; i < half; i++)
        {
            for (int k = 0; k < low.Length; k++)
            {
                int from = ((2 * i) + k) % period;
                matrix[i, from] += low[k];
                matrix[((n + 1) / 2) + i, from] += (k % 2 == 0 ? 1 : -1) * low[low.Length - 1 - k];
            }
        }

        if (n % 2 == 1)
        {
            matrix[half, n - 1] = 1;
        }

        return matrix;
    }
}
