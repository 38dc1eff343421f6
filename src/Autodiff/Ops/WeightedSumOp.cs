using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

// y = α a + β b      ā += α ȳ      b̄ += β ȳ      ẏ = α ȧ + β ḃ      keeps: nothing      α, β constants

/// <summary>Sums, differences and constant multiples on a tape.</summary>
public static class WeightedSumOp
{
    /// <summary>a + b.</summary>
    public static Variable Add(this Tape tape, Variable a, Variable b) => tape.WeightedSum(1, a, 1, b);

    /// <summary>a − b.</summary>
    public static Variable Subtract(this Tape tape, Variable a, Variable b) => tape.WeightedSum(1, a, -1, b);

    /// <summary>α x for a constant α.</summary>
    public static Variable Scale(this Tape tape, double alpha, Variable x)
    {
        Tensor y = tape.Values.Like(x.Value);
        Kernels.Scale.Run(alpha, x.Value, y);
        return tape.Record(
            y,
            [x],
            (yBar, into) => AddScaled(alpha, yBar, x, into),
            (from, yDot) => Kernels.Scale.Run(alpha, from[x]!, yDot),
            from => tape.Scale(alpha, from[x]!),
            Reads.None);
    }

    /// <summary>α a + β b for constants α and β; a and b of the same type and shape.</summary>
    /// <exception cref="ShapeException">Types or shapes differ.</exception>
    public static Variable WeightedSum(this Tape tape, double alpha, Variable a, double beta, Variable b)
    {
        Tensor y = tape.Values.Like(a.Value);
        LinearCombination.Run([alpha, beta], [a.Value, b.Value], y);
        return tape.Record(
            y,
            [a, b],
            (yBar, into) =>
            {
                AddScaled(alpha, yBar, a, into);
                AddScaled(beta, yBar, b, into);
            },
            (from, yDot) =>
            {
                if (from[a] is { } aDot && from[b] is { } bDot)
                {
                    LinearCombination.Run([alpha, beta], [aDot, bDot], yDot);
                }
                else
                {
                    Kernels.Scale.Run(from[a] is null ? beta : alpha, (from[a] ?? from[b])!, yDot);
                }
            },
            from => from[a] is { } aTangent && from[b] is { } bTangent
                ? tape.WeightedSum(alpha, aTangent, beta, bTangent)
                : tape.Scale(from[a] is null ? beta : alpha, (from[a] ?? from[b])!),
            Reads.None);
    }

    private static void AddScaled(double factor, Tensor yBar, Variable input, Cotangents into)
    {
        if (into.Wants(input))
        {
            (Tensor xBar, WriteMode mode) = into.Of(input);
            Kernels.Scale.Run(factor, yBar, xBar, mode);
        }
    }
}
