using System.Numerics;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class PartitionFftTests
{
    [TestCase("kz_stack")]
    [TestCase("kz_stack_zero_filled")]
    public void Slices_are_those_of_the_reference(string name)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        SafetensorsContent reference = Fixtures.Case(name, scope);
        Tensor slices = PartitionFft.ToSlices(reference["in.raw"].AsComplex(), reference["out.y"].Shape[0], scope);
        Assert.That(slices.AsReal().Shape, Is.EqualTo(reference["out.y"].Shape));
        Assert.That(Fixtures.RelativeError(slices, reference["out.y"]), Is.LessThan(1e-13)); // tolerance of the case
    }

    [TestCase(6, 6)]
    [TestCase(5, 8)]
    [TestCase(1, 1)]
    public void Single_precision_is_the_definition_for_any_chunk_and_any_part_of_the_slices(int partitions, int slices)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Tensor exact = scope.New(DType.Complex128, [2, partitions, 41, 101]); // 4141 samples: two chunks and a rest
        var random = new CounterRandom(5);
        for (int i = 0; i < exact.Count; i++)
        {
            (double re, double im) = random.NormalPair(i);
            exact.Span<Complex>()[i] = new Complex(re, im);
        }

        Tensor single = scope.From(exact.Shape, Array.ConvertAll(exact.ToArray<Complex>(), Complex64.From));
        Tensor expected = PartitionFft.ToSlices(exact, slices, scope), fast = PartitionFft.ToSlices(single, slices, scope);

        // At most `partitions` fused additions of rounded coefficients: a few units of float rounding (6e-8).
        Assert.That(Fixtures.RelativeError(fast, expected), Is.LessThan(4e-7));
        int first = slices / 2;
        Tensor part = PartitionFft.ToSlices(single, slices, first, slices - first, scope);
        Assert.That(Fixtures.Reals(part), Is.EqualTo(Fixtures.Reals(fast.Slice(first, slices - first))));
        Assert.That(() => PartitionFft.ToSlices(single, partitions - 1, scope), Throws.TypeOf<ShapeException>());
    }

    [Test]
    public void The_transform_keeps_the_norm_when_nothing_is_zero_filled()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        var random = new CounterRandom(6);
        Tensor raw = scope.From<Complex>([3, 7, 2, 5], [.. Enumerable.Range(0, 210).Select(i => new Complex(random.Normal(i), random.Normal(i + 1000)))]);
        Tensor slices = PartitionFft.ToSlices(raw, 7, scope);
        Assert.That(Fixtures.Reals(slices).Sum(v => v * v), Is.EqualTo(Fixtures.Reals(raw).Sum(v => v * v)).Within(1e-10));
    }
}
