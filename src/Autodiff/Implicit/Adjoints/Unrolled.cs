using Stardeq.Engine;

namespace Stardeq.Autodiff;

/// <summary>
/// Differentiates through k applications from the given point, all on the tape. From a solution it is the unrolled
/// phantom gradient [GEN21]; from a start without a solve it is an unrolled network of k layers with shared weights.
/// </summary>
/// <param name="Steps">k, at least 1.</param>
/// <param name="Recomputed">If given, only the states between applications are kept, and each sweep computes the insides
/// of an application again (<see cref="CheckpointOp"/>): the parameters that the map uses. Null keeps everything.</param>
public sealed record Unrolled(int Steps, IReadOnlyList<Parameter>? Recomputed = null) : IEquilibriumAdjoint
{
    /// <inheritdoc/>
    public EquilibriumPoint Attach(Tape tape, FixedPointMap map, Tensor solution)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Steps, 1);
        Variable input = tape.Input(solution), state = input;
        for (int step = 0; step < Steps; step++)
        {
            state = Recomputed is null ? map(tape, state) : tape.Checkpoint(map, state, Recomputed);
        }

        return new EquilibriumPoint(input, state);
    }

    /// <inheritdoc/>
    public AdjointSolution Backward(Tape tape, EquilibriumPoint point, Tensor lossGradient, GradientTargets targets, TensorScope into) =>
        new JacobianFree().Backward(tape, point, lossGradient, targets, into);
}
