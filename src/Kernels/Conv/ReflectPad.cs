using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Kernels;

// reflect pad: y[.., r, c] = x[.., ρ(r), ρ(c)], ρ(n) = n < N ? n : 2N − 2 − n
// gradient: its adjoint · spec: tests/Kernels/PaddingTests.cs

/// <summary>
/// Pads an image at the bottom and right to multiples of a number, mirrored about its last row and column, which are not
/// repeated: new row N + i equals row N − 2 − i.
/// </summary>
public sealed unsafe class ReflectPad : ILinearOperator
{
    /// <summary>The padding of images of a shape to multiples.</summary>
    /// <param name="domain">[.., row, column].</param>
    /// <param name="multiple">The padded rows and columns are the next multiples of this.</param>
    /// <exception cref="ShapeException">There are fewer than two axes, or an extent is too small to mirror.</exception>
    public ReflectPad(Shape domain, int multiple)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(multiple, 1);
        if (domain.Rank < 2)
        {
            throw new ShapeException($"reflect pad: domain {domain} has fewer than two axes; (.., row, column) were expected.");
        }

        int rows = NextMultiple(domain[^2], multiple), columns = NextMultiple(domain[^1], multiple);
        if (rows - domain[^2] >= domain[^2] || columns - domain[^1] >= domain[^1])
        {
            throw new ShapeException(
                $"reflect pad: domain {domain} to multiples of {multiple} needs {rows - domain[^2]} rows and {columns - domain[^1]} columns, but mirroring gives fewer than the image has. Use larger images or fewer poolings.");
        }

        Domain = domain;
        Range = domain[..^2].Concat([rows, columns]);
    }

    /// <inheritdoc/>
    public Shape Domain { get; }

    /// <inheritdoc/>
    public Shape Range { get; }

    /// <inheritdoc/>
    public void Forward(Tensor x, Tensor y, WriteMode mode = WriteMode.Overwrite)
    {
        Planes.Require("reflect pad", nameof(x), x, Domain, nameof(y), y, Range);
        using OpenSpan? span = x.Device.Spans?.Begin("reflect pad", Work.Pass(0, y, mode, x));
        if (x.Device is CudaDevice cuda)
        {
            Launch(cuda, "reflect_pad", x, y, Range, mode);
        }
        else if (x.DType.IsDouble())
        {
            Forward<double>(x, y, mode);
        }
        else
        {
            Forward<float>(x, y, mode);
        }
    }

    /// <inheritdoc/>
    public void Adjoint(Tensor y, Tensor x, WriteMode mode = WriteMode.Overwrite)
    {
        Planes.Require("reflect pad adjoint", nameof(y), y, Range, nameof(x), x, Domain);
        using OpenSpan? span = x.Device.Spans?.Begin("reflect pad adjoint", Work.Pass(1, y) + Work.Pass(0, x, mode));
        if (x.Device is CudaDevice cuda)
        {
            Launch(cuda, "reflect_pad_adjoint", y, x, Domain, mode);
        }
        else if (x.DType.IsDouble())
        {
            Adjoint<double>(y, x, mode);
        }
        else
        {
            Adjoint<float>(y, x, mode);
        }
    }

    /// <param name="cuda">Device.</param>
    /// <param name="kernel">Name.</param>
    /// <param name="from">Input.</param>
    /// <param name="to">Output.</param>
    /// <param name="written">Shape of the output: a thread per element.</param>
    /// <param name="mode">Whether the output is replaced or added to.</param>
    private void Launch(CudaDevice cuda, string kernel, Tensor from, Tensor to, Shape written, WriteMode mode)
    {
        int parts = Planes.Parts(from), planes = checked((int)Domain[..^2].Count);
        CudaGrids.Boxes(cuda.Kernel(kernel, from.DType), planes, written[^2], (long)written[^1] * parts)
            .With(from).With(to).With(mode == WriteMode.Add ? 1 : 0).With(parts).With(planes)
            .With(Domain[^2]).With(Domain[^1]).With(Range[^2]).With(Range[^1]).Launch();
    }

    private void Forward<T>(Tensor x, Tensor y, WriteMode mode)
        where T : unmanaged, INumberBase<T>
    {
        T* px = x.AsReal().Pointer<T>(), py = y.AsReal().Pointer<T>();
        int rows = Domain[^2], columns = Domain[^1], paddedRows = Range[^2], paddedColumns = Range[^1];
        int parts = Planes.Parts(x);
        Planes.ForEach(x, plane =>
        {
            for (int r = 0; r < paddedRows; r++)
            {
                T* source = px + (((plane * rows) + Mirror(r, rows)) * columns * parts);
                T* target = py + (((plane * paddedRows) + r) * paddedColumns * parts);
                Planes.Write(source, target, columns * parts, mode);
                for (int c = columns; c < paddedColumns; c++)
                {
                    Planes.Write(source + (Mirror(c, columns) * parts), target + (c * parts), parts, mode);
                }
            }
        });
    }

    private void Adjoint<T>(Tensor y, Tensor x, WriteMode mode)
        where T : unmanaged, INumberBase<T>
    {
        T* px = x.AsReal().Pointer<T>(), py = y.AsReal().Pointer<T>();
        int rows = Domain[^2], columns = Domain[^1], paddedRows = Range[^2], paddedColumns = Range[^1];
        int parts = Planes.Parts(x);
        Planes.ForEach(x, plane =>
        {
            for (int r = 0; r < paddedRows; r++)
            {
                T* source = py + (((plane * paddedRows) + r) * paddedColumns * parts);
                T* target = px + (((plane * rows) + Mirror(r, rows)) * columns * parts);
                Planes.Write(source, target, columns * parts, r < rows ? mode : WriteMode.Add);
                for (int c = columns; c < paddedColumns; c++)
                {
                    Planes.Write(source + (c * parts), target + (Mirror(c, columns) * parts), parts, WriteMode.Add);
                }
            }
        });
    }

    private static int Mirror(int n, int extent) => n < extent ? n : (2 * extent) - 2 - n;

    private static int NextMultiple(int extent, int multiple) => (extent + multiple - 1) / multiple * multiple;
}
