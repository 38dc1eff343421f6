using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

[TestFixtureSource(typeof(TestDevices))]
public class ReduceTests(TestDevice device)
{
    private static readonly DType[] s_types = [DType.Float32, DType.Float64, DType.Complex64, DType.Complex128];

    // Less than a vector, odd ends, and several blocks.
    private static readonly int[] s_counts = [0, 1, 7, 19, 4096, 100_003];

    [Test]
    public void Each_reduction_is_its_formula([ValueSource(nameof(s_types))] DType type, [ValueSource(nameof(s_counts))] int count)
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Tensor a = Sample.Normal(scope, type, [count], 1), b = Sample.Normal(scope, type, [count], 2);
        double[] pa = Sample.Scalars(a), pb = Sample.Scalars(b);
        RequireSum(Reduce.Sum(a), pa);
        RequireSum(Reduce.Dot(a, b), [.. pa.Zip(pb, (p, q) => p * q)]);
        RequireSum(Reduce.SumOfSquares(a), [.. pa.Select(p => p * p)]);
        RequireSum(Reduce.SquaredDistance(a, b), [.. pa.Zip(pb, (p, q) => (p - q) * (p - q))]);
        double[] magnitudes = type.IsComplex() ? [.. pa.Chunk(2).Select(z => double.Hypot(z[0], z[1]))] : [.. pa.Select(Math.Abs)];
        Assert.That(Reduce.MaxAbs(a), Is.EqualTo(magnitudes.DefaultIfEmpty(0).Max()).Within(1e-14));
        Assert.That(Reduce.AllFinite(a), Is.True);
    }

    [Test]
    public void One_bad_number_anywhere_is_found([Values(DType.Float32, DType.Float64)] DType type)
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Tensor x = Sample.Normal(scope, type, [40_003], 1);
        foreach (int at in new[] { 0, 5, 16, 39_999, 40_002 })
        {
            foreach (double bad in new[] { double.NaN, double.PositiveInfinity, double.NegativeInfinity })
            {
                Tensor element = x.Slice(at, 1), old = scope.Clone(element);
                Fill.Run(bad, element);
                Assert.That(Reduce.AllFinite(x), Is.False);
                Assert.That(Reduce.MaxAbs(x), double.IsNaN(bad) ? Is.NaN : Is.EqualTo(double.PositiveInfinity));
                element.CopyFrom(old);
            }
        }
    }

    [Test]
    public void Many_partial_results_are_all_combined()
    {
        const int Count = 300_001; // 293 blocks of the device: more partial results than one block has threads
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Tensor x = scope.New(DType.Float32, [Count]);
        Fill.Run(1, x);
        Fill.Run(-3, x.Slice(Count - 1, 1));
        Assert.That(Reduce.Sum(x), Is.EqualTo(Count - 4));
        Assert.That(Reduce.MaxAbs(x), Is.EqualTo(3));
    }

    [Test]
    public void The_dot_products_of_slices_are_those_of_each_slice_alone([ValueSource(nameof(s_types))] DType type, [Values(1, 3)] int slices)
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Tensor a = Sample.Normal(scope, type, [slices, 1237], 1), b = Sample.Normal(scope, type, [slices, 1237], 2);
        Tensor dots = scope.New(DType.Float64, [slices]), squares = scope.Like(dots);
        Reduce.DotOfSlices(a, b, dots);
        Reduce.DotOfSlices(a, a, squares);
        Assert.That(dots.ToArray<double>(), Is.EqualTo(Enumerable.Range(0, slices).Select(s => Reduce.Dot(a.Slice(s), b.Slice(s)))));
        Assert.That(squares.ToArray<double>(), Is.EqualTo(Enumerable.Range(0, slices).Select(s => Reduce.SumOfSquares(a.Slice(s)))));
        Reduce.DotOfSlices(a, b.Slice(0), dots);
        Assert.That(dots.ToArray<double>(), Is.EqualTo(Enumerable.Range(0, slices).Select(s => Reduce.Dot(a.Slice(s), b.Slice(0)))));
        Assert.That(() => Reduce.DotOfSlices(a, b, dots.Slice(0, 0)), Throws.TypeOf<ShapeException>().With.Message.Contains("dot of slices"));
    }

    // A sum of n terms in any order errs by at most n u Σ |terms|, u = 2^-53; both sums compared here do.
    private static void RequireSum(double actual, double[] terms) =>
        Assert.That(actual, Is.EqualTo(terms.Sum()).Within(2.3e-16 * terms.Length * terms.Sum(Math.Abs)));
}

public class ReduceHostTests
{
    private static readonly DType[] s_types = [DType.Float32, DType.Float64, DType.Complex64, DType.Complex128];

    [Test]
    public void Thread_counts_do_not_change_a_bit([ValueSource(nameof(s_types))] DType type)
    {
        double[]? first = null;
        foreach (int threads in new[] { 1, 2, 8 })
        {
            var device = new CpuDevice(threads);
            using var scope = new TensorScope(device, MemoryOwner.Workspace);
            Tensor a = Sample.Normal(scope, type, [200_000], 1), b = Sample.Normal(scope, type, [200_000], 2);
            double[] results = [Reduce.Sum(a), Reduce.Dot(a, b), Reduce.SumOfSquares(a), Reduce.SquaredDistance(a, b), Reduce.MaxAbs(a)];
            first ??= results;
            Assert.That(results, Is.EqualTo(first), $"{threads} threads");
        }
    }

    [Test]
    public void Ten_million_equal_floats_sum_to_their_exact_product()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        Tensor x = scope.New(DType.Float32, [10_000_000]);
        Fill.Run(0.1, x);
        // A float32 accumulator would stop growing near 2e6; n additions in double err by at most n ε.
        Assert.That(Reduce.Sum(x), Is.EqualTo(1e7 * 0.1f).Within(1e-9 * 1e6));
    }
}
