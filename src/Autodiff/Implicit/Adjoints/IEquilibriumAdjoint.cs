using Stardeq.Engine;

namespace Stardeq.Autodiff;

/// <summary>A solution of a fixed-point problem as it stands on a tape.</summary>
/// <param name="Input">What the solver returned, z*; a leaf of the tape.</param>
/// <param name="Output">z**, the value that the loss sees.</param>
public sealed record EquilibriumPoint(Variable Input, Variable Output)
{
    /// <summary>Whether the solve of each slice converged; null if all did. An implicit gradient is only right at a fixed
    /// point, so slices without one get the Jacobian-free gradient.</summary>
    public IReadOnlyList<bool>? IsSolved { get; init; }

    /// <summary>Where an iterative adjoint starts, for example the u of the last epoch; null for the usual start.</summary>
    public Tensor? AdjointStart { get; init; }

    /// <summary>True if nobody sweeps the tape after the adjoint, whose last sweep then gives its values back as it passes them; see
    /// <see cref="Tape.BackwardAndRelease(Variable, Tensor, GradientTargets)"/>.</summary>
    public bool ReleasesTape { get; init; }

    /// <summary>The adjoint's sweep for all targets, after which it needs the tape no more.</summary>
    internal void LastSweep(Tape tape, Tensor seed, GradientTargets targets)
    {
        if (ReleasesTape)
        {
            tape.BackwardAndRelease(Output, seed, targets);
        }
        else
        {
            tape.Backward(Output, seed, targets);
        }
    }
}

/// <summary>What became of the adjoint equation of one slice.</summary>
public enum AdjointStatus
{
    /// <summary>‖g + Jᵀu − u‖ reached the tolerance.</summary>
    Solved,

    /// <summary>The sweeps were used up first; u is the best that they gave.</summary>
    Stalled,

    /// <summary>The method leaves the equation out, or cuts its series off, by design.</summary>
    Truncated,

    /// <summary>The forward solve had not converged, or the adjoint was given up or not finite: u = g was taken instead.</summary>
    FellBack,
}

/// <summary>Record of the adjoint equation of one slice.</summary>
/// <param name="Status">What became of it.</param>
/// <param name="Sweeps">Reverse sweeps for the input alone, before the last one with weight gradients.</param>
/// <param name="Residual">‖g + Jᵀu − u‖ / ‖g‖ as measured at the returned u; NaN where the method does not ask.</param>
public sealed record SliceAdjoint(AdjointStatus Status, int Sweeps, double Residual);

/// <summary>What an adjoint returns.</summary>
/// <param name="State">u, which took the place of (I − Jᵀ)⁻¹ g; like z**.</param>
/// <param name="Slices">One record per slice.</param>
public sealed record AdjointSolution(Tensor State, IReadOnlyList<SliceAdjoint> Slices)
{
    internal static AdjointSolution Truncated(Tensor state, int sweeps) =>
        new(state, [.. Enumerable.Repeat(new SliceAdjoint(AdjointStatus.Truncated, sweeps, double.NaN), state.Shape[0])]);
}

/// <summary>
/// How the gradient passes an equilibrium. With J = ∂f/∂z at z* and g = ∂L/∂z**, every choice replaces
/// u = (I − Jᵀ)⁻¹ g by something, and then adds (∂f/∂θ)ᵀ u to the targets; see docs/derivations/implicit-gradient.md.
/// </summary>
public interface IEquilibriumAdjoint
{
    /// <summary>Puts the solution on a recording tape by applying the map to it.</summary>
    EquilibriumPoint Attach(Tape tape, FixedPointMap map, Tensor solution);

    /// <summary>Adds the gradients of the loss to the targets.</summary>
    /// <param name="tape">Tape of <see cref="Attach"/>.</param>
    /// <param name="point">Result of <see cref="Attach"/>.</param>
    /// <param name="lossGradient">g, like z**.</param>
    /// <param name="targets">Variables whose gradient is wanted.</param>
    /// <param name="into">Owner of the result's state.</param>
    AdjointSolution Backward(Tape tape, EquilibriumPoint point, Tensor lossGradient, GradientTargets targets, TensorScope into);
}
