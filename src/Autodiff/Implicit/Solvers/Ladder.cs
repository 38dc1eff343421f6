using Stardeq.Engine;

namespace Stardeq.Autodiff;

/// <summary>
/// Solvers from the fastest to the most cautious: slices that diverged or were not finite with one are solved again by the
/// next, from the start. Slices that only ran out of evaluations are left as they are: more caution is slower still.
/// </summary>
/// <param name="Rungs">At least one solver.</param>
public sealed record Ladder(IReadOnlyList<IFixedPointSolver> Rungs) : IFixedPointSolver
{
    /// <inheritdoc/>
    public FixedPointSolution Solve(FixedPointProblem problem, TensorScope into)
    {
        FixedPointSolution solution = Rungs[0].Solve(problem, into);
        SliceSolve[] slices = [.. solution.Slices];
        foreach (IFixedPointSolver rung in Rungs.Skip(1))
        {
            if (!slices.Any(HasFailed))
            {
                break;
            }

            using var scope = new TensorScope(into.Device, MemoryOwner.Solver);
            Tensor start = scope.Clone(solution.Value); // slices that are done stay done at their first evaluation
            for (int s = 0; s < slices.Length; s++)
            {
                if (HasFailed(slices[s]))
                {
                    start.Slice(s).CopyFrom(problem.Start.Slice(s));
                }
            }

            FixedPointSolution again = rung.Solve(problem with { Start = start }, scope);
            for (int s = 0; s < slices.Length; s++)
            {
                SliceSolve before = slices[s], after = again.Slices[s];
                if (HasFailed(before))
                {
                    bool isBetter = !(after.BestResidual >= before.BestResidual);
                    slices[s] = (isBetter ? after : before) with { Residuals = [.. before.Residuals, .. after.Residuals], Restarts = before.Restarts + after.Restarts + 1, Status = after.Status };
                    if (isBetter)
                    {
                        solution.Value.Slice(s).CopyFrom(again.Value.Slice(s));
                    }
                }
            }
        }

        return solution with { Slices = slices };
    }

    private static bool HasFailed(SliceSolve slice) => slice.Status is SolveStatus.Diverged or SolveStatus.NotFinite;
}
