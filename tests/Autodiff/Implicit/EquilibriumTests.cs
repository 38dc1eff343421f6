using NUnit.Framework;
using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

/// <summary>Fixed points of z ↦ s · act(W z) + b with a small convolution W: contractive, nonlinear, with parameters.</summary>
[TestFixtureSource(typeof(TestDevices))]
public sealed class EquilibriumTests(TestDevice device)
{
    [Test]
    public void Picard_and_Anderson_reach_the_same_fixed_point_and_say_so()
    {
        using var problem = new ContractiveProblem(device.Device, slices: 2);
        FixedPointSolution picard = new Picard(1e-13, 500).Solve(problem.FixedPoint, problem.Scope);
        FixedPointSolution anderson = new Anderson { Tolerance = 1e-13, MaxEvaluations = 100 }.Solve(problem.FixedPoint, problem.Scope);
        Assert.That(picard.AllConverged && anderson.AllConverged, Is.True);
        Assert.That(anderson.Evaluations, Is.LessThan(picard.Evaluations));

        // Each is within residual / (1 - rho) of the fixed point.
        double bound = 2 * 1e-13 / (1 - ContractiveProblem.Contraction) * Norm(picard.Value);
        Assert.That(Math.Sqrt(Reduce.SquaredDistance(picard.Value, anderson.Value)), Is.LessThan(bound));
    }

    [Test]
    public void The_solution_of_a_slice_does_not_depend_on_the_others_or_on_their_order()
    {
        using var both = new ContractiveProblem(device.Device, slices: 2);
        FixedPointSolution together = new Anderson { Tolerance = 1e-8 }.Solve(both.FixedPoint, both.Scope);
        for (int slice = 0; slice < 2; slice++)
        {
            using var alone = new ContractiveProblem(device.Device, slices: 1, first: slice);
            FixedPointSolution single = new Anderson { Tolerance = 1e-8 }.Solve(alone.FixedPoint, alone.Scope);
            Assert.That(single.Value.ToArray<double>(), Is.EqualTo(together.Value.Slice(slice).ToArray<double>()));
            Assert.That(single.Slices[0].Residuals, Is.EqualTo(together.Slices[slice].Residuals));
        }
    }

    [Test]
    public void Anderson_does_not_depend_on_the_scale_of_the_data()
    {
        using var normal = new ContractiveProblem(device.Device, slices: 1);
        using var tiny = new ContractiveProblem(device.Device, slices: 1, scale: Math.ScaleB(1, -40)); // a power of two changes no rounding
        int[] evaluations = [.. new[] { normal, tiny }.Select(p => new Anderson { Tolerance = 1e-10 }.Solve(p.FixedPoint, p.Scope).Evaluations)];
        Assert.That(evaluations[1], Is.EqualTo(evaluations[0]));
    }

    [Test]
    public void Full_memory_Anderson_on_a_linear_problem_ends_within_the_dimension()
    {
        // Walker and Ni: with full memory it is equivalent to GMRES, which is exact after d steps for d unknowns.
        using var scope = new TensorScope(device.Device, MemoryOwner.Data);
        Tensor weight = scope.New(DType.Float64, [4, 4, 1, 1]), shift = scope.From([4], [1.0, 2, 3, 4]);
        RandomFill.Normal(weight, new CounterRandom(4), 0.4);
        var problem = new FixedPointProblem(
            (tape, z) => tape.Conv2d(z, tape.Input(weight), tape.Input(shift)), scope.Zeros(DType.Float64, [1, 4, 1, 1]));
        FixedPointSolution solution = new Anderson { Memory = 6, Ridge = 0, Tolerance = 1e-11, RestartAfter = 0 }.Solve(problem, scope);
        Assert.That(solution.AllConverged, Is.True);
        Assert.That(solution.Evaluations, Is.LessThanOrEqualTo(4 + 2)); // d steps, the first evaluation and the last check
    }

    [Test]
    public void A_diverging_map_and_a_map_that_returns_nan_are_reported_and_the_best_value_is_kept()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Data);
        Tensor start = scope.From([1, 2], [1.0, 2.0]);
        FixedPointMap Grow(double factor) => (tape, z) => tape.WeightedSum(factor, z, 0, z);


        // z -> 3 z - 2 s from z = s + d moves away: the residual |f - z| / |f| grows from 2 d / s towards 2 / 3.
        Tensor near = scope.From([1, 2], [1.001, 2.0]);
        FixedPointSolution growing = new Picard(1e-6, 10).Solve(new FixedPointProblem(
            (tape, z) => tape.WeightedSum(3, z, -2, tape.Input(start)), near), scope);
        Assert.That(growing.Slices[0].Status, Is.EqualTo(SolveStatus.Diverged));
        FixedPointSolution broken = new Anderson().Solve(new FixedPointProblem(Grow(double.NaN), start), scope);
        Assert.That(broken.Slices[0].Status, Is.EqualTo(SolveStatus.NotFinite));
        Assert.That(broken.Value.ToArray<double>(), Is.EqualTo(start.ToArray<double>()));
        FixedPointSolution slow = new Picard(1e-12, 3).Solve(new FixedPointProblem(
            (tape, z) => tape.WeightedSum(0.9, z, 1, tape.Input(start)), start), scope);
        Assert.That(slow.Slices[0].Status, Is.EqualTo(SolveStatus.Stalled));
    }

    [Test]
    public void A_long_Neumann_series_equals_a_long_unrolling_and_finite_differences()
    {
        using var problem = new ContractiveProblem(device.Device, slices: 1);
        FixedPointSolution solution = new Picard(1e-15, 200).Solve(problem.FixedPoint, problem.Scope);

        // Terms left out: rho^60 / (1 - rho) ~ 2e-18 relative; what remains is rounding of some 60 sweeps.
        double[] neumann = problem.ParameterGradient(new Neumann(60), solution.Value);
        double[] unrolled = problem.ParameterGradient(new Unrolled(60), problem.FixedPoint.Start);
        Assert.That(RelativeDistance(neumann, unrolled), Is.LessThan(1e-12));

        double[] differences = problem.ParameterDifferences(step: 1e-6);
        Assert.That(RelativeDistance(neumann, differences), Is.LessThan(1e-7)); // h² + eps/h with room for the solve
    }

    [Test]
    public void The_Jacobian_free_gradient_is_the_first_term_of_the_series()
    {
        using var problem = new ContractiveProblem(device.Device, slices: 1);
        FixedPointSolution solution = new Picard(1e-15, 200).Solve(problem.FixedPoint, problem.Scope);
        Assert.That(
            problem.ParameterGradient(new JacobianFree(), solution.Value),
            Is.EqualTo(problem.ParameterGradient(new Neumann(1), solution.Value)));
        double[] exact = problem.ParameterGradient(new Neumann(60), solution.Value);
        double[] errors = [.. new[] { 1, 3, 9 }.Select(k => RelativeDistance(problem.ParameterGradient(new Neumann(k), solution.Value), exact))];
        Assert.That(errors, Is.Ordered.Descending);

        // ‖u_k − u‖ ≤ rho^k ‖u‖ for the adjoint state; parameters see it through one linear map, hence the room.
        Assert.That(errors[2], Is.LessThan(20 * Math.Pow(ContractiveProblem.Contraction, 9)));
    }

    private static double Norm(Tensor x) => Math.Sqrt(Reduce.SumOfSquares(x));

    private static double RelativeDistance(double[] a, double[] b) =>
        Math.Sqrt(a.Zip(b, (p, q) => (p - q) * (p - q)).Sum() / b.Sum(q => q * q));
}
