using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Kernels;

// image gradient: y[0, r, c] = x[r + 1, c] − x[r, c], y[1, r, c] = x[r, c + 1] − x[r, c], and 0 where there is no next pixel
// spec: tests/Kernels/Sparsity/ImageGradientTests.cs

/// <summary>Forward differences of complex images along both axes, in host memory. ‖D‖² is below 8.</summary>
/// <param name="rows">Rows.</param>
/// <param name="columns">Columns.</param>
public sealed unsafe class ImageGradient(int rows, int columns) : ILinearOperator
{
    /// <summary>An upper bound of ‖D‖²: each difference is at most twice the square of its two pixels, and a pixel is in four of them.</summary>
    public const double SquaredNorm = 8;

    /// <inheritdoc/>
    public Shape Domain { get; } = [rows, columns];

    /// <inheritdoc/>
    public Shape Range { get; } = [2, rows, columns];

    /// <inheritdoc/>
    public void Forward(Tensor x, Tensor y, WriteMode mode = WriteMode.Overwrite)
    {
        int count = OperatorShapes.Batch("image gradient", x, Domain, y, Range);
        using OpenSpan? span = x.Device.Spans?.Begin("image gradient", Work.Pass(1, y, mode, x));
        if (x.DType.IsDouble())
        {
            Differences<double>(x, y, count, mode);
        }
        else
        {
            Differences<float>(x, y, count, mode);
        }
    }

    /// <inheritdoc/>
    public void Adjoint(Tensor y, Tensor x, WriteMode mode = WriteMode.Overwrite)
    {
        int count = OperatorShapes.Batch("image gradient adjoint", y, Range, x, Domain);
        using OpenSpan? span = x.Device.Spans?.Begin("image gradient adjoint", Work.Pass(3, x, mode, y));
        if (x.DType.IsDouble())
        {
            Divergences<double>(y, x, count, mode);
        }
        else
        {
            Divergences<float>(y, x, count, mode);
        }
    }

    private void Differences<T>(Tensor x, Tensor y, int count, WriteMode mode)
        where T : unmanaged, INumberBase<T>
    {
        T* px = x.AsReal().Pointer<T>(), py = y.AsReal().Pointer<T>();
        nint width = 2 * columns, plane = rows * width;
        ForRows(x, count, (image, row) =>
        {
            T* source = px + ((((nint)image * rows) + row) * width), down = py + ((nint)image * 2 * plane) + (row * width), right = down + plane;
            var none = new Terms();
            (row + 1 < rows ? new Terms(source + width, 1, source, -1) : none).Write(down, width, mode);
            new Terms(source + 2, 1, source, -1).Write(right, width - 2, mode);
            none.Write(right + width - 2, 2, mode);
        });
    }

    private void Divergences<T>(Tensor y, Tensor x, int count, WriteMode mode)
        where T : unmanaged, INumberBase<T>
    {
        T* px = x.AsReal().Pointer<T>(), py = y.AsReal().Pointer<T>();
        nint width = 2 * columns, plane = rows * width;
        ForRows(x, count, (image, row) =>
        {
            T* target = px + ((((nint)image * rows) + row) * width), down = py + ((nint)image * 2 * plane) + (row * width), right = down + plane;
            (row > 0 ? new Terms(down - width, 1) : new Terms()).Write(target, width, mode);
            if (row + 1 < rows)
            {
                new Terms(down, -1).Write(target, width, WriteMode.Add);
            }

            new Terms(right, -1).Write(target, width - 2, WriteMode.Add);
            new Terms(right, 1).Write(target + 2, width - 2, WriteMode.Add);
        });
    }

    private void ForRows(Tensor images, int count, Action<int, int> body)
    {
        const int Grain = 16 * 1024; // pixels, some 20 microseconds
        ((CpuDevice)images.Device).For((long)count * rows, Math.Max(1, Grain / Math.Max(1, columns)), (start, end) =>
        {
            for (long line = start; line < end; line++)
            {
                body((int)(line / rows), (int)(line % rows));
            }
        });
    }

    /// <summary>A sum of up to two runs with signs.</summary>
    private readonly struct Terms(void* a = null, int signA = 0, void* b = null, int signB = 0)
    {
        private readonly void* _a = a, _b = b;
        private readonly int _signA = signA, _signB = signB;

        public void Write<T>(T* target, nint count, WriteMode mode)
            where T : unmanaged, INumberBase<T>
        {
            T** terms = stackalloc T*[3] { (T*)_a, (T*)_b, null };
            T* factors = stackalloc T[3] { T.CreateChecked(_signA), T.CreateChecked(_signB), T.Zero };
            int used = (_a == null ? 0 : 1) + (_b == null ? 0 : 1);
            if (mode == WriteMode.Add)
            {
                terms[used] = target;
                factors[used] = T.One;
                used++;
            }

            WeightedLines.Sum(terms, factors, used, target, count);
        }
    }
}
