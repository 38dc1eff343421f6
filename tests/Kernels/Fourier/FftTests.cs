using System.Numerics;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

[TestFixtureSource(typeof(TestDevices))]
public sealed class FftTests(TestDevice device)
{
    // Each of about log2 n passes rounds once or twice in an accumulated random walk; 2^-24 is half a float32 step.
    private const double Float32Tolerance = 3e-7;
    private const double DoubleTolerance = 2e-14; // the definition's own phases lose n * 1e-16

    private static readonly int[] s_lengths = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 20, 21, 23, 24, 25, 27, 30, 32, 35, 37, 49, 60, 64, 101, 105];

    private static Complex[] Definition(Complex[] x, bool centred, int sign)
    {
        int n = x.Length, c = centred ? n / 2 : 0;
        return [.. Enumerable.Range(0, n).Select(k => Enumerable.Range(0, n).Aggregate(Complex.Zero, (sum, j) =>
            sum + (x[j] * Complex.FromPolarCoordinates(1, sign * 2 * Math.PI * ((long)(k - c) * (j - c) % n) / n))))];
    }

    [Test]
    public void A_line_of_any_length_equals_the_definition([Values(DType.Complex64, DType.Complex128)] DType type, [Values] bool centred, [Values] bool inverse)
    {
        foreach (int length in s_lengths)
        {
            using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
            Complex[] values = FourierTruth.Rounded(FourierTruth.Normals(3 * length, (ulong)length));
            Tensor x = FourierTruth.ToTensor(scope, type, [3, length], values), y = scope.Like(x);
            if (inverse)
            {
                Fft.Inverse(x, y, axes: 1, FftNorm.None, centred);
            }
            else
            {
                Fft.Forward(x, y, axes: 1, FftNorm.None, centred);
            }

            Complex[] expected = [.. Enumerable.Range(0, 3).SelectMany(line => Definition(values[(line * length)..((line + 1) * length)], centred, inverse ? 1 : -1))];
            Assert.That(FourierTruth.RelativeError(FourierTruth.ToDoubles(y), expected), Is.LessThan(type == DType.Complex64 ? Float32Tolerance : DoubleTolerance), $"length {length}");
        }
    }

    [TestCase(6, 5)]
    [TestCase(33, 18)]
    [TestCase(16, 64)]
    [TestCase(13, 22)]
    public void Two_axes_are_the_centred_orthonormal_sum_over_grid_points(int rows, int columns)
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Complex[] values = FourierTruth.Rounded(FourierTruth.Normals(rows * columns, 5));
        double[] points = [.. Enumerable.Range(0, rows * columns).SelectMany(n => (double[])[(n % columns) - (columns / 2), (n / columns) - (rows / 2)])];
        Complex[] expected = FourierTruth.Times(FourierTruth.Matrix(points, rows, columns), values);
        foreach (DType type in (DType[])[DType.Complex64, DType.Complex128])
        {
            Tensor x = FourierTruth.ToTensor(scope, type, [rows, columns], values);
            Fft.Forward(x, x);
            Assert.That(FourierTruth.RelativeError(FourierTruth.ToDoubles(x), expected), Is.LessThan(type == DType.Complex64 ? Float32Tolerance : DoubleTolerance));
            Fft.Inverse(x, x);
            Assert.That(FourierTruth.RelativeError(FourierTruth.ToDoubles(x), values), Is.LessThan(type == DType.Complex64 ? Float32Tolerance : DoubleTolerance));
        }
    }

    [Test]
    public void The_adjoint_is_the_conjugate_transpose([Values(DType.Complex64, DType.Complex128)] DType type, [Values(1, 2)] int axes)
    {
        double error = FourierTruth.AdjointError(new FftOperator([2, 18, 15], axes), type, seed: 3, device.Device);
        Assert.That(error, Is.LessThan(type == DType.Complex64 ? 10 * Float32Tolerance : 10 * DoubleTolerance)); // 10: a normal deviate of errors, squared sums of both sides
    }

    [Test]
    public void The_threads_do_not_change_a_bit()
    {
        Complex64[] Run(int threads)
        {
            var cpu = new CpuDevice(threads);
            using var scope = new TensorScope(cpu, MemoryOwner.Workspace);
            Tensor x = FourierTruth.ToTensor(scope, DType.Complex64, [3, 40, 56], FourierTruth.Normals(3 * 40 * 56, 9));
            Fft.Forward(x, x);
            return x.ToArray<Complex64>();
        }

        Assert.That(Run(8), Is.EqualTo(Run(1)));
    }

    [Test]
    public void A_real_array_is_refused_with_both_descriptions()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Tensor x = scope.Zeros(DType.Float32, [4, 4]);
        Assert.That(() => Fft.Forward(x, x), Throws.TypeOf<ShapeException>().With.Message.Contains("float32 [4, 4]"));
    }
}
