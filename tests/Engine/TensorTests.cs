using System.Numerics;
using NUnit.Framework;
using Stardeq.Engine;

namespace Stardeq.Tests;

public sealed class TensorTests
{
    private readonly TensorScope _scope = new(new CpuDevice(1), MemoryOwner.Data);

    [OneTimeTearDown]
    public void GiveBack() => _scope.Dispose();

    [Test]
    public void A_slice_is_a_view_of_its_part()
    {
        Tensor whole = _scope.From<int>([3, 2], [0, 1, 2, 3, 4, 5]);
        Assert.That(whole.Slice(1).Shape, Is.EqualTo(Shape.Create([2])));
        Assert.That(whole.Slice(1).ToArray<int>(), Is.EqualTo(new[] { 2, 3 }));
        Assert.That(whole.Slice(1, 2).Shape, Is.EqualTo(Shape.Create([2, 2])));
        whole.Slice(1, 2).Slice(1).Span<int>()[0] = 40;
        Assert.That(whole.ToArray<int>(), Is.EqualTo(new[] { 0, 1, 2, 3, 40, 5 }));
    }

    [TestCase(-1, 1)]
    [TestCase(0, 4)]
    [TestCase(3, 1)]
    [TestCase(1, -1)]
    [TestCase(int.MaxValue, 1)]
    [TestCase(1, int.MaxValue)]
    public void A_slice_outside_the_axis_is_refused(int start, int count)
    {
        Tensor whole = _scope.Zeros(DType.Float32, [3, 2]);
        Assert.That(() => whole.Slice(start, count), Throws.TypeOf<ShapeException>().With.Message.Contains("float32 [3, 2]"));
    }

    [Test]
    public void A_scalar_has_one_element_and_no_slices()
    {
        Tensor scalar = _scope.From<double>(Shape.Scalar, [2.5]);
        Assert.That(scalar.Item(), Is.EqualTo(2.5));
        Assert.That(() => scalar.Slice(0), Throws.TypeOf<ShapeException>());
        Assert.That(() => _scope.Zeros(DType.Float32, [2]).Item(), Throws.TypeOf<ShapeException>());
    }

    [Test]
    public void A_reshape_shares_bytes_and_keeps_the_order()
    {
        Tensor flat = _scope.From<float>([6], [0, 1, 2, 3, 4, 5]);
        Tensor table = flat.Reshape([2, 3]);
        table.Slice(1).Span<float>()[2] = 50;
        Assert.That(flat.Span<float>()[5], Is.EqualTo(50));
        Assert.That(() => flat.Reshape([4]), Throws.TypeOf<ShapeException>().With.Message.Contains("6 elements"));
    }

    [Test]
    public void A_complex_tensor_and_its_real_view_share_interleaved_bytes()
    {
        Tensor complex = _scope.From<Complex64>([2], [new(1, 2), new(3, 4)]);
        Tensor real = complex.AsReal();
        Assert.That(real.Shape, Is.EqualTo(Shape.Create([2, 2])));
        Assert.That(real.ToArray<float>(), Is.EqualTo(new float[] { 1, 2, 3, 4 }));
        real.Span<float>()[3] = -4;
        Assert.That(complex.Span<Complex64>()[1], Is.EqualTo(new Complex64(3, -4)));
        Assert.That(real.AsComplex().ToArray<Complex64>(), Is.EqualTo(complex.ToArray<Complex64>()));
        Assert.That(_scope.From<Complex>([1], [new(5, 6)]).RealSpan<double>().ToArray(), Is.EqualTo(new double[] { 5, 6 }));
    }

    [Test]
    public void A_complex_view_needs_a_real_type_and_a_last_axis_of_two()
    {
        Assert.That(() => _scope.Zeros(DType.Float32, [2, 3]).AsComplex(), Throws.TypeOf<ShapeException>());
        Assert.That(() => _scope.Zeros(DType.Float32, Shape.Scalar).AsComplex(), Throws.TypeOf<ShapeException>());
        Assert.That(() => _scope.Zeros(DType.Int32, [2]).AsComplex(), Throws.TypeOf<ShapeException>());
        Assert.That(() => _scope.Zeros(DType.Complex64, [2]).AsComplex(), Throws.TypeOf<ShapeException>());
    }

    [Test]
    public void A_copy_duplicates_content_and_needs_equal_type_and_shape()
    {
        Tensor source = _scope.From<float>([2, 2], [1, 2, 3, 4]);
        Tensor clone = _scope.Clone(source);
        source.Clear();
        Assert.That(clone.ToArray<float>(), Is.EqualTo(new float[] { 1, 2, 3, 4 }));
        clone.Slice(0).CopyFrom(clone.Slice(1));
        Assert.That(clone.ToArray<float>(), Is.EqualTo(new float[] { 3, 4, 3, 4 }));
        Assert.That(() => clone.CopyFrom(_scope.Zeros(DType.Float64, [2, 2])), Throws.TypeOf<ShapeException>());
        Assert.That(() => clone.CopyFrom(_scope.Zeros(DType.Float32, [4])), Throws.TypeOf<ShapeException>());
    }

    [Test]
    public void Clearing_a_view_leaves_its_surroundings()
    {
        Tensor whole = _scope.From<int>([4], [1, 2, 3, 4]);
        whole.Slice(1, 2).Clear();
        Assert.That(whole.ToArray<int>(), Is.EqualTo(new[] { 1, 0, 0, 4 }));
    }

    [Test]
    public void Overlap_is_sharing_at_least_one_byte()
    {
        Tensor whole = _scope.Zeros(DType.Float32, [4, 8]), other = _scope.Zeros(DType.Float32, [4, 8]);
        Assert.That(whole.Overlaps(whole.Slice(3)), Is.True);
        Assert.That(whole.Slice(0, 2).Overlaps(whole.Slice(1, 2)), Is.True);
        Assert.That(whole.Slice(0, 2).Overlaps(whole.Slice(2, 2)), Is.False);
        Assert.That(whole.Overlaps(other), Is.False);
    }

    [Test]
    public void Access_as_another_element_type_is_refused()
    {
        Tensor tensor = _scope.Zeros(DType.Complex64, [2]);
        Assert.That(() => tensor.Span<double>(), Throws.TypeOf<ShapeException>().With.Message.Contains("complex64 [2]"));
        Assert.That(() => tensor.Item(), Throws.TypeOf<ShapeException>());
        Assert.That(() => DTypes.Of<byte>(), Throws.TypeOf<NotSupportedException>());
    }

    [Test]
    public void Values_must_fill_the_shape()
    {
        Assert.That(() => _scope.From<float>([3], [1, 2]), Throws.TypeOf<ShapeException>().With.Message.Contains("2 values"));
        Assert.That(() => _scope.New(DType.Float32, [2, -1]), Throws.TypeOf<ShapeException>());
    }

    [Test]
    public void Shapes_compare_by_rank_and_extents()
    {
        Shape shape = [2, 3];
        Assert.That(shape == Shape.Create([2, 3]), Is.True);
        Assert.That(shape.GetHashCode(), Is.EqualTo(Shape.Create([2, 3]).GetHashCode()));
        Assert.That(shape != Shape.Create([3, 2]), Is.True);
        Assert.That(shape != Shape.Create([2, 3, 1]), Is.True);
        Assert.That(shape.Concat([4])[^1], Is.EqualTo(4));
        Assert.That(shape.ToString(), Is.EqualTo("[2, 3]"));
        Assert.That(Shape.Create([70_000, 70_000]).Count, Is.EqualTo(4_900_000_000));
        Assert.That(Shape.Scalar.Count, Is.EqualTo(1));
    }
}
