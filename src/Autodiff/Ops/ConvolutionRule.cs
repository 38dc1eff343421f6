using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

// y = λ(B(x, w) + b), B linear in x and in w, λ(v) = v > 0 ? v : s v, m = y > 0 ? 1 : s:
// x̄ += B(·, w)ᵀ m ȳ      w̄ += B(x, ·)ᵀ m ȳ      b̄ += Σ m ȳ      ẏ = m (B(ẋ, w) + B(x, ẇ) + ḃ)
// keeps: x, w, and y if s ≠ 1; s ≥ 0, so that y has the sign of its argument      at y = 0: slope s
// derivation: docs/derivations/conv2d.md

/// <summary>The rules that convolution and transposed convolution share.</summary>
internal static class ConvolutionRule
{
    public delegate void Product(Tensor x, Tensor weight, Tensor? bias, Tensor y);

    public delegate void InputAdjoint(Tensor yBar, Tensor weight, Tensor xBar, WriteMode mode);

    public delegate void WeightAdjoint(Tensor x, Tensor yBar, Tensor weightBar, WriteMode mode);

    /// <summary>Records y, made in the tape's values.</summary>
    public static Variable Record(
        Tape tape, Variable x, Variable weight, Variable bias, Tensor y, double slope, Product product, InputAdjoint inputAdjoint, WeightAdjoint weightAdjoint) =>
        tape.Record(
            y,
            [x, weight, bias],
            (yBar, into) =>
            {
                Mask(y, slope, yBar);
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

                if (into.Wants(bias))
                {
                    (Tensor biasBar, WriteMode mode) = into.Of(bias);
                    Kernels.Conv2d.BackwardBias(yBar, biasBar, mode);
                }
            },
            (from, yDot) =>
            {
                Tangent(product, x, weight, from[x], from[weight], from[bias], yDot);
                Mask(y, slope, yDot);
            });

    private static void Tangent(Product product, Variable x, Variable weight, Tensor? xDot, Tensor? weightDot, Tensor? biasDot, Tensor yDot)
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
    private static void Mask(Tensor y, double slope, Tensor v)
    {
        if (slope != 1)
        {
            LeakyRelu.Backward(y, v, slope, v, WriteMode.Overwrite);
        }
    }
}
