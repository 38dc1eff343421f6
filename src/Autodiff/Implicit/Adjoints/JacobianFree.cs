using Stardeq.Engine;

namespace Stardeq.Autodiff;

/// <summary>u = g: the Jacobian-free ("inversion-free") gradient [FUN22]. One application on the tape, one sweep.</summary>
public sealed record JacobianFree : IEquilibriumAdjoint
{
    /// <inheritdoc/>
    public EquilibriumPoint Attach(Tape tape, FixedPointMap map, Tensor solution)
    {
        Variable input = tape.Input(solution);
        return new EquilibriumPoint(input, map(tape, input));
    }

    /// <inheritdoc/>
    public AdjointSolution Backward(Tape tape, EquilibriumPoint point, Tensor lossGradient, GradientTargets targets, TensorScope into)
    {
        point.LastSweep(tape, lossGradient, targets);
        return AdjointSolution.Truncated(into.Clone(lossGradient), sweeps: 0);
    }
}
