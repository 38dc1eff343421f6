using Stardeq.Engine;

namespace Stardeq.Autodiff;

/// <summary>
/// A number that is large where the Jacobian J of a recorded map is, and its gradient with respect to what J depends on,
/// the point itself held constant. Derivation: docs/derivations/jacobian-regularisation.md.
/// </summary>
public interface IJacobianPenalty
{
    /// <summary>Computes the penalty and adds weight times its gradient to the targets.</summary>
    /// <param name="tape">Recording tape of the map; the penalty adds operations to it.</param>
    /// <param name="input">Where the map starts, [slices, ..].</param>
    /// <param name="output">Where it ends, like <paramref name="input"/>; slices must not depend on each other.</param>
    /// <param name="weight">Factor of the gradient.</param>
    /// <param name="targets">Parameters whose gradient is wanted; not <paramref name="input"/>, which is held constant.</param>
    /// <param name="random">Draws of the probes.</param>
    /// <returns>The penalty without the weight, a mean over slices.</returns>
    double AddGradient(Tape tape, Variable input, Variable output, double weight, GradientTargets targets, CounterRandom random);
}

/// <summary>What probes are drawn from.</summary>
public enum ProbeKind
{
    /// <summary>Independent normals of mean 0 and variance 1.</summary>
    Gaussian,

    /// <summary>+1 or −1 with equal chance: the estimate has no variance from the diagonal of JᵀJ [HUT90].</summary>
    Rademacher,
}
