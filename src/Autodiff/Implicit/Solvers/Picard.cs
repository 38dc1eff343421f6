using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

/// <summary>Plain or damped iteration z ← (1 − β) z + β f(z), each slice until its own residual reaches the tolerance.</summary>
/// <param name="Tolerance">Largest relative residual ‖f(z) − z‖ / ‖f(z)‖ that counts as converged.</param>
/// <param name="MaxEvaluations">Limit of evaluations of f.</param>
/// <param name="Damping">β in (0, 1]; 1 is the plain iteration. A smaller one converges for some maps that are not
/// contractive: the eigenvalues λ of the Jacobian become 1 − β (1 − λ).</param>
public sealed record Picard(double Tolerance, int MaxEvaluations, double Damping = 1) : IFixedPointSolver
{
    /// <inheritdoc/>
    public FixedPointSolution Solve(FixedPointProblem problem, TensorScope into)
    {
        // With a history of one pair every Anderson step is plain.
        return Damping == 1
            ? new Anderson { Memory = 1, RestartAfter = 0, Tolerance = Tolerance, MaxEvaluations = MaxEvaluations }.Solve(problem, into)
            : SolveDamped(problem, into);
    }

    private FixedPointSolution SolveDamped(FixedPointProblem problem, TensorScope into)
    {
        if (!(Damping is > 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(Damping), Damping, "picard: the damping must be above 0 and at most 1.");
        }

        using var scope = new TensorScope(into.Device, MemoryOwner.Solver);
        Tensor z = scope.Clone(problem.Start), fz = scope.Like(z), step = scope.Like(z), best = into.Clone(z);
        SliceTracker[] slices = [.. Enumerable.Range(0, z.Shape[0]).Select(s => new SliceTracker(best.Slice(s), Tolerance))];
        for (int evaluation = 0; evaluation < MaxEvaluations && slices.Any(slice => slice.IsActive); evaluation++)
        {
            problem.Evaluate(z, fz);
            Subtract.Run(fz, z, step);
            for (int s = 0; s < slices.Length; s++)
            {
                if (slices[s].IsActive && slices[s].Observe(fz.Slice(s), step.Slice(s)))
                {
                    Scale.Run(Damping, step.Slice(s), z.Slice(s), WriteMode.Add);
                }
            }
        }

        return new FixedPointSolution(best, [.. slices.Select(slice => slice.Finish())]);
    }
}
