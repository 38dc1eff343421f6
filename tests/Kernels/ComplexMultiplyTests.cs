using System.Numerics;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

[TestFixtureSource(typeof(DeviceTypes), nameof(DeviceTypes.Complex))]
public class ComplexMultiplyTests(TestDevice device, DType type)
{
    // The factor, and the leading axes over which it is repeated: within a vector, across vectors, across parallel ranges.
    private static readonly int[][] s_cases = [[1, 5], [4, 1], [3, 7], [2, 130], [5, 6000]];

    private double Tolerance => type == DType.Complex64 ? 5e-6 : 1e-14; // a few roundings of values below some 20

    [Test]
    public void The_factor_is_repeated_over_leading_axes([ValueSource(nameof(s_cases))] int[] c)
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Tensor a = Sample.Normal(scope, type, [c[1]], 1), b = Sample.Normal(scope, type, Shape.Create(c), 2), y = scope.Like(b);
        Tensor w = Sample.Normal(scope, type.ToReal(), [c[1]], 3);
        Complex[] pa = Values(a), pb = Values(b);
        double[] pw = Sample.Scalars(w);

        ComplexMultiply.Run(a, b, y);
        Require(y, i => pa[i % c[1]] * pb[i]);
        ComplexMultiply.ConjugateRun(a, b, y);
        Require(y, i => Complex.Conjugate(pa[i % c[1]]) * pb[i]);
        RealComplexMultiply.Run(w, b, y);
        Require(y, i => pw[i % c[1]] * pb[i]);
        ComplexMultiply.Run(a, b, b);
        Require(b, i => pa[i % c[1]] * pb[i]);
    }

    [Test]
    public void A_factor_that_is_not_a_trailing_part_is_refused()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Tensor a = scope.Zeros(type, [3]), b = scope.Zeros(type, [3, 4]);
        Assert.That(() => ComplexMultiply.Run(a, b, b), Throws.TypeOf<ShapeException>().With.Message.Contains("trailing"));
        Assert.That(() => RealComplexMultiply.Run(a, b, b), Throws.TypeOf<ShapeException>());
    }

    private void Require(Tensor y, Func<int, Complex> expected)
    {
        Complex[] actual = Values(y);
        Assert.That(Enumerable.Range(0, actual.Length).Count(i => !((actual[i] - expected(i)).Magnitude < Tolerance)), Is.Zero, "elements off");
    }

    private static Complex[] Values(Tensor tensor) =>
        [.. Sample.Scalars(tensor).Chunk(2).Select(pair => new Complex(pair[0], pair[1]))];
}
