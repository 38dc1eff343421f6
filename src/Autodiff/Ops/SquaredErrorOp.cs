using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

// y = γ ‖a − t‖²      ā += 2 γ ȳ (a − t)      t̄ −= the same      ẏ = 2 γ ⟨a − t, ȧ − ṫ⟩      keeps: a, t

/// <summary>Quadratic losses on a tape.</summary>
public static class SquaredErrorOp
{
    /// <summary>Mean of |a − t|² over all real numbers; a complex element counts as two. Shape [].</summary>
    public static Variable MeanSquaredError(this Tape tape, Variable a, Variable target) =>
        tape.SquaredError(1.0 / a.Value.AsReal().Count, a, target);

    /// <summary>γ ‖a − t‖² for a constant γ. Shape [], real, of the precision of a.</summary>
    /// <exception cref="ShapeException">Types or shapes differ.</exception>
    public static Variable SquaredError(this Tape tape, double gamma, Variable a, Variable target)
    {
        Tensor y = tape.Values.New(a.Value.DType.ToReal(), Shape.Scalar);
        Fill.Run(gamma * Reduce.SquaredDistance(a.Value, target.Value), y);
        return tape.Record(
            y,
            [a, target],
            (yBar, into) =>
            {
                double factor = 2 * gamma * yBar.Item();
                AddDifference(factor, a, target, a, into);
                AddDifference(-factor, a, target, target, into);
            },
            (from, yDot) =>
            {
                double sum = 0;
                if (from[a] is { } aDot)
                {
                    sum += Reduce.Dot(a.Value, aDot) - Reduce.Dot(target.Value, aDot);
                }

                if (from[target] is { } tDot)
                {
                    sum -= Reduce.Dot(a.Value, tDot) - Reduce.Dot(target.Value, tDot);
                }

                Fill.Run(2 * gamma * sum, yDot);
            },
            from =>
            {
                Variable difference = tape.Subtract(a, target);
                return from.Sum(
                    a,
                    aDot => tape.Scale(2 * gamma, tape.InnerProduct(difference, aDot)),
                    target,
                    tDot => tape.Scale(-2 * gamma, tape.InnerProduct(difference, tDot)));
            },
            Reads.Inputs);
    }

    private static void AddDifference(double factor, Variable a, Variable target, Variable input, Cotangents into)
    {
        if (into.Wants(input))
        {
            (Tensor xBar, WriteMode mode) = into.Of(input);
            Scale.Run(factor, a.Value, xBar, mode);
            Scale.Run(-factor, target.Value, xBar, WriteMode.Add);
        }
    }
}
