using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>Fixed points, their gradients and their solvers against answers from another route.</summary>
internal static class EquilibriumOracles
{
    private const string Weight = "unet.enc0.conv1.weight";

    public static IReadOnlyList<(string Name, Func<TensorScope, IEnumerable<CheckLine>> Run)> All { get; } =
    [
        ("oracle tikhonov", Tikhonov),
        ("oracle dense equilibrium", Dense),
        ("oracle equilibrium gradient", Triangle),
        ("oracle gradient error", ErrorSlope),
        ("oracle anderson", AndersonIsGmres),
        ("oracle invariance", Invariance),
    ];

    /// <summary>With a network of zero, R = (1 − t) I = I / (1 + ηλ): the fixed point is (H + λ)⁻¹ b.</summary>
    private static IEnumerable<CheckLine> Tikhonov(TensorScope scope)
    {
        using var problem = new SmallProblem(scope, DenoiserKind.Averaged);
        EquilibriumModel model = problem.Model;
        double share = model.Options.DenoiserShare, lambda = share / ((1 - share) * model.Scalar);
        FixedPointSolution solution = new Anderson { Tolerance = 1e-13, MaxEvaluations = 500 }.Solve(model.Problem(problem.Normal, problem.B, problem.B), scope);
        Tensor closed = scope.Zeros(problem.B.DType, problem.B.Shape);
        ConjugateGradient.Solve(problem.Normal, lambda, problem.B, closed, 1000, 1e-14);

        // The distance to the fixed point is at most residual / (1 − ρ), ρ <= 1 − t = 1/2.
        yield return new("oracle tikhonov", "fixed point of R = I / (1 + eta lambda) = (H + lambda)^-1 b", Distance(solution.Value, closed), 1e-12);
    }

    /// <summary>With a linear network every layer is affine: fixed point and adjoint state by elimination.</summary>
    private static IEnumerable<CheckLine> Dense(TensorScope scope)
    {
        foreach (LayerKind layer in Enum.GetValues<LayerKind>())
        {
            // A slope of 1 makes the network linear; weights this small keep all four layers contractive.
            using var problem = new SmallProblem(scope, DenoiserKind.Averaged, 0.1, layer, new UnetOptions(3, 1, Slope: 1));
            FixedPointProblem fixedPoint = problem.Model.Problem(problem.Normal, problem.B, problem.B);
            Tensor solution = new Anderson { Memory = 10, Tolerance = 1e-13, MaxEvaluations = 2000 }.Solve(fixedPoint, scope).Value;
            var dense = new DenseMap(fixedPoint.Map, problem.B);
            string name = layer.ToString().ToLowerInvariant();

            // Elimination and iteration both err by 1e-13 times the condition of I − J, some 1e2 here at most.
            yield return new("oracle dense equilibrium", $"fixed point of {name} by elimination", Distance(solution, dense.FixedPoint()), 1e-10);

            Tensor g = scope.Like(problem.B);
            RandomFill.Normal(g, new CounterRandom(63));
            double[] state = dense.Solve(g.AsReal().ToArray<double>(), transposed: true);
            foreach (AdjointMethod method in Enum.GetValues<AdjointMethod>())
            {
                using var tape = Tape.Recording(scope.Device);
                var adjoint = new Implicit { Method = method, Tolerance = 1e-13, MaxSweeps = 2000, Memory = 30 };
                EquilibriumPoint point = adjoint.Attach(tape, fixedPoint.Map, solution);
                AdjointSolution solved = adjoint.Backward(tape, point, g, new GradientTargets(), scope);
                yield return new("oracle dense equilibrium", $"adjoint state of {name} by {method.ToString().ToLowerInvariant()}", Distance(solved.State, state), 1e-10);
            }
        }
    }

    /// <summary>Implicit gradient = unrolled gradient = finite differences through the solve.</summary>
    private static IEnumerable<CheckLine> Triangle(TensorScope scope)
    {
        foreach (LayerKind layer in Enum.GetValues<LayerKind>())
        {
            using var problem = new SmallProblem(scope, DenoiserKind.Averaged, 0.15, layer);
            var equilibrium = new TrainedEquilibrium(problem, scope);
            double exact = equilibrium.Slope(new Implicit { Tolerance = 1e-13, MaxSweeps = 500, Memory = 50 }, equilibrium.Solve(1e-14));
            double unrolled = equilibrium.Slope(new Unrolled(500), problem.B);
            double difference = equilibrium.Difference(1e-6);
            string name = layer.ToString().ToLowerInvariant();

            // 500 applications leave rho^500, below rounding for rho < 0.93; what remains are 500 sweeps of rounding.
            yield return new("oracle equilibrium gradient", $"{name}: implicit = 500 unrolled applications", Math.Abs(exact - unrolled) / Math.Abs(exact), 1e-10);

            // Central differences at 1e-6: h² of the loss, plus 1e-14 of the solve over h.
            yield return new("oracle equilibrium gradient", $"{name}: implicit = finite differences through the solve", Math.Abs(exact - difference) / Math.Abs(exact), 1e-6);
        }
    }

    /// <summary>The error of the implicit gradient falls in proportion to the residual of the solve.</summary>
    private static IEnumerable<CheckLine> ErrorSlope(TensorScope scope)
    {
        using var problem = new SmallProblem(scope, DenoiserKind.Averaged, 0.15);
        var equilibrium = new TrainedEquilibrium(problem, scope);
        var adjoint = new Implicit { Tolerance = 1e-13, MaxSweeps = 500, Memory = 50 };
        double exact = equilibrium.Slope(adjoint, equilibrium.Solve(1e-14));
        double Error(double tolerance) => Math.Abs(equilibrium.Slope(adjoint, equilibrium.Solve(tolerance)) - exact) / Math.Abs(exact);
        const double Loose = 1e-6, Tight = 1e-11; // below 1e-6 no kink of the network lies between solution and fixed point
        double slope = Math.Log(Error(Loose) / Error(Tight)) / Math.Log(Loose / Tight);

        // Plain iteration stops anywhere between the tolerance and rho times it, and the constant depends on the direction of
        // the remaining error: a factor of 5 at either end moves a slope over five decades by 2 ln 5 / ln 1e5 = 0.28.
        yield return new("oracle gradient error", "slope of log error against log residual is 1", Math.Abs(slope - 1), 0.28);
    }

    /// <summary>With all pairs kept, evaluation k + 1 of Anderson on an affine map is one application after step k of GMRES [WAL11].</summary>
    private static IEnumerable<CheckLine> AndersonIsGmres(TensorScope scope)
    {
        using var problem = new SmallProblem(scope, DenoiserKind.Averaged, 0.1, unet: new UnetOptions(3, 1, Slope: 1));
        const int Steps = 6;
        Tensor start = scope.Zeros(problem.B.DType, problem.B.Shape);
        FixedPointProblem fixedPoint = problem.Model.Problem(problem.Normal, problem.B, start);
        IReadOnlyList<double> residuals = new Anderson { Memory = Steps + 2, Ridge = 0, Tolerance = 0, MaxEvaluations = Steps + 2, RestartAfter = 0 }
            .Solve(fixedPoint, scope).Slices[0].Residuals;
        Tensor constant = scope.Like(start), x = scope.Like(start), fx = scope.Like(start), ffx = scope.Like(start);
        fixedPoint.Evaluate(start, constant);
        double worst = 0;
        for (int step = 1; step <= Steps; step++)
        {
            x.Clear();
            Gmres.Solve(
                (v, result) =>
                {
                    fixedPoint.Evaluate(v, result); // M v + c
                    LinearCombination.Run([1, -1, 1], [v, scope.Clone(result), constant], result);
                },
                constant, x, startIsZero: true, Steps, step, 0);
            fixedPoint.Evaluate(x, fx);
            fixedPoint.Evaluate(fx, ffx);
            double expected = Math.Sqrt(Reduce.SquaredDistance(ffx, fx) / Reduce.SumOfSquares(ffx));
            worst = Math.Max(worst, Math.Abs(residuals[step + 1] - expected) / expected);
        }

        // Normal equations lose half of the digits of a least-squares problem whose condition grows to 1e4 over the steps.
        yield return new("oracle anderson", "residuals of full memory = those of GMRES", worst, 1e-6);
    }

    /// <summary>Neither the scale of the data nor the order of the slices matters to a solve.</summary>
    private static IEnumerable<CheckLine> Invariance(TensorScope scope)
    {
        using var problem = new SmallProblem(scope, DenoiserKind.Averaged, 0.1, unet: new UnetOptions(3, 1, Slope: 0));
        foreach (Parameter bias in problem.Model.Parameters.All.Where(p => p.Name.EndsWith("bias", StringComparison.Ordinal)))
        {
            bias.Value.Clear(); // without biases the layer is positively homogeneous in (b, z)
        }

        var solver = new Anderson { Tolerance = 1e-8 };
        FixedPointSolution normal = solver.Solve(problem.Model.Problem(problem.Normal, problem.B, problem.B), scope);
        Tensor small = scope.Like(problem.B), expected = scope.Like(problem.B);
        double factor = Math.ScaleB(1, -20); // changes no rounding
        Scale.Run(factor, problem.B, small);
        FixedPointSolution scaled = solver.Solve(problem.Model.Problem(problem.Normal, small, small), scope);
        Scale.Run(factor, normal.Value, expected);
        yield return new("oracle invariance", "data a million times smaller: evaluations differ by", Math.Abs(scaled.Evaluations - normal.Evaluations), 0);
        yield return new("oracle invariance", "data a million times smaller: same image", Distance(scaled.Value, expected), 0);

        Tensor ordered = scope.New(problem.B.DType, [2, .. problem.B.Shape[1..]]), swapped = scope.Like(ordered);
        ordered.Slice(0).CopyFrom(problem.B.Slice(0));
        RandomFill.Normal(ordered.Slice(1), new CounterRandom(64), 0.1);
        swapped.Slice(0).CopyFrom(ordered.Slice(1));
        swapped.Slice(1).CopyFrom(ordered.Slice(0));
        using ToeplitzNormal both = problem.Stacked(scope, 2);
        FixedPointSolution first = solver.Solve(problem.Model.Problem(both, ordered, ordered), scope), second = solver.Solve(problem.Model.Problem(both, swapped, swapped), scope);
        yield return new("oracle invariance", "slices in another order: same images", Distance(first.Value.Slice(0), second.Value.Slice(1)) + Distance(first.Value.Slice(1), second.Value.Slice(0)), 0);
        yield return new("oracle invariance", "a slice beside another: same image", Distance(first.Value.Slice(0, 1), normal.Value), 0);
    }

    private static double Distance(Tensor a, Tensor b) => Math.Sqrt(Reduce.SquaredDistance(a, b) / Reduce.SumOfSquares(b));

    private static double Distance(Tensor a, double[] b)
    {
        double[] values = a.AsReal().ToArray<double>();
        return Math.Sqrt(values.Zip(b, (p, q) => (p - q) * (p - q)).Sum() / b.Sum(q => q * q));
    }

    /// <summary>The loss at an equilibrium as a function of one weight array moved along sin(i).</summary>
    private sealed class TrainedEquilibrium
    {
        private readonly SmallProblem _problem;
        private readonly TensorScope _scope;
        private readonly Tensor _target;
        private readonly Parameter _weight;

        public TrainedEquilibrium(SmallProblem problem, TensorScope scope)
        {
            (_problem, _scope, _weight) = (problem, scope, problem.Model.Parameters[Weight]);
            _target = scope.Like(problem.B);
            RandomFill.Normal(_target, new CounterRandom(62));
        }

        private FixedPointProblem FixedPoint => _problem.Model.Problem(_problem.Normal, _problem.B, _problem.B);

        public Tensor Solve(double tolerance) => new Picard(tolerance, 3000).Solve(FixedPoint, _scope).Value;

        /// <summary>Derivative of the loss by an adjoint at a solution.</summary>
        public double Slope(IEquilibriumAdjoint adjoint, Tensor solution)
        {
            using var tape = Tape.Recording(_scope.Device);
            EquilibriumPoint point = adjoint.Attach(tape, FixedPoint.Map, solution);
            Variable loss = tape.MeanSquaredError(point.Output, tape.Input(_target));
            Tensor g = _scope.Zeros(_target.DType, _target.Shape);
            tape.Backward(loss, new GradientTargets().Add(point.Output, g));
            _problem.Model.Parameters.ClearGradients();
            adjoint.Backward(tape, point, g, new GradientTargets().Add(tape, _problem.Model.Trained), _scope);
            return _weight.Gradient.ToArray<double>().Select((value, i) => value * Math.Sin(i)).Sum();
        }

        /// <summary>Central difference of the loss through the solve.</summary>
        public double Difference(double step) => (LossAt(step) - LossAt(-step)) / (2 * step);

        private double LossAt(double shift)
        {
            using var work = new TensorScope(_scope.Device, MemoryOwner.Workspace);
            Tensor kept = work.Clone(_weight.Value);
            _weight.Value.CopyFromHost<double>([.. kept.ToArray<double>().Select((value, i) => value + (shift * Math.Sin(i)))]);
            Tensor z = new Picard(1e-14, 3000).Solve(FixedPoint, work).Value;
            _weight.Value.CopyFrom(kept);
            return Reduce.SquaredDistance(z, _target) / (2.0 * z.Count);
        }
    }
}
