using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

// y = Re Σ conj(a) b      ā += ȳ b      b̄ += ȳ a      ẏ = ⟨ȧ, b⟩ + ⟨a, ḃ⟩      keeps: a, b

/// <summary>Inner products on a tape.</summary>
public static class InnerProductOp
{
    /// <summary>Re Σ conj(a) b of two arrays of the same type and shape. Shape [], real.</summary>
    public static Variable InnerProduct(this Tape tape, Variable a, Variable b)
    {
        Tensor y = tape.Values.New(a.Value.DType.ToReal(), Shape.Scalar);
        Fill.Run(Reduce.Dot(a.Value, b.Value), y);
        return tape.Record(
            y,
            [a, b],
            (yBar, into) =>
            {
                foreach ((Variable input, Variable other) in new[] { (a, b), (b, a) })
                {
                    if (into.Wants(input))
                    {
                        (Tensor xBar, WriteMode mode) = into.Of(input);
                        Scale.Run(yBar.Item(), other.Value, xBar, mode);
                    }
                }
            },
            (from, yDot) => Fill.Run(
                (from[a] is { } aDot ? Reduce.Dot(aDot, b.Value) : 0) + (from[b] is { } bDot ? Reduce.Dot(a.Value, bDot) : 0),
                yDot),
            from => from.Sum(a, aDot => tape.InnerProduct(aDot, b), b, bDot => tape.InnerProduct(a, bDot)),
            Reads.Inputs);
    }
}
