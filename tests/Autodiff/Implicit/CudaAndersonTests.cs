using NUnit.Framework;
using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

/// <summary>
/// The device makes the same decisions as the host. Problems: z = c + m z + κ z² elementwise, m of eigenvalues in
/// (-0.9, 0.9) divided by 1, 2, 3, so that the slices differ in difficulty; κ makes all but the first nonlinear.
/// </summary>
[TestFixture(DType.Complex64)]
[TestFixture(DType.Complex128)]
public sealed class CudaAndersonTests(DType type)
{
    private const int Size = 611;         // two partial results per sum, the second not full
    private const int LargeSize = 20_011; // forty of them: more than a warp adds at once

    // Memory below, at and above the eight products that a block accumulates at once, with both ridges and mixtures of z.
    private static readonly Anderson[] s_solvers =
    [
        new() { Memory = 1, MaxEvaluations = 9, RestartAfter = 0 },
        new() { Memory = 3, MaxEvaluations = 14, RidgeMode = RidgeMode.Mean, Ridge = 1e-4 },
        new() { Memory = 5, MaxEvaluations = 16, Mixing = 0.7 },
        new() { Memory = 11, MaxEvaluations = 15, Ridge = 1e-5 },
    ];

    [Test]
    public void Residuals_weights_and_solutions_are_those_of_the_host([ValueSource(nameof(s_solvers))] Anderson options)
    {
        Anderson solver = options with { Tolerance = type.IsDouble() ? 1e-8 : 1e-4 };
        int size = solver.Mixing == 1 ? Size : LargeSize;
        FixedPointSolution host = Solve(Device.Cpu, solver, size, 0, 2, out double[] expected), cuda = Solve(SoftwareDriver.Open(), solver, size, 0, 2, out double[] actual);

        // The least-squares problem amplifies rounding by up to the condition that its ridge allows, 1e-16 / 1e-8 in double;
        // in float the residuals themselves are known to 1e-7 of the iterate.
        double tolerance = type.IsDouble() ? 1e-6 : 2e-3;
        for (int slice = 0; slice < 2; slice++)
        {
            SliceSolve a = host.Slices[slice], b = cuda.Slices[slice];
            Assert.That((b.Status, b.Restarts, b.Evaluations), Is.EqualTo((a.Status, a.Restarts, a.Evaluations)));
            Assert.That(b.Residuals.Zip(a.Residuals, (p, q) => Math.Abs(p - q)), Is.All.LessThan(tolerance * a.Residuals[0]));
            Assert.That(b.BestResidual, Is.EqualTo(b.Residuals.Min()));
            Assert.That(b.Weights.Select(w => w.Length), Is.EqualTo(a.Weights.Select(w => w.Length)));
            Assert.That(b.Weights.Select(w => Math.Abs(w.Sum() - 1)), Is.All.LessThan(1e-12));
            Assert.That(b.Weights.Take(3).SelectMany(w => w), Is.EqualTo(a.Weights.Take(3).SelectMany(w => w)).Within(tolerance));
        }

        double largest = expected.Max(Math.Abs);
        Assert.That(actual.Zip(expected, (p, q) => Math.Abs(p - q)).Max(), Is.LessThan(tolerance * largest));
    }

    [Test]
    public void The_solution_of_a_slice_has_the_same_bits_alone_and_in_company()
    {
        var solver = new Anderson { Tolerance = 1e-4, MaxEvaluations = 40 };
        FixedPointSolution together = Solve(SoftwareDriver.Open(), solver, Size, 0, 3, out double[] values);
        Assert.That(together.Slices.Select(slice => slice.Evaluations).Distinct().Count(), Is.GreaterThan(1), "slices that end at different times");
        for (int slice = 0; slice < 3; slice++)
        {
            FixedPointSolution alone = Solve(SoftwareDriver.Open(), solver, Size, slice, 1, out double[] value);
            Assert.That(value, Is.EqualTo(values[(slice * value.Length)..((slice + 1) * value.Length)]));
            Assert.That(alone.Slices[0].Residuals, Is.EqualTo(together.Slices[slice].Residuals));
        }
    }

    [TestCase(1, 9)]
    [TestCase(2, 23)]
    [TestCase(2, 24)]
    [TestCase(5, 38)]
    [TestCase(5, 14)]
    [TestCase(5, 4)]
    public void Graphs_change_no_bit_and_no_count(int memory, int evaluations)
    {
        CudaDevice cuda = CudaGraphTests.Capturing();
        var solver = new Anderson { Memory = memory, Tolerance = type.IsDouble() ? 1e-7 : 1e-4, MaxEvaluations = evaluations };
        double[] graphs = [], launches = [];
        long held = cuda.Ledger.CurrentBytes;
        FixedPointSolution captured = Solve(cuda, solver, Size, 0, 3, out graphs), plain = WithoutGraphs(device => Solve(device, solver, Size, 0, 3, out launches));
        Assert.That(graphs, Is.EqualTo(launches));
        Assert.That(captured.Slices.Select(slice => slice.Evaluations), Is.EqualTo(plain.Slices.Select(slice => slice.Evaluations)));
        Assert.That(captured.Slices.Max(slice => slice.Evaluations), Is.LessThanOrEqualTo(evaluations));
        for (int slice = 0; slice < 3; slice++)
        {
            Assert.That(captured.Slices[slice].Status, Is.EqualTo(plain.Slices[slice].Status));
            Assert.That(captured.Slices[slice].Residuals, Is.EqualTo(plain.Slices[slice].Residuals));
            Assert.That(captured.Slices[slice].Weights, Is.EqualTo(plain.Slices[slice].Weights));
        }

        Assert.That(cuda.Ledger.CurrentBytes, Is.EqualTo(held), "graphs gave their memory back");
    }

    [Test]
    public void Slices_that_end_in_different_rounds_are_solved_by_graphs()
    {
        // With 38 evaluations of memory 5 there are rounds enough; the test above would be empty if all slices ended together.
        CudaDevice cuda = CudaGraphTests.Capturing();
        var solver = new Anderson { Memory = 5, Tolerance = type.IsDouble() ? 1e-12 : 1e-6, MaxEvaluations = 38 };
        int[] evaluations = [.. Solve(cuda, solver, Size, 0, 3, out _).Slices.Select(slice => (slice.Evaluations - 1) / 5)];
        Assert.That(evaluations.Distinct().Count(), Is.GreaterThan(1));
        Assert.That(evaluations.Max(), Is.GreaterThanOrEqualTo(2), "the first round is plain, the second the first launch of a graph");
    }

    [Test]
    public void A_growing_residual_restarts_and_a_nan_ends_the_slice_alone()
    {
        // z -> 3 z - 2 s from z near s moves away, three times as far each time; the plain iteration restarts from its best.
        var solver = new Anderson { Memory = 1, RestartAfter = 2, MaxEvaluations = 10, Tolerance = 1e-12 };
        SliceSolve[] Records(Device device)
        {
            using var scope = new TensorScope(device, MemoryOwner.Data);
            Tensor centre = Sample.Normal(scope, type, [2, Size], 4), start = scope.Like(centre);
            Scale.Run(1.001, centre, start);
            Fill.Run(double.NaN, start.Slice(1).Slice(0, 1));
            return [.. solver.Solve(new FixedPointProblem((tape, z) => tape.WeightedSum(3, z, -2, tape.Input(centre)), start), scope).Slices];
        }

        SliceSolve[] host = Records(Device.Cpu), cuda = Records(SoftwareDriver.Open());
        Assert.That(cuda.Select(slice => slice.Status), Is.EqualTo(host.Select(slice => slice.Status)));
        Assert.That(cuda[0].Restarts, Is.EqualTo(host[0].Restarts).And.GreaterThan(1));
        Assert.That(cuda[0].Residuals, Is.EqualTo(host[0].Residuals).Within(type.IsDouble() ? 1e-9 : 1e-3));
        Assert.That(cuda[1].Status, Is.EqualTo(SolveStatus.NotFinite));
        Assert.That(cuda[1].Evaluations, Is.EqualTo(1));
    }

    [TestCase(new[] { 1, 3, 3, 1.5, 3, 3, 1.5 }, 0)]
    [TestCase(new[] { 1.0, 3, 3, 3, 3, 3 }, 1)]
    public void Only_growth_in_a_row_restarts(double[] residuals, int restarts)
    {
        // f adds a given step to z = 1: the residual is what the case says, in thousandths. It changes from call to call, which
        // a map may not do, so nothing of it can be captured.
        SliceSolve Record(Device device)
        {
            using var scope = new TensorScope(device, MemoryOwner.Data);
            Tensor start = scope.New(type, [1, Size]);
            Fill.Run(1, start);
            int evaluation = 0;
            return new Anderson { Memory = 1, RestartAfter = 3, Tolerance = 0, MaxEvaluations = residuals.Length }.Solve(
                new FixedPointProblem((tape, z) => tape.WeightedSum(1, z, 1e-3 * residuals[evaluation++], tape.Input(start)), start), scope).Slices[0];
        }

        Assert.That(Record(Device.Cpu).Restarts, Is.EqualTo(restarts));
        Assert.That(WithoutGraphs(Record).Restarts, Is.EqualTo(restarts));
    }

    [Test]
    public void Equal_residuals_get_a_larger_ridge_and_equal_weights()
    {
        // z -> z + 1 has the same step everywhere: without a ridge the 2 x 2 matrix of ones has no factor until the ridge has grown.
        using var scope = new TensorScope(SoftwareDriver.Open(), MemoryOwner.Data);
        Tensor one = scope.New(type, [1, Size]), start = scope.Zeros(type, one.Shape);
        Fill.Run(1, one);
        var solver = new Anderson { Memory = 3, Ridge = 0, MaxEvaluations = 2, Tolerance = 0 };
        FixedPointSolution solution = solver.Solve(new FixedPointProblem((tape, z) => tape.WeightedSum(1, z, 1, tape.Input(one)), start), scope);
        double[] weights = solution.Slices[0].Weights.Single();
        Assert.That(weights, Is.EqualTo((double[])[0.5, 0.5]).Within(1e-3)); // rounding of 1e-16 over a ridge of 1e-12
    }

    private static T WithoutGraphs<T>(Func<Device, T> work)
    {
        CudaDevice cuda = SoftwareDriver.Open();
        try
        {
            cuda.GraphsAllowed = false;
            return work(cuda);
        }
        finally
        {
            cuda.GraphsAllowed = true;
        }
    }

    private FixedPointSolution Solve(Device device, Anderson solver, int size, int firstSlice, int slices, out double[] value)
    {
        using var scope = new TensorScope(device, MemoryOwner.Data);
        Tensor eigenvalues = scope.New(type, [size]), constant = Sample.Normal(scope, type, [size], 3);
        double[] spectrum = [.. Enumerable.Range(0, 2 * size).Select(i => i % 2 == 0 ? 0.9 * Math.Cos(0.37 * i) : 0.1)];
        Upload(eigenvalues, spectrum);
        Tensor start = scope.Zeros(type, [slices, size]);
        FixedPointSolution solution = solver.Solve(
            new FixedPointProblem(
                (tape, z) =>
                {
                    Tensor y = tape.Values.Like(z.Value), square = tape.Values.Like(z.Value);
                    ComplexMultiply.Run(eigenvalues, z.Value, y);
                    ComplexMultiply.Run(z.Value, z.Value, square);
                    for (int slice = 0; slice < slices; slice++)
                    {
                        Scale.Run(1.0 / (1 + firstSlice + slice), y.Slice(slice), y.Slice(slice));
                        Add.Run(y.Slice(slice), constant, y.Slice(slice));
                        Scale.Run(0.004 * (firstSlice + slice), square.Slice(slice), y.Slice(slice), WriteMode.Add);
                    }

                    return tape.Input(y);
                },
                start),
            scope);
        value = Sample.Scalars(solution.Value);
        return solution;
    }

    private static void Upload(Tensor tensor, double[] scalars)
    {
        if (tensor.DType.IsDouble())
        {
            tensor.AsReal().CopyFromHost<double>(scalars);
        }
        else
        {
            tensor.AsReal().CopyFromHost<float>([.. scalars.Select(v => (float)v)]);
        }
    }
}
