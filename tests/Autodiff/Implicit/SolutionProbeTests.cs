using NUnit.Framework;
using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

[TestFixtureSource(typeof(TestDevices))]
public sealed class SolutionProbeTests(TestDevice device)
{
    private static readonly CounterRandom s_random = new(21);

    [Test]
    public void Norm_and_spectral_radius_are_those_of_the_dense_jacobian()
    {
        using var problem = new ContractiveProblem(device.Device, slices: 1);
        Tensor z = problem.Solved();
        using var tape = Tape.Recording(device.Device);
        Variable input = tape.Input(z), output = problem.FixedPoint.Map(tape, input);
        double norm = DenseMatrix.Jacobian(tape, input, output).Norm();

        // Forty numbers: forty steps span the space, and the value is that of the matrix but for rounding.
        SolutionEstimate full = new SolutionProbe { NormSteps = 40, NormTolerance = 0, RadiusSteps = 40 }.Measure(problem.FixedPoint.Map, z, s_random);
        Assert.That(full.JacobianNorm, Is.EqualTo(norm).Within(1e-10));

        // The powers of the Jacobian grow by the radius per step, up to a factor that 400 steps wear down to a percent or so.
        Assert.That(full.SpectralRadius, Is.EqualTo(Growth(tape, input, output, steps: 400)).Within(2).Percent);
        SolutionEstimate few = new SolutionProbe().Measure(problem.FixedPoint.Map, z, s_random);
        Assert.That(few.JacobianNorm, Is.LessThanOrEqualTo(norm * (1 + 1e-12)).And.GreaterThan(0.9 * norm), "ten steps of Lanczos on a spread spectrum");
        Assert.That(few.SpectralRadius, Is.LessThanOrEqualTo(few.JacobianNorm));
    }

    [Test]
    public void The_distance_is_the_true_one_where_the_map_is_linear_between_point_and_solution()
    {
        using var problem = new ContractiveProblem(device.Device, slices: 1);
        Tensor truth = problem.Solved();
        Tensor z = new Picard(1e-300, 10).Solve(problem.FixedPoint, problem.Scope).Value; // at most 1e-3 away: on one side of every kink
        var probe = new SolutionProbe { DistanceTolerance = 1e-10, DistanceSteps = 40 };
        SolutionEstimate estimate = probe.Measure(problem.FixedPoint.Map, z, s_random);
        double expected = Distance(problem.FixedPoint, z, truth);
        Assert.That(expected, Is.GreaterThan(1e-10), "or the test would compare rounding");

        // Truth and point are rounded to 1e-15.
        Assert.That(estimate.Distance, Is.EqualTo(expected).Within(Math.Max(1e-6 * expected, 1e-14)));
        Assert.That(estimate.IsDistanceSolved, Is.True);
        Assert.That(estimate.RelativeDistance, Is.EqualTo(estimate.Distance / estimate.Size).Within(1e-15));
        Assert.That((probe with { DistanceSteps = 1 }).Measure(problem.FixedPoint.Map, z, s_random).IsDistanceSolved, Is.False);
    }

    [Test]
    public void The_proven_distance_holds_from_the_first_evaluation_to_the_last()
    {
        using var problem = new ContractiveProblem(device.Device, slices: 1);
        Tensor truth = problem.Solved();
        foreach (int evaluations in new[] { 1, 2, 4, 8, 16, 32 })
        {
            Tensor z = new Picard(1e-300, evaluations).Solve(problem.FixedPoint, problem.Scope).Value;
            SolutionEstimate estimate = new SolutionProbe().Measure(problem.FixedPoint.Map, z, s_random);
            double proven = estimate.ProvenDistance(ContractiveProblem.Contraction), actual = Distance(problem.FixedPoint, z, truth) / estimate.Size;
            Assert.That(actual, Is.LessThanOrEqualTo(proven + 1e-15), $"{evaluations} evaluations; 1e-15 is the rounding of the truth");
            Assert.That(estimate.RelativeDistance, Is.LessThanOrEqualTo(proven * 1.05 + 1e-15), "GMRES ends at a residual of a hundredth");
        }
    }

    [Test]
    public void A_repelling_fixed_point_is_recognised_and_its_distance_known()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Data);
        Tensor c = Sample.Normal(scope, DType.Float64, [1, 12], 5), z = Sample.Normal(scope, DType.Float64, [1, 12], 6), truth = scope.Like(c), fz = scope.Like(c);
        FixedPointMap map = (tape, v) => tape.Add(tape.Scale(-1.5, v), tape.Input(c));
        SolutionEstimate estimate = new SolutionProbe().Measure(map, z, s_random);
        Scale.Run(1 / 2.5, c, truth);
        new FixedPointProblem(map, z).Evaluate(z, fz);
        Assert.That(estimate.SpectralRadius, Is.EqualTo(1.5).Within(1e-12));
        Assert.That(estimate.JacobianNorm, Is.EqualTo(1.5).Within(1e-12));
        Assert.That(estimate.Distance, Is.EqualTo(Math.Sqrt(Reduce.SquaredDistance(truth, fz))).Within(1e-12));
    }

    [Test]
    public void The_same_draws_give_the_same_bits_and_a_value_that_is_not_finite_is_no_number()
    {
        using var problem = new ContractiveProblem(device.Device, slices: 1);
        Tensor z = problem.Solved();
        Assert.That(new SolutionProbe().Measure(problem.FixedPoint.Map, z, s_random), Is.EqualTo(new SolutionProbe().Measure(problem.FixedPoint.Map, z, s_random)));
        FixedPointMap explodes = (tape, v) => tape.Scale(double.PositiveInfinity, v);
        SolutionEstimate estimate = new SolutionProbe().Measure(explodes, z, s_random);
        Assert.That(double.IsFinite(estimate.Residual), Is.False);
        Assert.That(estimate.SpectralRadius, Is.NaN);
    }

    [Test]
    public void Several_slices_and_factors_that_prove_nothing_are_refused()
    {
        using var problem = new ContractiveProblem(device.Device, slices: 2);
        Assert.That(() => new SolutionProbe().Measure(problem.FixedPoint.Map, problem.FixedPoint.Start, s_random), Throws.InstanceOf<ShapeException>().With.Message.Contains("one by one"));
        Assert.That(() => new SolutionEstimate(1, 1, 1, 1, 1, true, 1).ProvenDistance(1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private static double Distance(FixedPointProblem problem, Tensor z, Tensor truth)
    {
        using var scope = new TensorScope(z.Device, MemoryOwner.Data);
        Tensor fz = scope.Like(z);
        problem.Evaluate(z, fz);
        return Math.Sqrt(Reduce.SquaredDistance(fz, truth));
    }

    private static double Growth(Tape tape, Variable input, Variable output, int steps)
    {
        using var scope = new TensorScope(tape.Device, MemoryOwner.Data);
        Tensor v = scope.Like(input.Value), jv = scope.Like(v);
        RandomFill.Normal(v, new CounterRandom(22));
        double logarithm = 0;
        for (int k = 0; k < steps; k++)
        {
            tape.Tangent(output, [(input, v)], jv);
            double size = Math.Sqrt(Reduce.SumOfSquares(jv) / Reduce.SumOfSquares(v));
            logarithm += k < steps / 2 ? 0 : Math.Log(size);
            Scale.Run(1 / Math.Sqrt(Reduce.SumOfSquares(jv)), jv, v);
        }

        return Math.Exp(logarithm / (steps - (steps / 2)));
    }
}
