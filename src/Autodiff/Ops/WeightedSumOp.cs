using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

// y = α a + β b      ā += α ȳ      b̄ += β ȳ      ẏ = α ȧ + β ḃ      keeps: nothing      α, β constants

/// <summary>Sums and differences on a tape.</summary>
public static class WeightedSumOp
{
    /// <summary>a + b.</summary>
    public static Variable Add(this Tape tape, Variable a, Variable b) => tape.WeightedSum(1, a, 1, b);

    /// <summary>a − b.</summary>
    public static Variable Subtract(this Tape tape, Variable a, Variable b) => tape.WeightedSum(1, a, -1, b);

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
                    Scale.Run(from[a] is null ? beta : alpha, (from[a] ?? from[b])!, yDot);
                }
            });
    }

    private static void AddScaled(double factor, Tensor yBar, Variable input, Cotangents into)
    {
        if (into.Wants(input))
        {
            (Tensor xBar, WriteMode mode) = into.Of(input);
            Scale.Run(factor, yBar, xBar, mode);
        }
    }
}
