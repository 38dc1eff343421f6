using NUnit.Framework;
using Stardeq.Autodiff;
using Stardeq.Engine;

namespace Stardeq.Tests;

[TestFixtureSource(typeof(TestDevices))]
public sealed class RandomFillTests(TestDevice device)
{
    [Test]
    public void Element_i_is_draw_i_on_every_device([Values(DType.Float32, DType.Float64, DType.Complex64)] DType type)
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Data);
        Tensor tensor = scope.New(type, [1501]);
        CounterRandom random = new CounterRandom(ulong.MaxValue - 3).Stream("a long name"); // high words that are not zero
        RandomFill.Normal(tensor, random, 0.7);

        // Equal integers; logarithm, root and cosine of a device may differ by a few units in the last place of a double.
        double tolerance = type.IsDouble() ? 1e-14 : 1e-6;
        double[] expected = [.. Enumerable.Range(0, (int)tensor.AsReal().Count).Select(i => 0.7 * random.Normal(i))];
        Assert.That(Sample.Scalars(tensor), Is.EqualTo(expected).Within(tolerance));
    }
}
