using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>Computations whose answer is known from another route.</summary>
internal static class Oracles
{
    public static IReadOnlyList<(string Name, Func<TensorScope, IEnumerable<CheckLine>> Run)> All { get; } =
    [
        ("oracle toeplitz", Toeplitz),
        ("oracle least squares", LeastSquares),
        ("oracle equilibrium gradient", EquilibriumGradient),
    ];

    /// <summary>H through the Toeplitz spectrum equals Aᴴ W A through the samples.</summary>
    private static IEnumerable<CheckLine> Toeplitz(TensorScope scope)
    {
        using var problem = new SmallProblem(scope);
        using NufftPlan nufft = NufftPlan.Create(problem.Points, SmallProblem.Rows, SmallProblem.Columns, NufftAccuracy.Accurate);
        var encoding = new ModulatedNufft(nufft, problem.Maps);
        Tensor x = scope.New(DType.Complex128, encoding.Domain), samples = scope.New(DType.Complex128, encoding.Range);
        RandomFill.Normal(x, new CounterRandom(61));
        Tensor direct = scope.Like(x), fast = scope.Like(problem.B);
        encoding.Forward(x, samples);
        RealComplexMultiply.Run(problem.Weights, samples, samples);
        encoding.Adjoint(samples, direct);
        problem.Normal.Forward(x.Reshape(fast.Shape), fast);

        // Both sides are sums of some 1e3 terms in float64.
        yield return new("oracle toeplitz", "spectrum form = Aᴴ W A", Distance(fast.Reshape(direct.Shape), direct), 1e-12);
    }

    /// <summary>With a network of zero the fixed point solves H z = b; on the range of H it is the least-squares image.</summary>
    private static IEnumerable<CheckLine> LeastSquares(TensorScope scope)
    {
        using var problem = new SmallProblem(scope);
        FixedPointSolution solution = new Anderson { Memory = 8, Tolerance = 1e-11, MaxEvaluations = 2000 }
            .Solve(new FixedPointProblem(problem.Model.Layer(problem.Normal, problem.B), problem.B), scope);
        Tensor hz = scope.Like(problem.B);
        problem.Normal.Forward(solution.Value, hz);

        // z − f(z) = η (H z − b), so the residual of the equations is that of the fixed point times ‖z‖ / (η ‖b‖).
        double bound = 1e-11 * Math.Sqrt(Reduce.SumOfSquares(solution.Value)) / (problem.Model.StepSize * Math.Sqrt(Reduce.SumOfSquares(problem.B)));
        yield return new("oracle least squares", "fixed point of R = 1 solves H z = b", Distance(hz, problem.B), 2 * bound);
    }

    /// <summary>A long Neumann series equals finite differences of the loss through the solve.</summary>
    private static IEnumerable<CheckLine> EquilibriumGradient(TensorScope scope)
    {
        using var problem = new SmallProblem(scope, DenoiserKind.Averaged, networkScale: 0.15);
        EquilibriumModel model = problem.Model;
        Tensor target = scope.Like(problem.B);
        RandomFill.Normal(target, new CounterRandom(62));
        FixedPointMap layer = model.Layer(problem.Normal, problem.B);
        var solver = new Picard(1e-14, 3000);
        Parameter weight = model.Parameters["unet.enc0.conv1.weight"];
        double LossAt(double shift)
        {
            using var work = new TensorScope(scope.Device, MemoryOwner.Workspace);
            Tensor kept = work.Clone(weight.Value);
            weight.Value.CopyFromHost<double>([.. weight.Value.ToArray<double>().Select((value, i) => value + (shift * Math.Sin(i)))]);
            Tensor z = solver.Solve(new FixedPointProblem(layer, problem.B), work).Value;
            weight.Value.CopyFrom(kept);
            return Reduce.SquaredDistance(z, target) / (2.0 * z.Count);
        }

        const double Step = 1e-6;
        double difference = (LossAt(Step) - LossAt(-Step)) / (2 * Step);
        Tensor solution = solver.Solve(new FixedPointProblem(layer, problem.B), scope).Value;
        using var tape = Tape.Recording(scope.Device);
        var adjoint = new Neumann(600);
        EquilibriumPoint point = adjoint.Attach(tape, layer, solution);
        Variable loss = tape.MeanSquaredError(point.Output, tape.Input(target));
        Tensor g = scope.Zeros(target.DType, target.Shape);
        tape.Backward(loss, scope.From(Shape.Scalar, [1.0]), new GradientTargets().Add(point.Output, g));
        model.Parameters.ClearGradients();
        adjoint.Backward(tape, point, g, new GradientTargets().Add(tape, model.Trained), scope);
        double gradient = weight.Gradient.ToArray<double>().Select((value, i) => value * Math.Sin(i)).Sum();

        // Central differences at 1e-6: h² of the loss, plus 1e-14 of the solve over h.
        yield return new(
            "oracle equilibrium gradient", "Neumann series = finite differences through the solve", Math.Abs(difference - gradient) / Math.Abs(gradient), 1e-6);
    }

    private static double Distance(Tensor a, Tensor b) => Math.Sqrt(Reduce.SquaredDistance(a, b) / Reduce.SumOfSquares(b));
}
