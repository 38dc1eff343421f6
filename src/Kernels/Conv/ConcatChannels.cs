using Stardeq.Engine;

namespace Stardeq.Kernels;

// concat: y[b, 0..Ca, ...] = a[b], y[b, Ca..Ca+Cb, ...] = b[b]
// gradient: Autodiff/Ops · spec: tests/Kernels/ConcatChannelsTests.cs

/// <summary>Joins two arrays along axis 1, the channels.</summary>
public static class ConcatChannels
{
    /// <summary>y = a and b joined along axis 1.</summary>
    /// <param name="a">[batch, channels of a, ...] of any floating-point type.</param>
    /// <param name="b">[batch, channels of b, ...], otherwise like <paramref name="a"/>.</param>
    /// <param name="y">[batch, channels of a + channels of b, ...]; replaced.</param>
    /// <exception cref="ShapeException">Types or shapes do not fit, or y overlaps an input.</exception>
    public static void Forward(Tensor a, Tensor b, Tensor y)
    {
        const string Operation = "concat channels";
        Operands.RequireFloating(Operation, nameof(a), a);
        if (a.Shape.Rank < 2 || b.Shape.Rank != a.Shape.Rank || b.Shape[0] != a.Shape[0] || b.Shape[2..] != a.Shape[2..])
        {
            throw new ShapeException($"{Operation}: a is {a.Describe()}, b is {b.Describe()}; they may differ in axis 1 only.");
        }

        Operands.Require(Operation, nameof(b), b, a.DType, b.Shape, a.Device);
        Operands.Require(Operation, nameof(y), y, a.DType, Joined(a.Shape, a.Shape[1] + b.Shape[1]), a.Device);
        Operands.RequireApart(Operation, nameof(a), a, nameof(y), y);
        Operands.RequireApart(Operation, nameof(b), b, nameof(y), y);
        using OpenSpan? span = y.Device.Spans?.Begin(Operation, Work.Pass(0, y, a, b));
        int first = a.Shape[1];
        if (y.Device is CudaDevice cuda)
        {
            CopyCuda(cuda, y, a, 0, intoWhole: true, WriteMode.Overwrite);
            CopyCuda(cuda, y, b, first, intoWhole: true, WriteMode.Overwrite);
            return;
        }

        ((CpuDevice)y.Device).For(2 * y.Shape[0], half =>
        {
            (int image, int which) = Math.DivRem(half, 2);
            Tensor target = y.Slice(image);
            if (which == 0)
            {
                target.Slice(0, first).CopyFrom(a.Slice(image));
            }
            else
            {
                target.Slice(first, target.Shape[0] - first).CopyFrom(b.Slice(image));
            }
        });
    }

    /// <summary>aBar and bBar = the parts of yBar (or += them): the adjoint of <see cref="Forward"/>.</summary>
    /// <param name="yBar">[batch, channels of a + channels of b, ...] of any floating-point type.</param>
    /// <param name="aBar">[batch, channels of a, ...], or null if it is not wanted.</param>
    /// <param name="bBar">[batch, channels of b, ...], or null if it is not wanted.</param>
    /// <param name="mode">Whether aBar and bBar are replaced or added to.</param>
    /// <exception cref="ShapeException">Types or shapes do not fit, or an output overlaps yBar.</exception>
    public static void Backward(Tensor yBar, Tensor? aBar, Tensor? bBar, WriteMode mode)
    {
        const string Operation = "concat channels backward";
        Operands.RequireFloating(Operation, nameof(yBar), yBar);
        if (aBar is not null && bBar is not null && aBar.Shape.Rank > 1 && bBar.Shape.Rank > 1)
        {
            Operands.Require(Operation, nameof(yBar), yBar, yBar.DType, Joined(yBar.Shape, aBar.Shape[1] + bBar.Shape[1]), yBar.Device);
        }

        using OpenSpan? span = yBar.Device.Spans?.Begin(Operation, Work.Copies(mode, aBar, bBar));
        Part(Operation, yBar, aBar, nameof(aBar), atEnd: false, mode);
        Part(Operation, yBar, bBar, nameof(bBar), atEnd: true, mode);
    }

    private static void Part(string operation, Tensor yBar, Tensor? part, string name, bool atEnd, WriteMode mode)
    {
        if (part is null)
        {
            return;
        }

        if (yBar.Shape.Rank < 2 || part.Shape.Rank != yBar.Shape.Rank || part.Shape[1] > yBar.Shape[1])
        {
            throw new ShapeException($"{operation}: {name} is {part.Describe()}; a part of yBar, {yBar.Describe()}, along axis 1 was expected.");
        }

        int channels = part.Shape[1];
        Operands.Require(operation, name, part, yBar.DType, Joined(yBar.Shape, channels), yBar.Device);
        Operands.RequireApart(operation, nameof(yBar), yBar, name, part);
        int start = atEnd ? yBar.Shape[1] - channels : 0;
        if (yBar.Device is CudaDevice cuda)
        {
            CopyCuda(cuda, yBar, part, start, intoWhole: false, mode);
            return;
        }

        for (int image = 0; image < yBar.Shape[0]; image++)
        {
            Scale.Run(1, yBar.Slice(image).Slice(start, channels), part.Slice(image), mode);
        }
    }

    /// <summary>Copies a part to or from its place in the whole: an image is a row, of which the part is a piece.</summary>
    private static void CopyCuda(CudaDevice cuda, Tensor whole, Tensor part, int start, bool intoWhole, WriteMode mode)
    {
        int batch = whole.Shape[0], channels = whole.Shape[1];
        if (part.Count == 0)
        {
            return;
        }

        Tensor place = whole.Reshape(Shape.Create([batch * channels]).Concat(whole.Shape[2..])).Slice(start, (batch * channels) - start);
        long wholeRow = whole.AsReal().Count / batch, partRow = part.AsReal().Count / batch;
        if (intoWhole)
        {
            CudaGrids.CopyBox(cuda, part, place, 1, batch, partRow, (batch, partRow), (batch, wholeRow), mode);
        }
        else
        {
            CudaGrids.CopyBox(cuda, place, part, 1, batch, partRow, (batch, wholeRow), (batch, partRow), mode);
        }
    }

    private static Shape Joined(Shape shape, int channels) => Shape.Create([shape[0], channels]).Concat(shape[2..]);
}
