using NUnit.Framework;
using Stardeq.Autodiff;
using Stardeq.Engine;

namespace Stardeq.Tests;

[TestFixtureSource(typeof(TestDevices))]
public sealed class LimitTraceTests(TestDevice device)
{
    private static readonly int[] s_limits = [1, 2, 3, 5, 8, 12, 40];

    private static IEnumerable<Func<int, IFixedPointSolver>> Solvers() =>
    [
        limit => new Picard(1e-6, limit),
        limit => new Picard(1e-6, limit, Damping: 0.5),
        limit => new Anderson { Tolerance = 1e-6, MaxEvaluations = limit },
        limit => new Anderson { Tolerance = 1e-6, MaxEvaluations = limit, IsSafeguarded = true },
        limit => new Broyden(1e-6, limit, 10),
    ];

    [TestCaseSource(nameof(Solvers))]
    public void One_solve_shows_what_each_smaller_limit_returns(Func<int, IFixedPointSolver> solver)
    {
        using var problem = new ContractiveProblem(device.Device, slices: 1);
        var values = new Dictionary<int, (byte[] Bits, double Residual)>();
        using (var trace = new LimitTrace(problem.FixedPoint, s_limits, (index, value, residual) => values.Add(s_limits[index], (Sample.Bits(value), residual))))
        {
            solver(s_limits[^1]).Solve(trace.Problem, problem.Scope);
            trace.Finish();
        }

        foreach (int limit in s_limits)
        {
            FixedPointSolution alone = solver(limit).Solve(problem.FixedPoint, problem.Scope);
            Assert.That(values[limit].Bits, Is.EqualTo(Sample.Bits(alone.Value)), $"{limit} evaluations");
            Assert.That(values[limit].Residual, Is.EqualTo(alone.Slices[0].BestResidual).Within(1e-12 * alone.Slices[0].BestResidual));
        }
    }

    [Test]
    public void Several_slices_are_refused()
    {
        using var problem = new ContractiveProblem(device.Device, slices: 2);
        Assert.That(() => new LimitTrace(problem.FixedPoint, [1], (_, _, _) => { }), Throws.InstanceOf<ShapeException>().With.Message.Contains("one by one"));
    }
}
