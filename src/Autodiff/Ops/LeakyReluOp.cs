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
            (from, yDot) => Kernels.LeakyRelu.Backward(x.Value, from[x]!, slope, yDot, WriteMode.Overwrite));
    }
}
