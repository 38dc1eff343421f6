using Stardeq.Engine;

namespace Stardeq.Autodiff;

/// <summary>A solution of a fixed-point problem as it stands on a tape.</summary>
/// <param name="Input">What the solver returned, z*; a leaf of the tape.</param>
/// <param name="Output">z**, the value that the loss sees.</param>
public sealed record EquilibriumPoint(Variable Input, Variable Output);

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
    /// <param name="into">Owner of the result.</param>
    /// <returns>The adjoint state u that took the place of (I − Jᵀ)⁻¹ g.</returns>
    Tensor Backward(Tape tape, EquilibriumPoint point, Tensor lossGradient, GradientTargets targets, TensorScope into);
}
