using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

[TestFixtureSource(typeof(TestDevices))]
public class ElementwiseTests(TestDevice device)
{
    private static readonly DType[] s_types = [DType.Float32, DType.Float64, DType.Complex64, DType.Complex128];

    // Around the vector widths, and beyond one parallel range.
    private static readonly int[] s_counts = [1, 3, 15, 16, 17, 50_001];

    [Test]
    public void Each_operation_is_its_formula([ValueSource(nameof(s_types))] DType type, [ValueSource(nameof(s_counts))] int count)
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Tensor a = Sample.Normal(scope, type, [count], 1), b = Sample.Normal(scope, type, [count], 2), y = scope.Like(a);
        double[] pa = Sample.Scalars(a), pb = Sample.Scalars(b);
        Add.Run(a, b, y);
        Require(y, pa.Zip(pb, (p, q) => p + q));
        Subtract.Run(a, b, y);
        Require(y, pa.Zip(pb, (p, q) => p - q));
        Scale.Run(0.3, a, y);
        Require(y, pa.Select(p => 0.3 * p));
        Scale.Run(-1.7, b, y, WriteMode.Add);
        Require(y, pa.Zip(pb, (p, q) => (0.3 * p) - (1.7 * q)));
        Tensor factor = scope.New(type.ToReal(), Shape.Scalar);
        Fill.Run(0.25, factor);
        Scale.By(factor, a, y);
        Require(y, pa.Select(p => 0.25 * p));
        Scale.By(factor, b, y, WriteMode.Add);
        Require(y, pa.Zip(pb, (p, q) => 0.25 * (p + q)));
        LinearCombination.Run([.. Enumerable.Range(0, 11).Select(j => 0.01 * j)], [.. Enumerable.Range(0, 11).Select(j => j % 2 == 0 ? a : b)], y);
        Require(y, pa.Zip(pb, (p, q) => (0.3 * p) + (0.25 * q)));
        LinearCombination.Run([0.5, -2, 1.5], [a, b, a], y);
        Require(y, pa.Zip(pb, (p, q) => (2 * p) - (2 * q)));
        Fill.Run(1.25, y);
        Require(y, pa.Select(_ => 1.25));
        if (!type.IsComplex())
        {
            Multiply.Run(a, b, y);
            Require(y, pa.Zip(pb, (p, q) => p * q));
        }

        Add.Run(a, b, a);
        Require(a, pa.Zip(pb, (p, q) => p + q));
    }

    [Test]
    public void Casting_there_and_back_keeps_every_float()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        foreach (DType type in new[] { DType.Float32, DType.Complex64 })
        {
            Tensor x = Sample.Normal(scope, type, [7, 11], 1), wide = Sample.Widen(scope, x), back = scope.Like(x);
            Cast.Run(wide, back);
            Assert.That(Sample.Bits(back), Is.EqualTo(Sample.Bits(x)));
        }

        Assert.That(
            () => Cast.Run(scope.Zeros(DType.Float32, [2]), scope.Zeros(DType.Complex128, [2])),
            Throws.TypeOf<ShapeException>().With.Message.Contains("cast"));
    }

    [Test]
    public void Partial_overlap_and_different_types_are_refused()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Tensor whole = scope.Zeros(DType.Float32, [10]), front = whole.Slice(0, 8), back = whole.Slice(2, 8);
        Assert.That(() => Add.Run(front, front, back), Throws.TypeOf<ShapeException>().With.Message.Contains("overlap"));
        Assert.That(() => LinearCombination.Run([1], [front], front), Throws.TypeOf<ShapeException>().With.Message.Contains("share memory"));
        Assert.That(() => LinearCombination.Run([1, 2], [front], back), Throws.TypeOf<ShapeException>().With.Message.Contains("coefficients"));
        Assert.That(() => Add.Run(front, scope.Zeros(DType.Float64, [8]), front), Throws.TypeOf<ShapeException>().With.Message.Contains("float64"));
    }

    // At most four roundings (coefficient, product, sums) of values below some 10: 4 · 6e-8 · 10.
    private static void Require(Tensor y, IEnumerable<double> expected)
    {
        double tolerance = y.DType.IsDouble() ? 1e-14 : 2.4e-6;
        Assert.That(Sample.Scalars(y).Zip(expected).Count(pair => !(Math.Abs(pair.First - pair.Second) < tolerance)), Is.Zero, "elements off");
    }
}
