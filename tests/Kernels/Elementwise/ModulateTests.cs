using System.Numerics;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

[TestFixtureSource(typeof(DeviceTypes), nameof(DeviceTypes.Complex))]
public sealed class ModulateTests(TestDevice device, DType type)
{
    // One modulation, several, and more pixels than one parallel range.
    private static readonly int[][] s_shapes = [[1, 3, 5], [4, 2, 7], [3, 100, 90]];

    private double Tolerance => type == DType.Complex64 ? 1e-5 : 2e-14; // a few roundings of sums below some 50

    [Test]
    public void Each_product_is_its_formula_and_can_be_added([ValueSource(nameof(s_shapes))] int[] shape)
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Tensor s = Sample.Normal(scope, type, Shape.Create(shape), 1), y = Sample.Normal(scope, type, Shape.Create(shape), 2);
        Tensor x = Sample.Normal(scope, type, Shape.Create(shape[1..]), 3), stack = scope.Like(s), image = scope.Like(x);
        Complex[] ps = Values(s), py = Values(y), px = Values(x);
        int pixels = px.Length;
        Complex Combined(int p) => Enumerable.Range(0, shape[0]).Aggregate(Complex.Zero, (sum, c) => sum + (Complex.Conjugate(ps[(c * pixels) + p]) * py[(c * pixels) + p]));

        Modulate.Forward(s, x, stack, WriteMode.Overwrite);
        Require(stack, i => ps[i] * px[i % pixels]);
        Modulate.ForwardConjugate(x, y, stack, WriteMode.Add);
        Require(stack, i => (ps[i] * px[i % pixels]) + (Complex.Conjugate(px[i % pixels]) * py[i]));
        Modulate.ForwardConjugate(x, y, stack, WriteMode.Overwrite);
        Require(stack, i => Complex.Conjugate(px[i % pixels]) * py[i]);
        Modulate.Adjoint(s, y, image, WriteMode.Overwrite);
        Require(image, Combined);
        Modulate.Adjoint(s, y, image, WriteMode.Add);
        Require(image, p => 2 * Combined(p));
    }

    [Test]
    public void The_adjoint_is_the_conjugate_transpose()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Tensor s = Sample.Normal(scope, type, [3, 6, 5], 1), y = Sample.Normal(scope, type, [3, 6, 5], 2), x = Sample.Normal(scope, type, [6, 5], 3);
        Tensor sx = scope.Like(y), shy = scope.Like(x);
        Modulate.Forward(s, x, sx, WriteMode.Overwrite);
        Modulate.Adjoint(s, y, shy, WriteMode.Overwrite);
        double epsilon = type == DType.Complex64 ? 1.2e-7 : 2.3e-16; // three roundings per product
        Assert.That(Sample.Inner(sx, y), Is.EqualTo(Sample.Inner(x, shy)).Within(3 * epsilon * Sample.Norm(sx) * Sample.Norm(y)));
    }

    [Test]
    public void Stacks_that_do_not_fit_the_image_are_refused()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Tensor s = scope.Zeros(type, [3, 4]), x = scope.Zeros(type, [4]), wrong = scope.Zeros(type, [3, 5]), real = scope.Zeros(type.ToReal(), [4]);
        Assert.That(() => Modulate.Forward(s, x, wrong, WriteMode.Overwrite), Throws.TypeOf<ShapeException>().With.Message.StartsWith("modulate:"));
        Assert.That(() => Modulate.Adjoint(s, wrong, x, WriteMode.Overwrite), Throws.TypeOf<ShapeException>().With.Message.StartsWith("modulate adjoint:"));
        Assert.That(() => Modulate.ForwardConjugate(real, s, s, WriteMode.Overwrite), Throws.TypeOf<ShapeException>().With.Message.StartsWith("modulate conjugate:"));
    }

    private void Require(Tensor actual, Func<int, Complex> expected)
    {
        Complex[] values = Values(actual);
        Assert.That(Enumerable.Range(0, values.Length).Count(i => !((values[i] - expected(i)).Magnitude < Tolerance)), Is.Zero, "elements off");
    }

    private static Complex[] Values(Tensor tensor) => [.. Sample.Scalars(tensor).Chunk(2).Select(pair => new Complex(pair[0], pair[1]))];
}
