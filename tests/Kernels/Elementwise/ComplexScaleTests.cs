using System.Numerics;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

[TestFixtureSource(typeof(DeviceTypes), nameof(DeviceTypes.Complex))]
public sealed class ComplexScaleTests(TestDevice device, DType type)
{
    private static readonly Complex s_alpha = new(0.5, -1.25); // exact in binary

    private double Tolerance => type == DType.Complex64 ? 4e-6 : 1e-14; // a few roundings of values below some 15

    [Test]
    public void Each_element_is_multiplied_and_can_be_added([Values(1, 3, 17, 9001)] int count)
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Tensor x = Sample.Normal(scope, type, [count], 1), y = Sample.Normal(scope, type, [count], 2);
        Complex[] px = Values(x), py = Values(y);
        ComplexScale.Run(s_alpha, x, y, WriteMode.Add);
        Require(y, i => py[i] + (s_alpha * px[i]));
        ComplexScale.Run(s_alpha, x, y);
        Require(y, i => s_alpha * px[i]);
        ComplexScale.Run(s_alpha, x, x); // in place
        Require(x, i => s_alpha * px[i]);
    }

    [Test]
    public void The_adjoint_is_the_product_with_the_conjugate()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Tensor x = Sample.Normal(scope, type, [40], 1), y = Sample.Normal(scope, type, [40], 2), ax = scope.Like(x), ay = scope.Like(y);
        ComplexScale.Run(s_alpha, x, ax);
        ComplexScale.Run(Complex.Conjugate(s_alpha), y, ay);
        double epsilon = type == DType.Complex64 ? 1.2e-7 : 2.3e-16; // three roundings per product
        Assert.That(Sample.Inner(ax, y), Is.EqualTo(Sample.Inner(x, ay)).Within(3 * epsilon * Sample.Norm(ax) * Sample.Norm(y)));
    }

    [Test]
    public void What_is_not_overwritten_may_hold_anything()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Tensor x = Sample.Normal(scope, type, [5], 1), y = scope.Like(x);
        Fill.Run(double.NaN, y);
        ComplexScale.Run(s_alpha, x, y);
        Assert.That(Sample.Scalars(y), Is.All.Not.NaN);
    }

    [Test]
    public void Real_arrays_and_other_shapes_are_refused()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Tensor x = scope.Zeros(type, [4]), longer = scope.Zeros(type, [5]), real = scope.Zeros(type.ToReal(), [4]);
        Assert.That(() => ComplexScale.Run(s_alpha, x, longer), Throws.TypeOf<ShapeException>().With.Message.Contains("complex scale"));
        Assert.That(() => ComplexScale.Run(s_alpha, real, real), Throws.TypeOf<ShapeException>());
    }

    private void Require(Tensor actual, Func<int, Complex> expected)
    {
        Complex[] values = Values(actual);
        Assert.That(Enumerable.Range(0, values.Length).Count(i => !((values[i] - expected(i)).Magnitude < Tolerance)), Is.Zero, "elements off");
    }

    private static Complex[] Values(Tensor tensor) => [.. Sample.Scalars(tensor).Chunk(2).Select(pair => new Complex(pair[0], pair[1]))];
}
