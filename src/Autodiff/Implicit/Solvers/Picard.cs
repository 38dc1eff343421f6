using Stardeq.Engine;

namespace Stardeq.Autodiff;

/// <summary>Plain iteration z ← f(z), each slice until its own residual reaches the tolerance.</summary>
/// <param name="Tolerance">Largest relative residual ‖f(z) − z‖ / ‖f(z)‖ that counts as converged.</param>
/// <param name="MaxEvaluations">Limit of evaluations of f.</param>
public sealed record Picard(double Tolerance, int MaxEvaluations) : IFixedPointSolver
{
    /// <inheritdoc/>
    public FixedPointSolution Solve(FixedPointProblem problem, TensorScope into)
    {
        // With a history of one pair every Anderson step is plain.
        var plain = new Anderson { Memory = 1, RestartAfter = 0, Tolerance = Tolerance, MaxEvaluations = MaxEvaluations };
        return plain.Solve(problem, into);
    }
}
