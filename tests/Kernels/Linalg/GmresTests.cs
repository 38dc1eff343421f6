using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

/// <summary>GMRES on small real matrices, against elimination-free truths.</summary>
[TestFixtureSource(typeof(TestDevices))]
public sealed class GmresTests(TestDevice device)
{
    private const int Size = 6;

    [Test]
    public void It_is_exact_after_as_many_steps_as_unknowns_and_slices_do_not_meet()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Data);
        Tensor matrix = Matrix(scope), truth = Normal(scope, 2, 11), rhs = scope.Like(truth), x = scope.Zeros(DType.Float64, truth.Shape);
        Scale.Run(1e6, truth.Slice(1), truth.Slice(1)); // slices of very different size
        Apply(matrix, truth, rhs);
        GmresSlice[] records = Gmres.Solve((v, y) => Apply(matrix, v, y), rhs, x, startIsZero: true, 10, 50, 1e-13);
        Assert.That(records.Select(r => r.Status), Is.All.EqualTo(LinearSolveStatus.Converged));
        Assert.That(records.Select(r => r.Steps), Is.All.LessThanOrEqualTo(Size));

        // The residual of 1e-13 over the smallest singular value, above 0.1 for I + 0.2 N(0, 1) of this seed.
        for (int s = 0; s < 2; s++)
        {
            Assert.That(Distance(x.Slice(s), truth.Slice(s)), Is.LessThan(1e-11));
        }

        Tensor alone = scope.Zeros(DType.Float64, [1, Size]);
        Gmres.Solve((v, y) => Apply(matrix, v, y), rhs.Slice(0, 1), alone, startIsZero: true, 10, 50, 1e-13);
        Assert.That(alone.ToArray<double>(), Is.EqualTo(x.Slice(0).ToArray<double>()));
    }

    [Test]
    public void Restarts_and_starts_other_than_zero_reach_the_same_solution()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Data);
        Tensor matrix = Matrix(scope), truth = Normal(scope, 1, 12), rhs = scope.Like(truth), x = Normal(scope, 1, 13);
        Apply(matrix, truth, rhs);
        GmresSlice record = Gmres.Solve((v, y) => Apply(matrix, v, y), rhs, x, startIsZero: false, memory: 3, 200, 1e-12)[0];
        Assert.That(record.Status, Is.EqualTo(LinearSolveStatus.Converged));
        Assert.That(Distance(x, truth), Is.LessThan(1e-10));
    }

    [Test]
    public void The_recorded_residual_is_the_true_one_and_falls_with_the_steps()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Data);
        Tensor matrix = Matrix(scope), rhs = Normal(scope, 1, 14), product = scope.Like(rhs);
        double last = 1;
        for (int steps = 1; steps <= 4; steps++)
        {
            Tensor x = scope.Zeros(DType.Float64, rhs.Shape);
            GmresSlice record = Gmres.Solve((v, y) => Apply(matrix, v, y), rhs, x, startIsZero: true, 10, steps, 0)[0];
            Apply(matrix, x, product);
            Assert.That(record.Status, Is.EqualTo(LinearSolveStatus.IterationLimit));
            Assert.That(record.RelativeResidual, Is.EqualTo(Distance(product, rhs)).Within(1e-13)); // sums of some 36 numbers of order one
            Assert.That(record.RelativeResidual, Is.LessThan(last));
            last = record.RelativeResidual;
        }
    }

    [Test]
    public void Zero_data_give_zero_and_nan_is_reported()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Data);
        Tensor matrix = Matrix(scope), rhs = scope.Zeros(DType.Float64, [2, Size]), x = scope.Zeros(DType.Float64, [2, Size]);
        Fill.Run(double.NaN, rhs.Slice(1));
        GmresSlice[] records = Gmres.Solve((v, y) => Apply(matrix, v, y), rhs, x, startIsZero: true, 4, 8, 1e-10);
        Assert.That(records.Select(r => r.Status), Is.EqualTo(new[] { LinearSolveStatus.Converged, LinearSolveStatus.NotFinite }));
        Assert.That(x.ToArray<double>(), Is.All.Zero);
    }

    /// <summary>I + 0.2 N(0, 1): not symmetric, well conditioned.</summary>
    private static Tensor Matrix(TensorScope scope)
    {
        double[] values = [.. Enumerable.Range(0, Size * Size).Select(i => (i % (Size + 1) == 0 ? 1 : 0) + (0.2 * new CounterRandom(3).Normal(i)))];
        return scope.From([Size, Size, 1, 1], values);
    }

    private static Tensor Normal(TensorScope scope, int slices, ulong seed) => Sample.Normal(scope, DType.Float64, [slices, Size], seed);

    private static void Apply(Tensor matrix, Tensor x, Tensor y) =>
        Conv2d.Forward(x.Reshape([x.Shape[0], Size, 1, 1]), matrix, null, y.Reshape([x.Shape[0], Size, 1, 1]));

    private static double Distance(Tensor a, Tensor b) => Math.Sqrt(Reduce.SquaredDistance(a, b) / Reduce.SumOfSquares(b));
}
