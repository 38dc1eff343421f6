using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

// y = s x      x̄ += s ȳ      s̄ += ⟨x, ȳ⟩      ẏ = s ẋ + ṡ x      keeps: x, s      s a real scalar variable

/// <summary>Multiplication by a learned scalar on a tape.</summary>
public static class ScaleByOp
{
    /// <summary>s x for a real scalar variable s (shape []) of the precision of x.</summary>
    /// <exception cref="ShapeException">s is not a single real number.</exception>
    public static Variable ScaleBy(this Tape tape, Variable scalar, Variable x)
    {
        Tensor y = tape.Values.Like(x.Value);
        Scale.By(scalar.Value, x.Value, y);
        return tape.Record(
            y,
            [scalar, x],
            (yBar, into) =>
            {
                if (into.Wants(x))
                {
                    (Tensor xBar, WriteMode mode) = into.Of(x);
                    Scale.By(scalar.Value, yBar, xBar, mode);
                }

                if (into.Wants(scalar))
                {
                    (Tensor sBar, WriteMode mode) = into.Of(scalar);
                    AccumulateScalar.Run(Reduce.Dot(x.Value, yBar), sBar, mode);
                }
            },
            (from, yDot) =>
            {
                WriteMode mode = WriteMode.Overwrite;
                if (from[x] is { } xDot)
                {
                    Scale.By(scalar.Value, xDot, yDot);
                    mode = WriteMode.Add;
                }

                if (from[scalar] is { } sDot)
                {
                    Scale.By(sDot, x.Value, yDot, mode);
                }
            },
            from => from.Sum(x, xDot => tape.ScaleBy(scalar, xDot), scalar, sDot => tape.ScaleBy(sDot, x)),
            Reads.Inputs);
    }
}
