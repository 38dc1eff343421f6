using Stardeq.Engine;

namespace Stardeq.Autodiff;

// y = λ(w ⋆ x + b), λ(v) = v > 0 ? v : s v; rules: ConvolutionRule.cs
// kernels: Kernels/Conv/Conv2d.cs · derivation: docs/derivations/conv2d.md

/// <summary>Convolution on a tape.</summary>
public static class Conv2dOp
{
    private static readonly ConvolutionRule s_rule = new(
        (image, kernel, offset, result) => Kernels.Conv2d.Forward(image, kernel, offset, result), Kernels.Conv2d.BackwardInput, Kernels.Conv2d.BackwardWeight);

    /// <summary>
    /// Cross-correlation with zero padding of half the kernel, a bias and a leaky rectifier. The tape keeps the rectified
    /// output alone: half the values, and half the cotangents, of two operations.
    /// </summary>
    /// <param name="tape">Tape of the inputs.</param>
    /// <param name="x">[batch, in, rows, columns].</param>
    /// <param name="weight">[out, in, k, k], k = 1 or 3.</param>
    /// <param name="bias">[out].</param>
    /// <param name="slope">Factor of negative values, zero or more; 0 is ReLU, 1 the convolution alone.</param>
    /// <returns>[batch, out, rows, columns].</returns>
    /// <exception cref="ArgumentOutOfRangeException">The slope is negative or not finite.</exception>
    public static Variable Conv2d(this Tape tape, Variable x, Variable weight, Variable bias, double slope = 1)
    {
        Shape input = x.Value.Shape;
        Tensor y = tape.Values.New(x.Value.DType, [input[0], weight.Value.Shape[0], input[2], input[3]]);
        Kernels.Conv2d.Forward(x.Value, weight.Value, bias.Value, y, slope);
        return s_rule.Record(tape, x, weight, bias, y, slope);
    }
}
