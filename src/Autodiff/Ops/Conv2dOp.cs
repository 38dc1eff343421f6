using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

// y = w ⋆ x + b      x̄ += wᵀ ⋆ ȳ      w̄ += ȳ ⋆ x      b̄ += Σ ȳ      ẏ = w ⋆ ẋ + ẇ ⋆ x + ḃ      keeps: x, w
// kernels: Kernels/Conv/Conv2d.cs · derivation: docs/derivations/conv2d.md

/// <summary>Convolution on a tape.</summary>
public static class Conv2dOp
{
    /// <summary>Cross-correlation with zero padding of half the kernel and a bias.</summary>
    /// <param name="tape">Tape of the inputs.</param>
    /// <param name="x">[batch, in, rows, columns].</param>
    /// <param name="weight">[out, in, k, k], k = 1 or 3.</param>
    /// <param name="bias">[out].</param>
    /// <returns>[batch, out, rows, columns].</returns>
    public static Variable Conv2d(this Tape tape, Variable x, Variable weight, Variable bias)
    {
        Shape input = x.Value.Shape;
        Tensor y = tape.Values.New(x.Value.DType, [input[0], weight.Value.Shape[0], input[2], input[3]]);
        Kernels.Conv2d.Forward(x.Value, weight.Value, bias.Value, y);
        return tape.Record(
            y,
            [x, weight, bias],
            (yBar, into) =>
            {
                if (into.Wants(x))
                {
                    (Tensor xBar, WriteMode mode) = into.Of(x);
                    Kernels.Conv2d.BackwardInput(yBar, weight.Value, xBar, mode);
                }

                if (into.Wants(weight))
                {
                    (Tensor weightBar, WriteMode mode) = into.Of(weight);
                    Kernels.Conv2d.BackwardWeight(x.Value, yBar, weightBar, mode);
                }

                if (into.Wants(bias))
                {
                    (Tensor biasBar, WriteMode mode) = into.Of(bias);
                    Kernels.Conv2d.BackwardBias(yBar, biasBar, mode);
                }
            },
            (from, yDot) => BilinearTangent.Run(x, weight, from[x], from[weight], from[bias], yDot, Kernels.Conv2d.Forward));
    }
}
