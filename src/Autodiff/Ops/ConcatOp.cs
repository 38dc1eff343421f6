using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

// y = [a; b] along channels      ā += first channels of ȳ      b̄ += the others      ẏ = [ȧ; ḃ]      keeps: nothing

/// <summary>Concatenation on a tape.</summary>
public static class ConcatOp
{
    /// <summary>
    /// The same for halves that nobody else will ask for; see <see cref="Tape.Release(Variable, SavedAs, string)"/>. Of a single image each of them lies in the
    /// result in one piece, where rules that read it find it.
    /// </summary>
    /// <param name="tape">Tape of the halves.</param>
    /// <param name="a">First channels.</param>
    /// <param name="b">The others.</param>
    /// <param name="form">How halves that have to wait for themselves wait.</param>
    public static Variable ConcatAndRelease(this Tape tape, Variable a, Variable b, SavedAs form = SavedAs.Whole)
    {
        Variable y = tape.Concat(a, b);
        int split = a.Value.Shape[1], channels = y.Value.Shape[1];
        foreach ((Variable half, int start, int end) in new[] { (a, 0, split), (b, split, channels) })
        {
            if (y.Value.Shape[0] == 1)
            {
                tape.Release(half, y, whole => whole.Slice(0).Slice(start, end - start).Reshape(half.Value.Shape));
            }
            else
            {
                tape.Release(half, form);
            }
        }

        return y;
    }

    /// <summary>Channels of a first, then those of b. Both [batch, channel, rows, columns].</summary>
    public static Variable Concat(this Tape tape, Variable a, Variable b)
    {
        Shape first = a.Value.Shape;
        Tensor y = tape.Values.New(a.Value.DType, [first[0], first[1] + b.Value.Shape[1], first[2], first[3]]);
        ConcatChannels.Forward(a.Value, b.Value, y);
        return tape.Record(
            y,
            [a, b],
            (yBar, into) =>
            {
                // One half may be fresh memory and the other hold earlier contributions, so each has its own mode.
                if (into.Wants(a))
                {
                    (Tensor aBar, WriteMode mode) = into.Of(a);
                    ConcatChannels.Backward(yBar, aBar, null, mode);
                }

                if (into.Wants(b))
                {
                    (Tensor bBar, WriteMode mode) = into.Of(b);
                    ConcatChannels.Backward(yBar, null, bBar, mode);
                }
            },
            (from, yDot) =>
            {
                using var scope = new TensorScope(yDot.Device, MemoryOwner.Workspace);
                ConcatChannels.Forward(
                    from[a] ?? scope.Zeros(a.Value.DType, a.Value.Shape), from[b] ?? scope.Zeros(b.Value.DType, b.Value.Shape), yDot);
            },
            from => tape.Concat(from[a] ?? from.Zero(a), from[b] ?? from.Zero(b)),
            Reads.None);
    }
}
