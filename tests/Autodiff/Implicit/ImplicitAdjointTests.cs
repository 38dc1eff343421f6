using NUnit.Framework;
using Stardeq.Autodiff;
using Stardeq.Engine;

namespace Stardeq.Tests;

[TestFixtureSource(typeof(TestDevices))]
public sealed class ImplicitAdjointTests(TestDevice device)
{
    private const double Rho = ContractiveProblem.Contraction;

    [Test]
    public void The_implicit_gradient_equals_a_long_unrolling_and_finite_differences([Values] AdjointMethod method)
    {
        using var problem = new ContractiveProblem(device.Device, slices: 2);
        Tensor solution = problem.Solved();
        var adjoint = new Implicit { Method = method, Tolerance = 1e-14, MaxSweeps = 200, Memory = 20 };
        (double[] exact, AdjointSolution solved) = problem.Gradient(adjoint, solution, point => point);

        // Left out of the unrolling: rho^60 / (1 - rho) ~ 2e-18 relative; what remains is rounding of some 60 sweeps.
        Assert.That(Distance(exact, problem.ParameterGradient(new Unrolled(60), problem.FixedPoint.Start)), Is.LessThan(1e-12));
        Assert.That(Distance(exact, problem.ParameterDifferences(step: 1e-6)), Is.LessThan(1e-7)); // h² + eps/h with room for the solve
        Assert.That(solved.Slices.Select(slice => slice.Status), Is.All.EqualTo(AdjointStatus.Solved));
        Assert.That(solved.Slices.Select(slice => slice.Residual), Is.All.LessThan(1e-12));
    }

    [Test]
    public void Gmres_needs_no_more_sweeps_than_plain_iteration_and_a_warm_start_needs_none()
    {
        using var problem = new ContractiveProblem(device.Device, slices: 1);
        Tensor solution = problem.Solved();
        int Sweeps(AdjointMethod method) => problem.Gradient(new Implicit { Method = method, Tolerance = 1e-8, MaxSweeps = 200, Memory = 30 }, solution, p => p).Adjoint.Slices[0].Sweeps;
        Assert.That(Sweeps(AdjointMethod.Gmres), Is.LessThanOrEqualTo(Sweeps(AdjointMethod.Neumann)));

        AdjointSolution cold = problem.Gradient(new Implicit { Tolerance = 1e-12, MaxSweeps = 200 }, solution, p => p).Adjoint;
        AdjointSolution warm = problem.Gradient(new Implicit { Tolerance = 1e-8 }, solution, p => p with { AdjointStart = cold.State }).Adjoint;
        Assert.That(warm.Slices[0].Sweeps, Is.Zero);
        Assert.That(warm.Slices[0].Status, Is.EqualTo(AdjointStatus.Solved));
    }

    [Test]
    public void Slices_that_were_not_solved_get_the_Jacobian_free_gradient_and_are_counted()
    {
        using var problem = new ContractiveProblem(device.Device, slices: 2);
        Tensor solution = problem.Solved();
        (double[] mixed, AdjointSolution solved) = problem.Gradient(new Implicit { Tolerance = 1e-13, MaxSweeps = 200 }, solution, p => p with { IsSolved = [true, false] });
        Assert.That(solved.Slices.Select(slice => slice.Status), Is.EqualTo(new[] { AdjointStatus.Solved, AdjointStatus.FellBack }));

        // Gradients are sums over slices, so that each part can be had from a gradient in which the other slice is exact or free.
        double[] exact = problem.ParameterGradient(new Implicit { Tolerance = 1e-13, MaxSweeps = 200 }, solution);
        double[] free = problem.ParameterGradient(new JacobianFree(), solution);
        double[] other = problem.Gradient(new Implicit { Tolerance = 1e-13, MaxSweeps = 200 }, solution, p => p with { IsSolved = [false, true] }).Parameters;
        double[] sum = [.. exact.Zip(free, (a, b) => a + b)], halves = [.. mixed.Zip(other, (a, b) => a + b)];
        Assert.That(Distance(halves, sum), Is.LessThan(1e-12));
        Assert.That(Distance(mixed, exact), Is.GreaterThan(1e-3)); // the two differ, or the test would say nothing
    }

    [Test]
    public void An_adjoint_that_runs_out_of_sweeps_says_so_with_its_true_residual()
    {
        using var problem = new ContractiveProblem(device.Device, slices: 1);
        SliceAdjoint slice = problem.Gradient(new Implicit { Method = AdjointMethod.Neumann, Tolerance = 1e-13, MaxSweeps = 4 }, problem.Solved(), p => p).Adjoint.Slices[0];
        Assert.That(slice.Status, Is.EqualTo(AdjointStatus.Stalled));
        Assert.That(slice.Sweeps, Is.EqualTo(4));
        Assert.That(slice.Residual, Is.InRange(1e-12, Math.Pow(Rho, 4))); // after k plain steps at most rho^k of ‖g‖
    }

    [Test]
    public void An_equation_that_is_given_up_leaves_the_Jacobian_free_gradient()
    {
        using var problem = new ContractiveProblem(device.Device, slices: 1);
        Tensor solution = problem.Solved();
        Implicit Cut(double limit) => new() { Tolerance = 1e-13, MaxSweeps = 2, GiveUpAbove = limit };
        (double[] given, AdjointSolution solved) = problem.Gradient(Cut(1e-9), solution, p => p);
        Assert.That(solved.Slices[0].Status, Is.EqualTo(AdjointStatus.FellBack));
        Assert.That(given, Is.EqualTo(problem.ParameterGradient(new JacobianFree(), solution)));
        Assert.That(problem.Gradient(Cut(1), solution, p => p).Adjoint.Slices[0].Status, Is.EqualTo(AdjointStatus.Stalled));
    }

    [Test]
    public void Auto_takes_the_shortest_series_that_is_near_enough()
    {
        using var problem = new ContractiveProblem(device.Device, slices: 1);
        Tensor solution = problem.Solved();
        var exact = new Implicit { Tolerance = 1e-12, MaxSweeps = 200 };
        double[] truth = problem.ParameterGradient(exact, solution);
        foreach ((double cosine, int limit) in new[] { (0.5, 20), (0.9999, 20), (1 - 1e-9, 20), (1 - 1e-9, 3) })
        {
            var adjoint = new CheapestNeumann(problem.Parameters.All, exact, cosine, limit);
            IReadOnlyList<double> cosines = [];
            problem.Gradient(adjoint, solution, (tape, point, g) => cosines = adjoint.Probe(tape, point, g));
            Assert.That(cosines, Has.Count.EqualTo(adjoint.Terms));
            Assert.That(cosines.SkipLast(1), Is.All.LessThan(cosine));
            Assert.That(cosines[^1] >= cosine || adjoint.Terms == limit, Is.True);

            // What was measured term by term is the cosine of the gradient that the chosen series gives.
            double[] chosen = problem.ParameterGradient(adjoint, solution);
            double direct = truth.Zip(chosen, (a, b) => a * b).Sum() / Math.Sqrt(truth.Sum(a => a * a) * chosen.Sum(b => b * b));
            Assert.That(cosines[^1], Is.EqualTo(direct).Within(1e-12));
        }
    }

    private static double Distance(double[] a, double[] b) => Math.Sqrt(a.Zip(b, (p, q) => (p - q) * (p - q)).Sum() / b.Sum(q => q * q));
}
