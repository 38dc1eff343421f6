using System.Numerics;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

// y = γ Σ (|a| − |t|)²      ā += 2 γ ȳ (1 − |t| / |a|) a      ẏ = ⟨2 γ (1 − |t| / |a|) a, ȧ⟩      keeps: that slope      at a = 0: slope 0

/// <summary>Quadratic loss of magnitudes on a tape.</summary>
public static class SquaredMagnitudeErrorOp
{
    /// <summary>
    /// γ Σ (|a| − |t|)² for a constant γ and a constant target. Shape [], real, of the precision of a. At a = 0 the magnitude has a
    /// kink without a direction; its slope there counts as zero.
    /// </summary>
    /// <remarks>Value and slope are computed together in host memory, once per loss: it is one image beside a whole network.</remarks>
    /// <param name="tape">Tape of <paramref name="a"/>.</param>
    /// <param name="gamma">γ.</param>
    /// <param name="a">Complex, of any shape.</param>
    /// <param name="target">t, like a.</param>
    /// <exception cref="ShapeException">Types or shapes differ, or are not complex.</exception>
    public static Variable SquaredMagnitudeError(this Tape tape, double gamma, Variable a, Tensor target)
    {
        if (!a.Value.DType.IsComplex() || target.DType != a.Value.DType || target.Shape != a.Value.Shape)
        {
            throw new ShapeException($"magnitude error: {a.Value.Describe()} against {target.Describe()}; both must be complex and alike.");
        }

        Tensor slope = tape.Values.Like(a.Value), y = tape.Values.New(a.Value.DType.ToReal(), Shape.Scalar);
        Fill.Run(gamma * (a.Value.DType.IsDouble() ? Differentiate<double>(gamma, a.Value, target, slope) : Differentiate<float>(gamma, a.Value, target, slope)), y);
        return tape.Record(
            y,
            [a],
            (yBar, into) =>
            {
                (Tensor xBar, WriteMode mode) = into.Of(a);
                Scale.Run(yBar.Item(), slope, xBar, mode);
            },
            (from, yDot) => Fill.Run(Reduce.Dot(slope, from[a]!), yDot),
            reads: Reads.None);
    }

    /// <summary>Writes the slope and returns Σ (|a| − |t|)².</summary>
    private static double Differentiate<T>(double gamma, Tensor a, Tensor target, Tensor slope)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        using var scope = new TensorScope(a.Device.Host, MemoryOwner.Workspace);
        Tensor written = a.Device.IsHost ? slope : scope.Like(slope);
        Span<T> values = scope.Bring(a).RealSpan<T>(), targets = scope.Bring(target).RealSpan<T>(), slopes = written.RealSpan<T>();
        double sum = 0;
        for (int i = 0; i < values.Length; i += 2)
        {
            T magnitude = T.Hypot(values[i], values[i + 1]), difference = magnitude - T.Hypot(targets[i], targets[i + 1]);
            T factor = magnitude > T.Zero ? T.CreateChecked(2 * gamma) * difference / magnitude : T.Zero;
            (slopes[i], slopes[i + 1]) = (factor * values[i], factor * values[i + 1]);
            sum += double.CreateChecked(difference * difference);
        }

        if (written != slope)
        {
            slope.CopyFrom(written);
        }

        return sum;
    }
}
