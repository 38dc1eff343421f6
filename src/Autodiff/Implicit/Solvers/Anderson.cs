using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

/// <summary>
/// Anderson acceleration, type II [AND65], [WAL11], of each slice on its own. Of the last <see cref="Memory"/> pairs
/// (z_i, f_i) with g_i = f_i − z_i, the weights α with Σα = 1 minimise ‖Σ α_i g_i‖² with a ridge that is relative to the
/// size of the g_i, so that nothing depends on the scale of the data; z ← β Σ α f + (1 − β) Σ α z. The weights are
/// real: the map need not be complex-linear.
/// </summary>
/// <remarks>
/// Only one row of the Gram matrix is new in each step; it is accumulated and solved in double precision. If the residual
/// stays above <see cref="GrowthLimit"/> times the best for <see cref="RestartAfter"/> evaluations, the slice restarts
/// from its best value with an empty history. Derivation: docs/derivations/anderson.md.
/// </remarks>
public sealed record Anderson : IFixedPointSolver
{
    /// <summary>Residuals above this multiple of the best count as growth.</summary>
    public const double GrowthLimit = 2;

    /// <summary>Pairs kept; each costs two images of memory.</summary>
    public int Memory { get; init; } = 5;

    /// <summary>Ridge relative to the diagonal of the Gram matrix.</summary>
    public double Ridge { get; init; } = 1e-8;

    /// <summary>To what the ridge is relative.</summary>
    public RidgeMode RidgeMode { get; init; } = RidgeMode.Column;

    /// <summary>β, share of the mixed f against the mixed z.</summary>
    public double Mixing { get; init; } = 1;

    /// <summary>Largest relative residual ‖f(z) − z‖ / ‖f(z)‖ that counts as converged.</summary>
    public double Tolerance { get; init; } = 1e-4;

    /// <summary>Limit of evaluations of f.</summary>
    public int MaxEvaluations { get; init; } = 50;

    /// <summary>Evaluations of growing residual before a restart; 0 never restarts. A safeguard takes its place.</summary>
    public int RestartAfter { get; init; } = 5;

    /// <summary>
    /// Accepts an accelerated step only if it shrinks ‖f(z) − z‖ by at least as much as the last plain step did; otherwise
    /// drops the history and goes on with plain steps from the one that it replaced: one after the first refusal, then two,
    /// four, ... So wherever the plain iteration converges this one does, also between kinks where acceleration
    /// stalls. Each refusal costs one evaluation; one more image is kept.
    /// </summary>
    public bool IsSafeguarded { get; init; }

    /// <inheritdoc/>
    public FixedPointSolution Solve(FixedPointProblem problem, TensorScope into)
    {
        using var scope = new TensorScope(into.Device, MemoryOwner.Solver);
        Tensor z = scope.Clone(problem.Start), best = into.Clone(z);
        IAndersonRun run = z.Device is CudaDevice cuda && !IsSafeguarded
            ? new CudaAnderson(this, cuda, problem.CanCapture, scope, z, best)
            : new HostAnderson(this, scope, z, best);
        return new FixedPointSolution(best, run.Solve(fz => problem.Evaluate(z, fz)));
    }
}

/// <summary>One solve, started from z.</summary>
internal interface IAndersonRun
{
    /// <summary>Iterates until every slice has ended or the evaluations are used up.</summary>
    /// <param name="evaluate">Writes f(z) of the present z into its argument.</param>
    /// <returns>The record of each slice.</returns>
    IReadOnlyList<SliceSolve> Solve(Action<Tensor> evaluate);
}
