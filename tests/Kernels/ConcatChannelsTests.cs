using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

[TestFixtureSource(typeof(TestDevices))]
public class ConcatChannelsTests(TestDevice device)
{
    private static readonly DType[] s_types = [DType.Float32, DType.Float64, DType.Complex64];

    [Test]
    public void The_parts_follow_each_other_in_each_image_and_come_back([ValueSource(nameof(s_types))] DType type)
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Tensor a = Sample.Normal(scope, type, [2, 3, 4, 5], 1), b = Sample.Normal(scope, type, [2, 1, 4, 5], 2), y = scope.New(type, [2, 4, 4, 5]);
        ConcatChannels.Forward(a, b, y);
        for (int image = 0; image < 2; image++)
        {
            Assert.That(Sample.Bits(y.Slice(image).Slice(0, 3)), Is.EqualTo(Sample.Bits(a.Slice(image))));
            Assert.That(Sample.Bits(y.Slice(image).Slice(3)), Is.EqualTo(Sample.Bits(b.Slice(image).Slice(0))));
        }

        Tensor aBar = scope.Like(a), bBar = scope.Like(b);
        ConcatChannels.Backward(y, aBar, null, WriteMode.Overwrite);
        ConcatChannels.Backward(y, null, bBar, WriteMode.Overwrite);
        Assert.That(Sample.Bits(aBar), Is.EqualTo(Sample.Bits(a)));
        Assert.That(Sample.Bits(bBar), Is.EqualTo(Sample.Bits(b)));
        ConcatChannels.Backward(y, aBar, bBar, WriteMode.Add);
        Assert.That(Sample.Scalars(aBar), Is.EqualTo(Sample.Scalars(a).Select(v => 2 * v)));
        Assert.That(Sample.Scalars(bBar), Is.EqualTo(Sample.Scalars(b).Select(v => 2 * v)));
    }

    [Test]
    public void Parts_that_do_not_make_the_whole_are_refused()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Tensor a = scope.Zeros(DType.Float32, [2, 3, 4, 5]), b = scope.Zeros(DType.Float32, [2, 1, 4, 6]), y = scope.Zeros(DType.Float32, [2, 5, 4, 5]);
        Assert.That(() => ConcatChannels.Forward(a, b, y), Throws.TypeOf<ShapeException>().With.Message.Contains("axis 1"));
        Assert.That(() => ConcatChannels.Backward(y, a, a, WriteMode.Overwrite), Throws.TypeOf<ShapeException>());
    }
}
