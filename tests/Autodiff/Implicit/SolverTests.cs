using NUnit.Framework;
using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

/// <summary>The solvers beside plain Anderson, on contractive, expansive and broken maps.</summary>
[TestFixtureSource(typeof(TestDevices))]
public sealed class SolverTests(TestDevice device)
{
    private static readonly (string Name, IFixedPointSolver Solver)[] s_solvers =
    [
        ("damped Picard", new Picard(1e-12, 500, 0.7)),
        ("Broyden", new Broyden(1e-12, 100)),
        ("Broyden that restarts", new Broyden(1e-12, 200, Memory: 3)),
        ("safeguarded Anderson", new Anderson { Tolerance = 1e-12, MaxEvaluations = 100, IsSafeguarded = true }),
        ("Anderson, absolute ridge", new Anderson { Tolerance = 1e-12, MaxEvaluations = 200, RidgeMode = RidgeMode.Absolute, Ridge = 1e-14 }),
        ("ladder", new Ladder([new Picard(1e-12, 500)])),
    ];

    [Test]
    public void Every_solver_reaches_the_fixed_point_and_slices_do_not_meet([ValueSource(nameof(s_solvers))] (string Name, IFixedPointSolver Solver) tried)
    {
        using var both = new ContractiveProblem(device.Device, slices: 2);
        FixedPointSolution together = tried.Solver.Solve(both.FixedPoint, both.Scope);
        Assert.That(together.AllConverged, Is.True);

        // Each of the two is within residual / (1 - rho) of the fixed point.
        double bound = 2 * 1e-12 / (1 - ContractiveProblem.Contraction) * Math.Sqrt(Reduce.SumOfSquares(together.Value));
        Assert.That(Math.Sqrt(Reduce.SquaredDistance(together.Value, both.Solved())), Is.LessThan(bound));
        for (int slice = 0; slice < 2; slice++)
        {
            using var alone = new ContractiveProblem(device.Device, slices: 1, first: slice);
            FixedPointSolution single = tried.Solver.Solve(alone.FixedPoint, alone.Scope);
            Assert.That(single.Value.ToArray<double>(), Is.EqualTo(together.Value.Slice(slice).ToArray<double>()));
            Assert.That(single.Slices[0].Residuals, Is.EqualTo(together.Slices[slice].Residuals));
        }
    }

    [Test]
    public void Damping_moves_eigenvalues_so_that_an_expansive_map_converges()
    {
        // z -> -1.5 z + c: eigenvalue -1.5 diverges; 1 - 0.5 (1 + 1.5) = -0.25 converges to c / 2.5.
        using var scope = new TensorScope(device.Device, MemoryOwner.Data);
        FixedPointProblem problem = Affine(scope, -1.5);
        Assert.That(new Picard(1e-10, 60).Solve(problem, scope).Slices[0].Status, Is.Not.EqualTo(SolveStatus.Converged));
        FixedPointSolution damped = new Picard(1e-10, 60, 0.5).Solve(problem, scope);
        Assert.That(damped.AllConverged, Is.True);
        Assert.That(damped.Value.ToArray<double>(), Is.EqualTo(new[] { 0.4, 0.8 }).Within(1e-9)); // residual / (1 - rho) of numbers below one
    }

    [Test]
    public void Broyden_ends_an_affine_problem_within_twice_the_dimension()
    {
        // Gay (1979): Broyden's good method is exact after 2 d steps on a linear system of d unknowns.
        using var scope = new TensorScope(device.Device, MemoryOwner.Data);
        Tensor weight = scope.New(DType.Float64, [4, 4, 1, 1]), shift = scope.From([4], [1.0, 2, 3, 4]);
        RandomFill.Normal(weight, new CounterRandom(4), 0.4);
        var problem = new FixedPointProblem((tape, z) => tape.Conv2d(z, tape.Input(weight), tape.Input(shift)), scope.Zeros(DType.Float64, [1, 4, 1, 1]));
        FixedPointSolution solution = new Broyden(1e-11, 50).Solve(problem, scope);
        Assert.That(solution.AllConverged, Is.True);
        Assert.That(solution.Evaluations, Is.LessThanOrEqualTo((2 * 4) + 2)); // the steps, the first evaluation and the last check
    }

    [Test]
    public void The_safeguard_never_lets_an_accelerated_step_stand_that_raises_the_residual()
    {
        // A map with a kink: Anderson extrapolates across it.
        using var scope = new TensorScope(device.Device, MemoryOwner.Data);
        Tensor shift = scope.From([1, 2], [0.3, -0.5]);
        var steps = new List<double>();
        var problem = new FixedPointProblem(
            (tape, z) =>
            {
                Variable f = tape.LeakyRelu(tape.WeightedSum(-0.9, z, 1, tape.Input(shift)), 0.05);
                steps.Add(Reduce.SquaredDistance(f.Value, z.Value));
                return f;
            },
            scope.From([1, 2], [3.0, 2.0]));
        Assert.That(new Anderson { IsSafeguarded = true, Tolerance = 1e-12, MaxEvaluations = 300, RestartAfter = 0 }.Solve(problem, scope).AllConverged, Is.True);

        // After a refused step comes a plain one from the point before, which contracts: no two rises in a row.
        bool[] rises = [.. steps.Zip(steps.Skip(1), (before, after) => after > before)];
        Assert.That(rises.Zip(rises.Skip(1), (first, second) => first && second), Has.None.True);
    }

    [Test]
    public void An_absolute_ridge_depends_on_the_scale_of_the_data_and_a_relative_one_does_not()
    {
        using var normal = new ContractiveProblem(device.Device, slices: 1);
        using var small = new ContractiveProblem(device.Device, slices: 1, scale: Math.ScaleB(1, -14));
        int Evaluations(ContractiveProblem problem, RidgeMode mode) =>
            new Anderson { Ridge = 1e-4, RidgeMode = mode, Tolerance = 1e-8, MaxEvaluations = 200 }.Solve(problem.FixedPoint, problem.Scope).Evaluations;
        Assert.That(Evaluations(small, RidgeMode.Column), Is.EqualTo(Evaluations(normal, RidgeMode.Column)));
        Assert.That(Evaluations(small, RidgeMode.Absolute), Is.GreaterThan(Evaluations(normal, RidgeMode.Absolute)));
    }

    [Test]
    public void The_ladder_goes_on_where_a_solver_diverged_and_leaves_other_slices_alone()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Data);
        FixedPointProblem expansive = Affine(scope, -1.5);
        var ladder = new Ladder([new Picard(1e-10, 20), new Picard(1e-10, 60, 0.5)]);
        SliceSolve solve = ladder.Solve(expansive, scope).Slices[0];
        Assert.That(solve.Status, Is.EqualTo(SolveStatus.Converged));
        Assert.That(solve.Evaluations, Is.GreaterThan(20), "the evaluations of both solvers count");
        Assert.That(solve.Restarts, Is.EqualTo(1));

        using var contractive = new ContractiveProblem(device.Device, slices: 1);
        SliceSolve first = new Picard(1e-10, 500).Solve(contractive.FixedPoint, contractive.Scope).Slices[0];
        SliceSolve through = new Ladder([new Picard(1e-10, 500), new Picard(1e-10, 60, 0.5)]).Solve(contractive.FixedPoint, contractive.Scope).Slices[0];
        Assert.That(through.Residuals, Is.EqualTo(first.Residuals));
    }

    [Test]
    public void A_map_that_returns_nan_ends_every_solver_with_the_start()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Data);
        Tensor start = scope.From([1, 2], [1.0, 2.0]);
        var problem = new FixedPointProblem((tape, z) => tape.Scale(double.NaN, z), start);
        foreach ((string name, IFixedPointSolver solver) in s_solvers)
        {
            FixedPointSolution solution = solver.Solve(problem, scope);
            Assert.That(solution.Slices[0].Status, Is.EqualTo(SolveStatus.NotFinite), name);
            Assert.That(solution.Value.ToArray<double>(), Is.EqualTo(start.ToArray<double>()), name);
        }
    }

    /// <summary>z ↦ factor z + (1, 2), from (5, 5).</summary>
    private static FixedPointProblem Affine(TensorScope scope, double factor)
    {
        Tensor shift = scope.From([1, 2], [1.0, 2.0]);
        return new FixedPointProblem((tape, z) => tape.WeightedSum(factor, z, 1, tape.Input(shift)), scope.From([1, 2], [5.0, 5.0]));
    }
}
