using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

/// <summary>Plain iteration z ← f(z), each slice until its own residual reaches the tolerance.</summary>
/// <param name="Tolerance">Largest relative residual ‖f(z) − z‖ / ‖f(z)‖ that counts as converged.</param>
/// <param name="MaxEvaluations">Limit of evaluations of f.</param>
public sealed record Picard(double Tolerance, int MaxEvaluations) : IFixedPointSolver
{
    /// <inheritdoc/>
    public FixedPointSolution Solve(FixedPointProblem problem, TensorScope into)
    {
        using var scope = new TensorScope(into.Device, MemoryOwner.Solver);
        Tensor z = scope.Clone(problem.Start), fz = scope.Like(z), step = scope.Like(z);
        Tensor best = into.Clone(z);
        SliceTracker[] slices = [.. Enumerable.Range(0, z.Shape[0]).Select(s => new SliceTracker(best.Slice(s), Tolerance))];
        for (int evaluation = 0; evaluation < MaxEvaluations && slices.Any(slice => slice.IsActive); evaluation++)
        {
            problem.Evaluate(z, fz);
            for (int s = 0; s < slices.Length; s++)
            {
                if (slices[s].IsActive)
                {
                    Subtract.Run(fz.Slice(s), z.Slice(s), step.Slice(s));
                    slices[s].Observe(fz.Slice(s), step.Slice(s));
                    z.Slice(s).CopyFrom(fz.Slice(s));
                }
            }
        }

        return new FixedPointSolution(best, [.. slices.Select(slice => slice.Finish())]);
    }
}
