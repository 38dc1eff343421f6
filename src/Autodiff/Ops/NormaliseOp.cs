using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

// y = φ(σ) w, σ = ⟨G, w⟩ with G = ∂σ/∂w held constant; φ = c/σ, or min(1, c/σ)
// φ = c/σ:  w̄ += φ (ȳ − (⟨ȳ, w⟩/σ) G)      ẏ = φ (ẇ − (⟨G, ẇ⟩/σ) w)        φ = 1:  w̄ += ȳ      ẏ = ẇ
// keeps: w; a released y is computed again · derivation: docs/derivations/spectral-normalisation.md

/// <summary>How a weight is brought to its target norm.</summary>
public enum NormRule
{
    /// <summary>Divided always: the norm equals the target. A weight of zero has no direction and stays as it is.</summary>
    Divide,

    /// <summary>Divided if the norm is above the target.</summary>
    Clip,
}

/// <summary>The target norm of a weight and how it is brought there.</summary>
/// <param name="Target">c &gt; 0.</param>
/// <param name="Rule">When to divide.</param>
public sealed record NormTarget(double Target, NormRule Rule)
{
    // A norm below this is that of a weight of zero; the guard of the reference codes.
    private const double Zero = 1e-12;

    /// <summary>Factor of a weight whose norm is σ.</summary>
    public double Factor(double sigma) => Divides(sigma) ? Target / sigma : 1;

    /// <summary>True if the factor depends on σ.</summary>
    public bool Divides(double sigma) => sigma > (Rule == NormRule.Divide ? Zero : Target);
}

/// <summary>Weights divided by a norm of theirs, on a tape.</summary>
public static class NormaliseOp
{
    /// <summary>w φ(σ).</summary>
    /// <param name="tape">Tape of the weight.</param>
    /// <param name="weight">w.</param>
    /// <param name="derivative">Gives G = ∂σ/∂w, like w, in a scope; held constant, so that σ = ⟨G, w⟩ is linear in w.</param>
    /// <param name="target">c and the rule.</param>
    public static Variable Normalise(this Tape tape, Variable weight, Func<TensorScope, Tensor> derivative, NormTarget target)
    {
        using var scope = new TensorScope(tape.Device, MemoryOwner.Workspace);
        return tape.Normalise(weight, derivative, target, Reduce.Dot(derivative(scope), weight.Value));
    }

    /// <summary>The same with σ known.</summary>
    internal static Variable Normalise(this Tape tape, Variable weight, Func<TensorScope, Tensor> derivative, NormTarget target, double sigma)
    {
        double factor = target.Factor(sigma);
        bool divides = target.Divides(sigma);
        Tensor y = tape.Values.Like(weight.Value);
        Divide(y);
        return tape.Record(
            y,
            [weight],
            (yBar, into) =>
            {
                (Tensor weightBar, WriteMode mode) = into.Of(weight);
                Scale.Run(factor, yBar, weightBar, mode);
                if (divides)
                {
                    using TensorScope scope = into.Workspace();
                    Scale.Run(-factor * Reduce.Dot(yBar, weight.Value) / sigma, derivative(scope), weightBar, WriteMode.Add);
                }
            },
            (from, yDot) =>
            {
                Scale.Run(factor, from[weight]!, yDot);
                if (divides)
                {
                    using var scope = new TensorScope(yDot.Device, MemoryOwner.Workspace);
                    Scale.Run(-factor * Reduce.Dot(derivative(scope), from[weight]!) / sigma, weight.Value, yDot, WriteMode.Add);
                }
            },
            reads: Reads.Inputs,
            remake: Divide);

        void Divide(Tensor result) => Scale.Run(factor, weight.Value, result);
    }
}
