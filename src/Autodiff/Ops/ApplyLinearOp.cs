using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

// y = A x      x̄ += Aᴴ ȳ      ẏ = A ẋ      keeps: nothing
// The one rule of all linear operators; their gradient test is their adjoint test.

/// <summary>Linear operators on a tape.</summary>
public static class ApplyLinearOp
{
    /// <summary>y = A x.</summary>
    /// <param name="tape">Tape of <paramref name="x"/>.</param>
    /// <param name="linear">The operator; must outlive the tape.</param>
    /// <param name="x">Of the operator's domain, which leading batch axes may precede.</param>
    /// <exception cref="ShapeException">x does not end in the operator's domain.</exception>
    public static Variable Apply(this Tape tape, ILinearOperator linear, Variable x)
    {
        Tensor y = tape.Values.New(linear.RangeType(x.Value.DType), RangeFor(linear, x.Value));
        linear.Forward(x.Value, y);
        return tape.Record(
            y,
            [x],
            (yBar, into) =>
            {
                (Tensor xBar, WriteMode mode) = into.Of(x);
                linear.Adjoint(yBar, xBar, mode);
            },
            (from, yDot) => linear.Forward(from[x]!, yDot),
            from => tape.Apply(linear, from[x]!),
            Reads.None);
    }

    /// <summary>y = Aᴴ x.</summary>
    /// <param name="tape">Tape of <paramref name="x"/>.</param>
    /// <param name="linear">The operator; must outlive the tape.</param>
    /// <param name="x">Of the operator's range, which leading batch axes may precede.</param>
    public static Variable ApplyAdjoint(this Tape tape, ILinearOperator linear, Variable x) =>
        tape.Apply(new AdjointOperator(linear), x);

    private static Shape RangeFor(ILinearOperator linear, Tensor x)
    {
        int batchAxes = x.Shape.Rank - linear.Domain.Rank;
        return batchAxes >= 0 && x.Shape[batchAxes..] == linear.Domain
            ? x.Shape[..batchAxes].Concat(linear.Range)
            : throw new ShapeException($"{linear.GetType().Name}: x is {x.Describe()}, the operator maps {linear.Domain} to {linear.Range}.");
    }

    private sealed class AdjointOperator(ILinearOperator inner) : ILinearOperator
    {
        public Shape Domain => inner.Range;

        public Shape Range => inner.Domain;

        public void Forward(Tensor x, Tensor y, WriteMode mode) => inner.Adjoint(x, y, mode);

        public void Adjoint(Tensor y, Tensor x, WriteMode mode) => inner.Forward(y, x, mode);

        public DType RangeType(DType input) => inner.DomainType(input);

        public DType DomainType(DType output) => inner.RangeType(output);
    }
}
