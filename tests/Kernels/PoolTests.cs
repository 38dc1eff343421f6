using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

[TestFixtureSource(typeof(DeviceTypes), nameof(DeviceTypes.Real))]
public class PoolTests(TestDevice device, DType type)
{
    private static readonly int[][] s_cases = [[2, 3, 4, 6], [1, 1, 2, 2], [2, 2, 6, 34], [1, 5, 10, 66]];

    /// <summary>A copy that starts one scalar behind an allocation's beginning, where no pair is aligned.</summary>
    private static Tensor Odd(TensorScope scope, Tensor x)
    {
        Tensor copy = scope.New(x.DType, [checked((int)x.Count) + 1]).Slice(1, checked((int)x.Count)).Reshape(x.Shape);
        copy.CopyFrom(x);
        return copy;
    }

    [Test]
    public void Average_and_maximum_are_those_of_the_window([ValueSource(nameof(s_cases))] int[] c)
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Tensor x = Sample.Normal(scope, type, Shape.Create(c), 1), average = Pooled(scope, type, c), largest = scope.Like(average);
        Tensor index = Pooled(scope, DType.Int32, c);
        AveragePool2d.Forward(x, average);
        MaxPool2d.Forward(x, largest, index);
        double[] px = Sample.Scalars(x), pa = Sample.Scalars(average), pm = Sample.Scalars(largest);
        for (int at = 0; at < pa.Length; at++)
        {
            double[] window = [.. Enumerable.Range(0, 4).Select(k => px[Position(at, k, c)])];
            Assert.That(pa[at], Is.EqualTo(window.Average()).Within(type == DType.Float32 ? 1e-6 : 1e-15));
            Assert.That(pm[at], Is.EqualTo(window.Max()));
            Assert.That(index.ToArray<int>()[at], Is.EqualTo(Array.IndexOf(window, window.Max())));
        }
    }

    [Test]
    public void Images_may_start_at_any_scalar()
    {
        int[] c = [2, 2, 6, 34];
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Tensor x = Sample.Normal(scope, type, Shape.Create(c), 1), odd = Odd(scope, x), xBar = scope.Clone(x), oddBar = Odd(scope, x);
        Tensor y = Pooled(scope, type, c), oddY = scope.Like(y), index = Pooled(scope, DType.Int32, c), oddIndex = scope.Like(index);
        AveragePool2d.Forward(x, y);
        AveragePool2d.Forward(odd, oddY);
        Assert.That(Sample.Bits(oddY), Is.EqualTo(Sample.Bits(y)));
        AveragePool2d.Backward(y, xBar, WriteMode.Add);
        AveragePool2d.Backward(y, oddBar, WriteMode.Add);
        Assert.That(Sample.Bits(oddBar), Is.EqualTo(Sample.Bits(xBar)));
        MaxPool2d.Forward(x, y, index);
        MaxPool2d.Forward(odd, oddY, oddIndex);
        Assert.That(Sample.Bits(oddIndex), Is.EqualTo(Sample.Bits(index)));
        MaxPool2d.Backward(y, index, xBar, WriteMode.Add);
        MaxPool2d.Backward(y, index, oddBar, WriteMode.Add);
        Assert.That(Sample.Bits(oddBar), Is.EqualTo(Sample.Bits(xBar)));
    }

    [Test]
    public void The_average_backward_is_the_adjoint([ValueSource(nameof(s_cases))] int[] c)
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Tensor x = Sample.Normal(scope, type, Shape.Create(c), 1), yBar = Sample.Normal(scope, type, Pooled(scope, type, c).Shape, 2);
        Tensor y = scope.Like(yBar), xBar = scope.Like(x);
        AveragePool2d.Forward(x, y);
        AveragePool2d.Backward(yBar, xBar, WriteMode.Overwrite);
        AveragePool2d.Backward(yBar, xBar, WriteMode.Add);
        Assert.That(Sample.Inner(x, xBar), Is.EqualTo(2 * Sample.Inner(y, yBar)).Within(1e-5 * Sample.Norm(x) * Sample.Norm(yBar)));
    }

    [Test]
    public void The_maximum_backward_is_the_adjoint_of_its_tangent([ValueSource(nameof(s_cases))] int[] c)
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Tensor x = Sample.Normal(scope, type, Shape.Create(c), 1), dx = Sample.Normal(scope, type, Shape.Create(c), 2), xBar = scope.Like(x);
        Tensor y = Pooled(scope, type, c), dy = scope.Like(y), yBar = Sample.Normal(scope, type, y.Shape, 3), index = Pooled(scope, DType.Int32, c);
        MaxPool2d.Forward(x, y, index);
        MaxPool2d.Gather(dx, index, dy);
        MaxPool2d.Backward(yBar, index, xBar, WriteMode.Overwrite);
        // The same products are summed in both inner products, in another order.
        Assert.That(Sample.Inner(dx, xBar), Is.EqualTo(Sample.Inner(dy, yBar)).Within(1e-12));
        Tensor twice = scope.Clone(xBar);
        MaxPool2d.Backward(yBar, index, twice, WriteMode.Add);
        Assert.That(Sample.Scalars(twice), Is.EqualTo(Sample.Scalars(xBar).Select(v => 2 * v)));

        MaxPool2d.Gather(x, index, dy);
        Assert.That(Sample.Scalars(dy), Is.EqualTo(Sample.Scalars(y)), "the maximum is a choice of inputs");
    }

    [Test]
    public void The_first_of_equal_maxima_wins_and_nan_is_kept()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        const int Columns = 80; // whole vectors and a rest
        Tensor x = scope.New(type, [1, 1, 2, Columns]), y = Pooled(scope, type, [1, 1, 2, Columns]), index = Pooled(scope, DType.Int32, [1, 1, 2, Columns]);
        Fill.Run(3, x);
        MaxPool2d.Forward(x, y, index);
        Assert.That(index.ToArray<int>(), Is.All.Zero);
        Fill.Run(double.NaN, x);
        MaxPool2d.Forward(x, y, index);
        Assert.That(Sample.Scalars(y), Is.All.NaN);
    }

    [Test]
    public void Odd_sizes_are_refused()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Tensor x = scope.Zeros(type, [1, 1, 3, 4]), y = scope.Zeros(type, [1, 1, 1, 2]);
        Assert.That(() => AveragePool2d.Forward(x, y), Throws.TypeOf<ShapeException>().With.Message.Contains("even"));
    }

    private static Tensor Pooled(TensorScope scope, DType type, int[] c) => scope.Zeros(type, [c[0], c[1], c[2] / 2, c[3] / 2]);

    private static int Position(int at, int k, int[] c)
    {
        int column = at % (c[3] / 2), row = at / (c[3] / 2); // rows of all planes follow each other
        return (((2 * row) + (k / 2)) * c[3]) + (2 * column) + (k % 2);
    }
}
