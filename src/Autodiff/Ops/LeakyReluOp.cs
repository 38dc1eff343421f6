using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

// y = x > 0 ? x : s x      x̄ += (x > 0 ? 1 : s) ȳ      ẏ = (x > 0 ? 1 : s) ẋ      keeps: x      at x = 0: slope s

/// <summary>Leaky rectifier on a tape.</summary>
public static class LeakyReluOp
{
    /// <summary>x where x &gt; 0, else slope · x; slope 0 is ReLU.</summary>
    public static Variable LeakyRelu(this Tape tape, Variable x, double slope)
    {
        Tensor y = tape.Values.Like(x.Value);
        Kernels.LeakyRelu.Forward(x.Value, slope, y);
        return tape.Record(
            y,
            [x],
            (yBar, into) =>
            {
                (Tensor xBar, WriteMode mode) = into.Of(x);
                Kernels.LeakyRelu.Backward(x.Value, yBar, slope, xBar, mode);
            },
            (from, yDot) => Kernels.LeakyRelu.Backward(x.Value, from[x]!, slope, yDot, WriteMode.Overwrite),
            from => tape.LeakyReluMask(x, slope, from[x]!),
            Reads.Inputs);
    }

    /// <summary>m v with m = 1 where the sign holder is positive, else the slope: the rectifier's derivative, m constant.</summary>
    /// <param name="tape">Tape of <paramref name="v"/>.</param>
    /// <param name="sign">The rectifier's input, or its output if the slope is not negative.</param>
    /// <param name="slope">Slope of the rectifier.</param>
    /// <param name="v">Like <paramref name="sign"/>.</param>
    internal static Variable LeakyReluMask(this Tape tape, Variable sign, double slope, Variable v)
    {
        Tensor y = tape.Values.Like(v.Value);
        Kernels.LeakyRelu.Backward(sign.Value, v.Value, slope, y, WriteMode.Overwrite);
        return tape.Record(
            y,
            [v],
            (yBar, into) =>
            {
                (Tensor vBar, WriteMode mode) = into.Of(v);
                Kernels.LeakyRelu.Backward(sign.Value, yBar, slope, vBar, mode);
            },
            (from, yDot) => Kernels.LeakyRelu.Backward(sign.Value, from[v]!, slope, yDot, WriteMode.Overwrite),
            from => tape.LeakyReluMask(sign, slope, from[v]!),
            Reads.None); // the rectifier itself reads the sign
    }
}
