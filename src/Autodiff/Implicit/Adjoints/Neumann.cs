using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

/// <summary>
/// u = Σ_{i &lt; k} (Jᵀ)ⁱ g: k terms of the Neumann series of (I − Jᵀ)⁻¹ [GEN21]. One application on the tape, k − 1
/// sweeps for the input alone and one with the targets. k = 1 is <see cref="JacobianFree"/>.
/// </summary>
/// <param name="Terms">k, at least 1.</param>
public sealed record Neumann(int Terms) : IEquilibriumAdjoint
{
    /// <inheritdoc/>
    public EquilibriumPoint Attach(Tape tape, FixedPointMap map, Tensor solution) =>
        new JacobianFree().Attach(tape, map, solution);

    /// <inheritdoc/>
    public AdjointSolution Backward(Tape tape, EquilibriumPoint point, Tensor lossGradient, GradientTargets targets, TensorScope into)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Terms, 1);
        using var scope = new TensorScope(into.Device, MemoryOwner.Solver);
        Tensor term = scope.Clone(lossGradient), next = scope.Like(lossGradient);
        Tensor state = into.Clone(lossGradient);
        for (int power = 1; power < Terms; power++)
        {
            next.Clear();
            tape.Backward(point.Output, term, new GradientTargets().Add(point.Input, next));
            (term, next) = (next, term);
            Scale.Run(1, term, state, WriteMode.Add);
        }

        point.LastSweep(tape, state, targets);
        return AdjointSolution.Truncated(state, Terms - 1);
    }
}
