using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

[TestFixtureSource(typeof(TestDevices))]
public class ComplexToChannelsTests(TestDevice device)
{
    private static readonly DType[] s_types = [DType.Complex64, DType.Complex128];

    [Test]
    public void The_adjoint_is_the_inverse([ValueSource(nameof(s_types))] DType type)
    {
        var map = new ComplexToChannels([2, 3, 5, 7]);
        Sample.RequireAdjoint(map, type, device.Device);
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Tensor x = Sample.Normal(scope, type, map.Domain, 1), channels = scope.New(type.ToReal(), map.Range), back = scope.Like(x);
        map.Forward(x, channels);
        map.Adjoint(channels, back);
        Assert.That(Sample.Bits(back), Is.EqualTo(Sample.Bits(x)));
        Assert.That(map.Range, Is.EqualTo(Shape.Create([6, 2, 5, 7])));
        double[] expected = [.. Enumerable.Range(0, 6 * 2 * 35).Select(i => Sample.Scalars(x)[(((i / 70 * 35) + (i % 35)) * 2) + (i / 35 % 2)])];
        Assert.That(Sample.Scalars(channels), Is.EqualTo(expected));
    }
}
