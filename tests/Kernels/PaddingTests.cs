using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

[TestFixtureSource(typeof(TestDevices))]
public class PaddingTests(TestDevice device)
{
    private static readonly DType[] s_types = [DType.Float32, DType.Float64, DType.Complex64, DType.Complex128];

    [Test]
    public void Every_map_has_its_adjoint([ValueSource(nameof(s_types))] DType type)
    {
        Sample.RequireAdjoint(new ReflectPad([2, 3, 5, 7], 4), type, device.Device);
        Sample.RequireAdjoint(new ReflectPad([17, 18], 16), type, device.Device);
        Sample.RequireAdjoint(new ReflectPad([1, 8, 8], 4), type, device.Device);
        Sample.RequireAdjoint(new Crop([2, 3, 8, 9], 5, 7), type, device.Device);
        Sample.RequireAdjoint(new Crop([8, 9], 8, 9), type, device.Device);
    }

    [Test]
    public void New_rows_mirror_the_image_without_its_edge()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Tensor x = scope.From([3, 3], new double[] { 1, 2, 3, 4, 5, 6, 7, 8, 9 }), y = scope.New(DType.Float64, [4, 4]);
        new ReflectPad([3, 3], 2).Forward(x, y);
        Assert.That(y.ToArray<double>(), Is.EqualTo(new double[] { 1, 2, 3, 2, 4, 5, 6, 5, 7, 8, 9, 8, 4, 5, 6, 5 }));
    }

    [Test]
    public void Cropping_undoes_padding()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        var pad = new ReflectPad([2, 5, 7], 4);
        Tensor x = Sample.Normal(scope, DType.Complex64, pad.Domain, 1), padded = scope.New(DType.Complex64, pad.Range), back = scope.Like(x);
        pad.Forward(x, padded);
        new Crop(pad.Range, 5, 7).Forward(padded, back);
        Assert.That(Sample.Bits(back), Is.EqualTo(Sample.Bits(x)));
    }

    [Test]
    public void Images_too_small_to_mirror_are_refused()
    {
        Assert.That(() => new ReflectPad([3, 3], 8), Throws.TypeOf<ShapeException>().With.Message.Contains("mirror"));
        Assert.That(() => new Crop([3, 3], 4, 3), Throws.TypeOf<ShapeException>());
    }
}
