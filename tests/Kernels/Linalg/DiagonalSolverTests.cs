using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

/// <summary>Solvers on diagonal operators, where every answer is known, on every device.</summary>
[TestFixtureSource(typeof(DeviceTypes), nameof(DeviceTypes.Complex))]
public sealed class DiagonalSolverTests(TestDevice device, DType type)
{
    private const int Size = 1300; // more than one block of the kernels

    private double Epsilon => type.IsDouble() ? 2.3e-16 : 1.2e-7;

    [Test]
    public void Conjugate_gradients_end_within_as_many_steps_as_there_are_eigenvalues_and_slices_do_not_meet()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Data);
        double[] diagonal = [.. Enumerable.Range(0, Size).Select(i => 1.0 + (i % 5))]; // five eigenvalues, condition 5
        var normal = new DiagonalOperator(Upload(scope, diagonal));
        Tensor rhs = Sample.Normal(scope, type, [2, Size], 1), x = scope.Zeros(type, rhs.Shape), alone = scope.Zeros(type, [Size]);
        Scale.Run(1e4, rhs.Slice(1), rhs.Slice(1));
        double tolerance = 100 * Epsilon;
        ConjugateGradientResult result = ConjugateGradient.Solve(normal, 0.5, rhs, x, 20, tolerance);
        ConjugateGradient.Solve(normal, 0.5, rhs.Slice(1), alone, 20, tolerance);
        Assert.That(result.Status, Is.EqualTo(LinearSolveStatus.Converged));
        Assert.That(result.Iterations, Is.InRange(5, 6)); // one more for rounding
        Assert.That(result.RelativeResidual, Is.LessThanOrEqualTo(tolerance));
        double[] b = Sample.Scalars(rhs);
        double size = b.Max(Math.Abs), worst = Sample.Scalars(x).Select((v, i) => Math.Abs(v - (b[i] / (0.5 + diagonal[i / 2 % Size])))).Max();
        Assert.That(worst, Is.LessThan(10 * tolerance * size * Math.Sqrt(Size)));
        Assert.That(Sample.Bits(x.Slice(1)), Is.EqualTo(Sample.Bits(alone)));
    }

    [Test]
    public void Limits_breakdowns_zeros_and_nans_are_reported_as_such()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Data);
        Tensor rhs = Sample.Normal(scope, type, [Size], 1), zero = scope.Zeros(type, [Size]), x = scope.Zeros(type, [Size]);
        ConjugateGradientResult Solve(Func<int, double> eigenvalue, Tensor b)
        {
            x.Clear();
            return ConjugateGradient.Solve(new DiagonalOperator(Upload(scope, [.. Enumerable.Range(0, Size).Select(eigenvalue)])), 0, b, x, 3, 1e-6);
        }

        Assert.That(Solve(i => 1 + i, rhs) is { Status: LinearSolveStatus.IterationLimit, Iterations: 3, RelativeResidual: > 1e-6 });
        Assert.That(Solve(_ => -1, rhs) is { Status: LinearSolveStatus.Breakdown, Iterations: 1, RelativeResidual: 1 });
        Assert.That(Solve(_ => 1, zero), Is.EqualTo(new ConjugateGradientResult(0, 0, LinearSolveStatus.Converged)));
        Assert.That(Solve(_ => double.NaN, rhs).Status, Is.EqualTo(LinearSolveStatus.NotFinite));
    }

    [Test]
    public void The_largest_eigenvalue_is_found()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Data);
        var normal = new DiagonalOperator(Upload(scope, [.. Enumerable.Range(0, Size).Select(i => i == 700 ? 2.0 : 1.0 / (1 + i))]));
        Tensor start = Sample.Normal(scope, type, [Size], 3);
        (double value, bool converged) = Lanczos.LargestEigenvalue(normal, start, 30, 1e-9);
        Assert.That(converged);
        Assert.That(value, Is.EqualTo(2).Within(1e-6 + (10 * Epsilon)));

        // The quotient errs by the ratio of the two largest eigenvalues to twice the number of steps: 2^-60.
        PowerIterationResult power = PowerIteration.LargestEigenvalue(normal, start, 30, 0);
        Assert.That(power.Value, Is.EqualTo(2).Within(1e-9 + (10 * Epsilon)));
    }

    private Tensor Upload(TensorScope scope, double[] values) => type.IsDouble()
        ? scope.From([values.Length], values)
        : scope.From([values.Length], Array.ConvertAll(values, v => (float)v));
}
