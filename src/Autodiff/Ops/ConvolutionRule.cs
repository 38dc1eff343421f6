using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

// y = λ(B(x, w) + b), B linear in x and in w, λ(v) = v > 0 ? v : s v, m = y > 0 ? 1 : s:
// x̄ += B(·, w)ᵀ m ȳ      w̄ += B(x, ·)ᵀ m ȳ      b̄ += Σ m ȳ      ẏ = m (B(ẋ, w) + B(x, ẇ) + ḃ)
// keeps: x, w, and y if s ≠ 1; s ≥ 0, so that y has the sign of its argument      at y = 0: slope s
// derivation: docs/derivations/conv2d.md

/// <summary>The rules that convolution and transposed convolution share.</summary>
/// <param name="product">y = B(x, w) + b.</param>
/// <param name="inputAdjoint">x̄ = B(·, w)ᵀ ȳ.</param>
/// <param name="weightAdjoint">w̄ = B(x, ·)ᵀ ȳ.</param>
internal sealed class ConvolutionRule(ConvolutionRule.Product product, ConvolutionRule.InputAdjoint inputAdjoint, ConvolutionRule.WeightAdjoint weightAdjoint)
{
    public delegate void Product(Tensor x, Tensor weight, Tensor? bias, Tensor y);

    public delegate void InputAdjoint(Tensor yBar, Tensor weight, Tensor xBar, WriteMode mode);

    public delegate void WeightAdjoint(Tensor x, Tensor yBar, Tensor weightBar, WriteMode mode);

    /// <summary>Records y, made in the tape's values.</summary>
    /// <param name="tape">Tape of the inputs.</param>
    /// <param name="x">Images.</param>
    /// <param name="weight">Weights.</param>
    /// <param name="bias">One number per output channel, or null for none.</param>
    /// <param name="y">The result.</param>
    /// <param name="slope">Slope of the rectifier.</param>
    /// <param name="linearised">In a linearised convolution, the output of the convolution that was linearised, whose own rules read it.</param>
    public Variable Record(Tape tape, Variable x, Variable weight, Variable? bias, Tensor y, double slope, Variable? linearised = null)
    {
        Variable sign = null!; // where it is positive the rectifier's slope is one
        Variable output = tape.Record(
            y,
            bias is null ? [x, weight] : [x, weight, bias],
            (yBar, into) =>
            {
                Mask(sign.Value, slope, yBar);
                if (into.Wants(x))
                {
                    (Tensor xBar, WriteMode mode) = into.Of(x);
                    inputAdjoint(yBar, weight.Value, xBar, mode);
                }

                if (into.Wants(weight))
                {
                    (Tensor weightBar, WriteMode mode) = into.Of(weight);
                    weightAdjoint(x.Value, yBar, weightBar, mode);
                }

                if (bias is not null && into.Wants(bias))
                {
                    (Tensor biasBar, WriteMode mode) = into.Of(bias);
                    Kernels.Conv2d.BackwardBias(yBar, biasBar, mode);
                }
            },
            (from, yDot) =>
            {
                Tangent(x, weight, from[x], from[weight], bias is null ? null : from[bias], yDot);
                Mask(sign.Value, slope, yDot);
            },
            from =>
            {
                Variable? xDot = from[x], weightDot = from[weight], biasDot = bias is null ? null : from[bias];
                if (xDot is null)
                {
                    return Again(tape, x, weightDot ?? from.Zero(weight), biasDot, sign, slope);
                }

                Variable moved = Again(tape, xDot, weight, biasDot, sign, slope);
                return weightDot is null ? moved : tape.Add(moved, Again(tape, x, weightDot, null, sign, slope));
            },
            slope == 1 || linearised is not null ? Reads.Inputs : Reads.Inputs | Reads.Output);
        sign = linearised ?? output;
        return output;
    }

    /// <summary>m (B(x, w) + b) with m held: the term of a linearisation.</summary>
    private Variable Again(Tape tape, Variable x, Variable weight, Variable? bias, Variable sign, double slope)
    {
        Tensor y = tape.Values.Like(sign.Value);
        product(x.Value, weight.Value, bias?.Value, y);
        Mask(sign.Value, slope, y);
        return Record(tape, x, weight, bias, y, slope, sign);
    }

    private void Tangent(Variable x, Variable weight, Tensor? xDot, Tensor? weightDot, Tensor? biasDot, Tensor yDot)
    {
        if (xDot is not null)
        {
            product(xDot, weight.Value, null, yDot);
        }

        if (weightDot is not null || biasDot is not null)
        {
            using var scope = new TensorScope(yDot.Device, MemoryOwner.Workspace);
            Tensor term = xDot is null ? yDot : scope.Like(yDot);
            product(x.Value, weightDot ?? scope.Zeros(weight.Value.DType, weight.Value.Shape), biasDot, term);
            if (xDot is not null)
            {
                Scale.Run(1, term, yDot, WriteMode.Add);
            }
        }
    }

    /// <summary>v = m v: the rectifier's derivative, in place.</summary>
    private static void Mask(Tensor sign, double slope, Tensor v)
    {
        if (slope != 1)
        {
            LeakyRelu.Backward(sign, v, slope, v, WriteMode.Overwrite);
        }
    }
}
