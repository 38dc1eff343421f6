using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

// y = B(x, w) + b, B linear in x and in w:
// x̄ += B(·, w)ᵀ ȳ      w̄ += B(x, ·)ᵀ ȳ      b̄ += Σ ȳ      ẏ = B(ẋ, w) + B(x, ẇ) + ḃ      keeps: x, w
// derivation: docs/derivations/conv2d.md

/// <summary>The rules that convolution and transposed convolution share.</summary>
internal static class ConvolutionRule
{
    public delegate void Product(Tensor x, Tensor weight, Tensor? bias, Tensor y);

    public delegate void InputAdjoint(Tensor yBar, Tensor weight, Tensor xBar, WriteMode mode);

    public delegate void WeightAdjoint(Tensor x, Tensor yBar, Tensor weightBar, WriteMode mode);

    /// <summary>Computes y of the given shape and records it.</summary>
    public static Variable Apply(
        Tape tape, Variable x, Variable weight, Variable bias, Shape output, Product product, InputAdjoint inputAdjoint, WeightAdjoint weightAdjoint)
    {
        Tensor y = tape.Values.New(x.Value.DType, output);
        product(x.Value, weight.Value, bias.Value, y);
        return tape.Record(
            y,
            [x, weight, bias],
            (yBar, into) =>
            {
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
            (from, yDot) => Tangent(product, x, weight, from[x], from[weight], from[bias], yDot));
    }

    private static void Tangent(Product product, Variable x, Variable weight, Tensor? xDot, Tensor? weightDot, Tensor? biasDot, Tensor yDot)
    {
        using var scope = new TensorScope(yDot.Device, MemoryOwner.Workspace);
        Tensor term = scope.Like(yDot);
        yDot.Clear();
        if (xDot is not null)
        {
            product(xDot, weight.Value, null, term);
            Scale.Run(1, term, yDot, WriteMode.Add);
        }

        if (weightDot is not null || biasDot is not null)
        {
            product(x.Value, weightDot ?? scope.Zeros(weight.Value.DType, weight.Value.Shape), biasDot, term);
            Scale.Run(1, term, yDot, WriteMode.Add);
        }
    }
}
