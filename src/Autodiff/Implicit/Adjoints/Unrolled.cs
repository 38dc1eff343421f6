using Stardeq.Engine;

namespace Stardeq.Autodiff;

/// <summary>
/// Differentiates through k applications from the given point, all on the tape. From a solution it is the unrolled
/// phantom gradient [GEN21]; from a start without a solve it is an unrolled network of k layers with shared weights.
/// </summary>
/// <param name="Steps">k, at least 1.</param>
public sealed record Unrolled(int Steps) : IEquilibriumAdjoint
{
    /// <inheritdoc/>
    public EquilibriumPoint Attach(Tape tape, FixedPointMap map, Tensor solution)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Steps, 1);
        Variable input = tape.Input(solution), state = input;
        for (int step = 0; step < Steps; step++)
        {
            state = map(tape, state);
        }

        return new EquilibriumPoint(input, state);
    }

    /// <inheritdoc/>
    public Tensor Backward(Tape tape, EquilibriumPoint point, Tensor lossGradient, GradientTargets targets, TensorScope into) =>
        new JacobianFree().Backward(tape, point, lossGradient, targets, into);
}
