using Stardeq.Engine;

namespace Stardeq.Autodiff;

// y[o, 2i+a, 2j+c] = b[o] + Σ_n x[n, i, j] w[n, o, a, c]; rules: ConvolutionRule.cs
// kernels: Kernels/Conv/ConvTranspose2d.cs · derivation: docs/derivations/conv2d.md

/// <summary>Transposed convolution on a tape.</summary>
public static class ConvTranspose2dOp
{
    private static readonly ConvolutionRule s_rule = new(
        Kernels.ConvTranspose2d.Forward, Kernels.ConvTranspose2d.BackwardInput, Kernels.ConvTranspose2d.BackwardWeight);

    /// <summary>Transposed 2 × 2 convolution of stride 2 with a bias: doubles rows and columns.</summary>
    /// <param name="tape">Tape of the inputs.</param>
    /// <param name="x">[batch, in, rows, columns].</param>
    /// <param name="weight">[in, out, 2, 2].</param>
    /// <param name="bias">[out].</param>
    /// <returns>[batch, out, 2 rows, 2 columns].</returns>
    public static Variable ConvTranspose2d(this Tape tape, Variable x, Variable weight, Variable bias)
    {
        Shape input = x.Value.Shape;
        Tensor y = tape.Values.New(x.Value.DType, [input[0], weight.Value.Shape[1], 2 * input[2], 2 * input[3]]);
        Kernels.ConvTranspose2d.Forward(x.Value, weight.Value, bias.Value, y);
        return s_rule.Record(tape, x, weight, bias, y, slope: 1);
    }
}
