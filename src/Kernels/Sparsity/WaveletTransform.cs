using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Kernels;

// one level along an axis of n = 2m or 2m + 1: low[i] = Σ_k h[k] x[(2i + k) mod 2m], high[i] = Σ_k g[k] x[(2i + k) mod 2m], i < m; an odd last
// element joins the low part as it is. Both axes, then again on the low part of both. Orthogonal, so the inverse is the adjoint.
// spec: tests/Kernels/Sparsity/WaveletTransformTests.cs

/// <summary>Orthogonal periodic wavelet transform of complex images of any size, in host memory.</summary>
/// <remarks>The coefficients lie as in [MAL89]: the low part of each level in the top left corner, of <see cref="CoarseRows"/> ×
/// <see cref="CoarseColumns"/> at the end. Same bits for any number of threads.</remarks>
public sealed unsafe class WaveletTransform : ILinearOperator
{
    private const int StripColumns = 32; // complex columns that are filtered together, so that their rows stay in the cache

    private readonly WaveletFilter _filter;
    private readonly (int Rows, int Columns)[] _levels;

    /// <summary>The transform of images of a size.</summary>
    /// <param name="wavelet">Which.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="levels">Levels; an axis of one element is left as it is.</param>
    public WaveletTransform(Wavelet wavelet, int rows, int columns, int levels)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(levels);
        _filter = WaveletFilter.Of(wavelet);
        Domain = [rows, columns];
        _levels = new (int, int)[levels];
        (CoarseRows, CoarseColumns) = (rows, columns);
        for (int level = 0; level < levels; level++)
        {
            _levels[level] = (CoarseRows, CoarseColumns);
            (CoarseRows, CoarseColumns) = ((CoarseRows + 1) / 2, (CoarseColumns + 1) / 2);
        }
    }

    /// <inheritdoc/>
    public Shape Domain { get; }

    /// <inheritdoc/>
    public Shape Range => Domain;

    /// <summary>Rows of the low part that is left.</summary>
    public int CoarseRows { get; }

    /// <summary>Columns of the low part that is left.</summary>
    public int CoarseColumns { get; }

    /// <summary>The number of levels that leaves 16 to 31 pixels along the shorter axis: coarser structures are not sparse.</summary>
    public static int Levels(int rows, int columns)
    {
        const int Coarsest = 16;
        return Math.Max(1, BitOperations.Log2((uint)Math.Max(1, Math.Min(rows, columns) / Coarsest)));
    }

    /// <inheritdoc/>
    public void Forward(Tensor x, Tensor y, WriteMode mode = WriteMode.Overwrite) => Write("wavelet transform", x, y, mode, isInverse: false);

    /// <inheritdoc/>
    public void Adjoint(Tensor y, Tensor x, WriteMode mode = WriteMode.Overwrite) => Write("inverse wavelet transform", y, x, mode, isInverse: true);

    /// <summary>Replaces images by their coefficients, or coefficients by their images.</summary>
    internal void InPlace(Tensor images, bool isInverse)
    {
        using OpenSpan? span = images.Device.Spans?.Begin("wavelet transform", Count(images));
        if (images.DType.IsDouble())
        {
            Run<double>(images, isInverse);
        }
        else
        {
            Run<float>(images, isInverse);
        }
    }

    private void Write(string operation, Tensor from, Tensor to, WriteMode mode, bool isInverse)
    {
        OperatorShapes.Batch(operation, from, Domain, to, Range);
        using var work = new TensorScope(to.Device, MemoryOwner.Workspace);
        Tensor target = mode == WriteMode.Overwrite ? to : work.Like(to);
        target.CopyFrom(from);
        InPlace(target, isInverse);
        if (target != to)
        {
            Scale.Run(1, target, to, WriteMode.Add);
        }
    }

    // Along both axes of each level one product and sum per tap and number, all of the level in and out once.
    private WorkCount Count(Tensor images)
    {
        double share = _levels.Sum(level => (double)level.Rows * level.Columns) / Math.Max(1, Domain.Count);
        return 2 * share * Work.Pass(2 * _filter.Low.Length, images, images);
    }

    private void Run<T>(Tensor images, bool isInverse)
        where T : unmanaged, INumberBase<T>
    {
        var cpu = (CpuDevice)images.Device;
        int pitch = Domain[1], count = checked((int)(images.Count / Math.Max(1, Domain.Count)));
        T* pixels = images.AsReal().Pointer<T>();
        for (int step = 0; step < _levels.Length; step++)
        {
            (int rows, int columns) = _levels[isInverse ? _levels.Length - 1 - step : step];
            var lines = new WaveletLines<T>(_filter, columns, isInverse);
            int strips = (columns + StripColumns - 1) / StripColumns;
            void AlongRows() => cpu.For((long)count * rows, Math.Max(1, 2048 / columns), (start, end) =>
            {
                for (long line = start; line < end; line++)
                {
                    lines.Row(pixels + (2 * pitch * ((line / rows * Domain[0]) + (line % rows))));
                }
            });
            void AlongColumns() => cpu.For(count * strips, item =>
            {
                int first = item % strips * StripColumns;
                lines.Columns(pixels + (2 * (((long)item / strips * Domain.Count) + first)), rows, 2 * Math.Min(StripColumns, columns - first), 2 * pitch);
            });
            if (isInverse)
            {
                AlongColumns();
                AlongRows();
            }
            else
            {
                AlongRows();
                AlongColumns();
            }
        }
    }
}
