using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

[TestFixtureSource(typeof(DeviceTypes), nameof(DeviceTypes.Real))]
public class LeakyReluTests(TestDevice device, DType type)
{
    private const double Slope = 0.125; // exact in float32

    [Test]
    public void Negative_inputs_are_scaled_and_zero_counts_as_negative()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Tensor x = Inputs(scope), ones = scope.Like(x), y = scope.Like(x), derivative = scope.Like(x);
        Fill.Run(1, ones);
        LeakyRelu.Forward(x, Slope, y);
        LeakyRelu.Backward(x, ones, Slope, derivative, WriteMode.Overwrite);
        Assert.That(Sample.Scalars(y), Is.EqualTo(Sample.Scalars(x).Select(v => v > 0 ? v : Slope * v)));
        Assert.That(Sample.Scalars(derivative), Is.EqualTo(Sample.Scalars(x).Select(v => v > 0 ? 1 : Slope)));
    }

    [Test]
    public void The_output_serves_backward_as_well_as_the_input([Values(0, Slope)] double slope)
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Tensor x = Inputs(scope), yBar = Sample.Normal(scope, type, x.Shape, 2), fromInput = scope.Like(x), fromOutput = scope.Like(x);
        LeakyRelu.Backward(x, yBar, slope, fromInput, WriteMode.Overwrite);
        LeakyRelu.Forward(x, slope, x);
        LeakyRelu.Backward(x, yBar, slope, fromOutput, WriteMode.Overwrite);
        Assert.That(Sample.Bits(fromOutput), Is.EqualTo(Sample.Bits(fromInput)));
        LeakyRelu.Backward(x, yBar, slope, fromOutput, WriteMode.Add);
        Assert.That(Sample.Scalars(fromOutput), Is.EqualTo(Sample.Scalars(fromInput).Select(v => 2 * v)));
    }

    private Tensor Inputs(TensorScope scope)
    {
        Tensor x = Sample.Normal(scope, type, [3, 37], 1);
        Fill.Run(0, x.Slice(1, 1));
        return x;
    }
}
