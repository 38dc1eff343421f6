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
        .. EquilibriumOracles.All,
        .. StabiliserOracles.All,
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
        double bound = 1e-11 * Math.Sqrt(Reduce.SumOfSquares(solution.Value)) / (problem.Model.Scalar * Math.Sqrt(Reduce.SumOfSquares(problem.B)));
        yield return new("oracle least squares", "fixed point of R = 1 solves H z = b", Distance(hz, problem.B), 2 * bound);
    }

    private static double Distance(Tensor a, Tensor b) => Math.Sqrt(Reduce.SquaredDistance(a, b) / Reduce.SumOfSquares(b));
}
