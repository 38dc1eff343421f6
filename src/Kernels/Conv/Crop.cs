using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Kernels;

// crop: y[.., r, c] = x[.., r, c], r < rows, c < columns; adjoint: zero padding at the bottom and right
// gradient: its adjoint · spec: tests/Kernels/PaddingTests.cs

/// <summary>Keeps the top left part of an image. Its adjoint pads with zeros at the bottom and right.</summary>
public sealed unsafe class Crop : ILinearOperator
{
    /// <summary>The crop of images of a shape.</summary>
    /// <param name="domain">[.., row, column].</param>
    /// <param name="rows">Rows to keep.</param>
    /// <param name="columns">Columns to keep.</param>
    /// <exception cref="ShapeException">There are fewer than two axes, or fewer rows or columns than are to be kept.</exception>
    public Crop(Shape domain, int rows, int columns)
    {
        if (domain.Rank < 2 || rows < 0 || columns < 0 || domain[^2] < rows || domain[^1] < columns)
        {
            throw new ShapeException($"crop: {rows} x {columns} of images {domain} were asked for; axes (.., row, column) at least as large were expected.");
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
        Planes.Require("crop", nameof(x), x, Domain, nameof(y), y, Range);
        using OpenSpan? span = x.Device.Spans?.Begin("crop", Work.Pass(0, y, mode, y));
        if (x.Device is CudaDevice cuda)
        {
            Launch(cuda, x, y, mode);
        }
        else if (x.DType.IsDouble())
        {
            Copy<double>(x, y, mode);
        }
        else
        {
            Copy<float>(x, y, mode);
        }
    }

    /// <inheritdoc/>
    public void Adjoint(Tensor y, Tensor x, WriteMode mode = WriteMode.Overwrite)
    {
        Planes.Require("crop adjoint", nameof(y), y, Range, nameof(x), x, Domain);
        using OpenSpan? span = x.Device.Spans?.Begin("crop adjoint", Work.Pass(0, mode == WriteMode.Add ? y : x, mode, y));
        if (mode == WriteMode.Overwrite)
        {
            x.Clear();
        }

        if (x.Device is CudaDevice cuda)
        {
            Launch(cuda, y, x, mode);
        }
        else if (x.DType.IsDouble())
        {
            Copy<double>(y, x, mode);
        }
        else
        {
            Copy<float>(y, x, mode);
        }
    }

    private void Launch(CudaDevice cuda, Tensor from, Tensor to, WriteMode mode)
    {
        int planes = checked((int)Range[..^2].Count), rows = Range[^2], parts = Planes.Parts(from);
        CudaGrids.CopyBox(cuda, from, to, planes, rows, (long)Range[^1] * parts, (from.Shape[^2], from.Shape[^1] * (long)parts), (to.Shape[^2], to.Shape[^1] * (long)parts), mode);
    }

    private void Copy<T>(Tensor from, Tensor to, WriteMode mode)
        where T : unmanaged, INumberBase<T>
    {
        T* source = from.AsReal().Pointer<T>(), target = to.AsReal().Pointer<T>();
        int parts = Planes.Parts(from), rows = Range[^2], columns = Range[^1];
        int sourceRows = from.Shape[^2], sourceColumns = from.Shape[^1], targetRows = to.Shape[^2], targetColumns = to.Shape[^1];
        Planes.ForEach(from, plane =>
        {
            for (int r = 0; r < rows; r++)
            {
                Planes.Write(
                    source + (((plane * sourceRows) + r) * sourceColumns * parts),
                    target + (((plane * targetRows) + r) * targetColumns * parts),
                    columns * parts,
                    mode);
            }
        });
    }
}
