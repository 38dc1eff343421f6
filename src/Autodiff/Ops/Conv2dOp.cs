using Stardeq.Engine;

namespace Stardeq.Autodiff;

// y = w ⋆ x + b; rules: ConvolutionRule.cs · kernels: Kernels/Conv/Conv2d.cs · derivation: docs/derivations/conv2d.md

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
        Shape output = [input[0], weight.Value.Shape[0], input[2], input[3]];
        return ConvolutionRule.Apply(
            tape, x, weight, bias, output, Kernels.Conv2d.Forward, Kernels.Conv2d.BackwardInput, Kernels.Conv2d.BackwardWeight);
    }
}
