using Stardeq.Engine;

namespace Stardeq.Autodiff;

/// <summary>A norm of one weight, renewed when the weight changes.</summary>
public interface INormEstimate
{
    /// <summary>σ at the last renewal.</summary>
    double Sigma { get; }

    /// <summary>G = ∂σ/∂w at the last renewal, with ⟨G, w⟩ = σ.</summary>
    /// <param name="scope">Owner of the result, unless the estimate keeps it.</param>
    Tensor Derivative(TensorScope scope);

    /// <summary>What the estimate carries from one training step to the next; null for nothing.</summary>
    Tensor? State { get; }

    /// <summary>Estimates the norm anew.</summary>
    /// <param name="weight">Present weight.</param>
    /// <param name="iterations">Power iterations that move the state; 0 leaves it as it is.</param>
    void Renew(Tensor weight, int iterations);
}
