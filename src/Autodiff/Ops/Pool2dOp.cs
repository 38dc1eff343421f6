using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

// average: y = ¼ Σ x over 2 × 2      x̄ += ¼ ȳ spread      ẏ = ¼ Σ ẋ                  keeps: nothing
// maximum: y = max x over 2 × 2      x̄ += ȳ at the maximum      ẏ = ẋ there      keeps: positions; first of equals wins

/// <summary>2 × 2 pooling of stride 2 on a tape.</summary>
public static class Pool2dOp
{
    /// <summary>Mean of each 2 × 2 window. x: [batch, channel, rows, columns], even sizes.</summary>
    public static Variable AveragePool2d(this Tape tape, Variable x)
    {
        Tensor y = tape.Values.New(x.Value.DType, Halved(x));
        Kernels.AveragePool2d.Forward(x.Value, y);
        return tape.Record(
            y,
            [x],
            (yBar, into) =>
            {
                (Tensor xBar, WriteMode mode) = into.Of(x);
                Kernels.AveragePool2d.Backward(yBar, xBar, mode);
            },
            (from, yDot) => Kernels.AveragePool2d.Forward(from[x]!, yDot),
            from => tape.AveragePool2d(from[x]!),
            Reads.None);
    }

    /// <summary>Maximum of each 2 × 2 window. x: [batch, channel, rows, columns], even sizes.</summary>
    public static Variable MaxPool2d(this Tape tape, Variable x)
    {
        Tensor y = tape.Values.New(x.Value.DType, Halved(x));
        Tensor position = tape.Values.New(DType.Int32, Halved(x));
        Kernels.MaxPool2d.Forward(x.Value, y, position);
        return tape.RecordGathered(x, position, y);
    }

    /// <summary>The elements of v at positions that a maximum chose: linear, the positions are constant.</summary>
    private static Variable GatherMaxima(this Tape tape, Variable v, Tensor position)
    {
        Tensor y = tape.Values.New(v.Value.DType, Halved(v));
        Kernels.MaxPool2d.Gather(v.Value, position, y);
        return tape.RecordGathered(v, position, y);
    }

    /// <summary>The rules that choosing by maximum and choosing at given positions share.</summary>
    private static Variable RecordGathered(this Tape tape, Variable x, Tensor position, Tensor y) => tape.Record(
        y,
        [x],
        (yBar, into) =>
        {
            (Tensor xBar, WriteMode mode) = into.Of(x);
            Kernels.MaxPool2d.Backward(yBar, position, xBar, mode);
        },
        (from, yDot) => Kernels.MaxPool2d.Gather(from[x]!, position, yDot),
        from => tape.GatherMaxima(from[x]!, position),
        Reads.None);

    private static Shape Halved(Variable x)
    {
        Shape shape = x.Value.Shape;
        return [shape[0], shape[1], shape[2] / 2, shape[3] / 2];
    }
}
