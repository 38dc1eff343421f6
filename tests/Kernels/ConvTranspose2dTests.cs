using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

[TestFixtureSource(typeof(TestDevices))]
public class ConvTranspose2dTests(TestDevice device)
{
    // batch, in, out, rows, columns of the input.
    private static readonly int[][] s_cases = [[2, 3, 5, 5, 7], [1, 1, 1, 1, 1], [2, 16, 8, 9, 17], [1, 5, 4, 1, 33]];

    private static readonly DType[] s_types = [DType.Float32, DType.Float64];

    [Test]
    public void Every_input_pixel_paints_its_two_by_two_window([ValueSource(nameof(s_cases))] int[] c, [ValueSource(nameof(s_types))] DType type)
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        (int batch, int inputs, int outputs, int rows, int columns) = (c[0], c[1], c[2], c[3], c[4]);
        Tensor x = Sample.Normal(scope, type, [batch, inputs, rows, columns], 1);
        Tensor weight = Sample.Normal(scope, type, [inputs, outputs, 2, 2], 2), bias = Sample.Normal(scope, type, [outputs], 3);
        Tensor y = scope.New(type, [batch, outputs, 2 * rows, 2 * columns]);
        ConvTranspose2d.Forward(x, weight, bias, y);

        double[] px = Sample.Scalars(x), pw = Sample.Scalars(weight), pb = Sample.Scalars(bias), expected = new double[y.Count];
        for (int at = 0; at < expected.Length; at++)
        {
            int q = at % (2 * columns), r = at / (2 * columns) % (2 * rows), plane = at / (4 * rows * columns);
            (int b, int o) = Math.DivRem(plane, outputs);
            expected[at] = pb[o];
            for (int n = 0; n < inputs; n++)
            {
                expected[at] += px[(((((b * inputs) + n) * rows) + (r / 2)) * columns) + (q / 2)] * pw[(((n * outputs) + o) * 4) + (r % 2 * 2) + (q % 2)];
            }
        }

        // At most 17 terms of size about one: 17 roundings of 6e-8 relative to values below some 20.
        Assert.That(Sample.Scalars(y), Is.EqualTo(expected).Within(type == DType.Float32 ? 2e-5 : 1e-13));
    }

    [Test]
    public void The_output_may_start_at_any_scalar([ValueSource(nameof(s_types))] DType type)
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Tensor x = Sample.Normal(scope, type, [2, 3, 5, 7], 1), weight = Sample.Normal(scope, type, [3, 4, 2, 2], 2), y = scope.New(type, [2, 4, 10, 14]);
        Tensor odd = scope.New(type, [(int)y.Count + 1]).Slice(1, (int)y.Count).Reshape(y.Shape), xBar = scope.Like(x), oddBar = scope.Like(x);
        ConvTranspose2d.Forward(x, weight, null, y);
        ConvTranspose2d.Forward(x, weight, null, odd);
        Assert.That(Sample.Bits(odd), Is.EqualTo(Sample.Bits(y)));
        ConvTranspose2d.BackwardInput(y, weight, xBar, WriteMode.Overwrite);
        ConvTranspose2d.BackwardInput(odd, weight, oddBar, WriteMode.Overwrite);
        Assert.That(Sample.Bits(oddBar), Is.EqualTo(Sample.Bits(xBar)));
    }

    [Test]
    public void Both_adjoints_satisfy_their_identity([ValueSource(nameof(s_cases))] int[] c, [ValueSource(nameof(s_types))] DType type)
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Tensor x = Sample.Normal(scope, type, [c[0], c[1], c[3], c[4]], 1), weight = Sample.Normal(scope, type, [c[1], c[2], 2, 2], 2);
        Tensor yBar = Sample.Normal(scope, type, [c[0], c[2], 2 * c[3], 2 * c[4]], 3), y = scope.Like(yBar);
        Tensor xBar = scope.Zeros(type, x.Shape), weightBar = scope.Zeros(type, weight.Shape);
        ConvTranspose2d.Forward(x, weight, null, y);
        ConvTranspose2d.BackwardInput(yBar, weight, xBar, WriteMode.Overwrite);
        ConvTranspose2d.BackwardInput(yBar, weight, xBar, WriteMode.Add);
        ConvTranspose2d.BackwardWeight(x, yBar, weightBar, WriteMode.Overwrite);
        ConvTranspose2d.BackwardWeight(x, yBar, weightBar, WriteMode.Add);
        double allowed = (type == DType.Float32 ? 2e-6 : 1e-14) * Sample.Norm(y) * Sample.Norm(yBar);
        double expected = 2 * Sample.Inner(y, yBar);
        Assert.That(Sample.Inner(x, xBar), Is.EqualTo(expected).Within(allowed), "input");
        Assert.That(Sample.Inner(weight, weightBar), Is.EqualTo(expected).Within(allowed), "weight");
    }

    [Test]
    public void An_output_that_is_not_twice_as_large_is_refused()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Tensor x = scope.Zeros(DType.Float32, [1, 2, 3, 4]), weight = scope.Zeros(DType.Float32, [2, 5, 2, 2]);
        Assert.That(() => ConvTranspose2d.Forward(x, weight, null, scope.Zeros(DType.Float32, [1, 5, 6, 9])), Throws.TypeOf<ShapeException>());
        Assert.That(() => ConvTranspose2d.Forward(x, scope.Zeros(DType.Float32, [3, 5, 2, 2]), null, scope.Zeros(DType.Float32, [1, 5, 6, 8])), Throws.TypeOf<ShapeException>());
    }
}
