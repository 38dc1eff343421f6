using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Kernels;

// max pool, 2 x 2, stride 2: y[b,n,i,j] = max_{a,c} x[b,n,2i+a,2j+c]; index = 2a + c of the first maximum
// gradient: Autodiff/Ops · spec: tests/Kernels/PoolTests.cs

/// <summary>Maximum over 2 x 2 windows with stride 2, and the linear maps that its choice of positions defines.</summary>
public static unsafe class MaxPool2d
{
    /// <summary>y = the largest element of each window, index = its position; the first one of equals wins.</summary>
    /// <param name="x">[batch, channel, row, column] float32 or float64, rows and columns even.</param>
    /// <param name="y">[batch, channel, row / 2, column / 2]; replaced.</param>
    /// <param name="index">int32 of the shape of y, 2 · row + column in the window; replaced.</param>
    /// <exception cref="ShapeException">A shape or type does not fit, or rows or columns are odd.</exception>
    public static void Forward(Tensor x, Tensor y, Tensor index)
    {
        Check("max pool", nameof(x), x, nameof(y), y, index);
        using OpenSpan? span = x.Device.Spans?.Begin("max pool", Work.Pass(0, y, x, index));
        if (x.Device is CudaDevice cuda)
        {
            Pooling.Grid(cuda.Kernel("max_pool", y.DType), y).With(x).With(y).With(index).With(y.Shape[3]).With(Pooling.Lines(y)).Launch();
        }
        else if (x.DType == DType.Float64)
        {
            Forward<double>(x, y, index);
        }
        else
        {
            Forward<float>(x, y, index);
        }
    }

    /// <summary>xBar at each chosen position = yBar, zero elsewhere (or +=): the adjoint of <see cref="Gather"/>.</summary>
    /// <param name="yBar">[batch, channel, row / 2, column / 2] float32 or float64.</param>
    /// <param name="index">Positions from <see cref="Forward"/>.</param>
    /// <param name="xBar">[batch, channel, row, column], rows and columns even.</param>
    /// <param name="mode">Whether xBar is replaced or added to.</param>
    /// <exception cref="ShapeException">A shape or type does not fit, or rows or columns are odd.</exception>
    public static void Backward(Tensor yBar, Tensor index, Tensor xBar, WriteMode mode)
    {
        Check("max pool backward", nameof(xBar), xBar, nameof(yBar), yBar, index);
        using OpenSpan? span = xBar.Device.Spans?.Begin("max pool backward", Work.Pass(0, xBar, mode, yBar, index));
        if (xBar.Device is CudaDevice cuda)
        {
            Pooling.Grid(cuda.Kernel("max_pool_backward", yBar.DType), yBar).With(yBar).With(index).With(xBar).With(yBar.Shape[3]).With(mode == WriteMode.Add ? 1 : 0).With(Pooling.Lines(yBar))
                .Launch();
        }
        else if (xBar.DType == DType.Float64)
        {
            Backward<double>(yBar, index, xBar, mode);
        }
        else
        {
            Backward<float>(yBar, index, xBar, mode);
        }
    }

    /// <summary>dy = dx at the chosen positions: the tangent of <see cref="Forward"/>.</summary>
    /// <param name="dx">[batch, channel, row, column] float32 or float64, rows and columns even.</param>
    /// <param name="index">Positions from <see cref="Forward"/>.</param>
    /// <param name="dy">[batch, channel, row / 2, column / 2]; replaced.</param>
    /// <exception cref="ShapeException">A shape or type does not fit, or rows or columns are odd.</exception>
    public static void Gather(Tensor dx, Tensor index, Tensor dy)
    {
        Check("max pool tangent", nameof(dx), dx, nameof(dy), dy, index);
        using OpenSpan? span = dx.Device.Spans?.Begin("max pool tangent", Work.Pass(0, dy, dx, index));
        if (dx.Device is CudaDevice cuda)
        {
            Pooling.Grid(cuda.Kernel("max_pool_gather", dy.DType), dy).With(dx).With(index).With(dy).With(dy.Shape[3]).With(Pooling.Lines(dy)).Launch();
        }
        else if (dx.DType == DType.Float64)
        {
            Gather<double>(dx, index, dy);
        }
        else
        {
            Gather<float>(dx, index, dy);
        }
    }

    private static void Check(string operation, string imageName, Tensor image, string pooledName, Tensor pooled, Tensor index)
    {
        Pooling.Require(operation, imageName, image, pooledName, pooled);
        Operands.Require(operation, nameof(index), index, DType.Int32, pooled.Shape, image.Device);
    }

    private static void Forward<T>(Tensor x, Tensor y, Tensor index)
        where T : unmanaged, INumber<T>
    {
        T* px = x.Pointer<T>(), py = y.Pointer<T>();
        int* pi = index.Pointer<int>();
        int columns = y.Shape[3];
        Pooling.ForRows(y, (start, end) =>
        {
            for (long row = start; row < end; row++)
            {
                T* top = px + (row * 4 * columns), bottom = top + (2 * columns);
                for (int j = 0; j < columns; j++)
                {
                    T largest = top[2 * j];
                    int position = 0;
                    Compare(top[(2 * j) + 1], 1, ref largest, ref position);
                    Compare(bottom[2 * j], 2, ref largest, ref position);
                    Compare(bottom[(2 * j) + 1], 3, ref largest, ref position);
                    py[(row * columns) + j] = largest;
                    pi[(row * columns) + j] = position;
                }
            }
        });
    }

    private static void Compare<T>(T candidate, int candidatePosition, ref T largest, ref int position)
        where T : unmanaged, INumber<T>
    {
        bool wins = candidate > largest || T.IsNaN(candidate);
        largest = wins ? candidate : largest;
        position = wins ? candidatePosition : position;
    }

    private static void Backward<T>(Tensor yBar, Tensor index, Tensor xBar, WriteMode mode)
        where T : unmanaged, INumber<T>
    {
        T* px = xBar.Pointer<T>(), py = yBar.Pointer<T>();
        int* pi = index.Pointer<int>();
        int columns = yBar.Shape[3];
        Pooling.ForRows(yBar, (start, end) =>
        {
            if (mode == WriteMode.Overwrite)
            {
                new Span<T>(px + (start * 4 * columns), (int)(end - start) * 4 * columns).Clear();
            }

            for (long row = start; row < end; row++)
            {
                T* top = px + (row * 4 * columns);
                for (int j = 0; j < columns; j++)
                {
                    top[Position(pi[(row * columns) + j], j, columns)] += py[(row * columns) + j];
                }
            }
        });
    }

    private static void Gather<T>(Tensor dx, Tensor index, Tensor dy)
        where T : unmanaged, INumber<T>
    {
        T* px = dx.Pointer<T>(), py = dy.Pointer<T>();
        int* pi = index.Pointer<int>();
        int columns = dy.Shape[3];
        Pooling.ForRows(dy, (start, end) =>
        {
            for (long row = start; row < end; row++)
            {
                T* top = px + (row * 4 * columns);
                for (int j = 0; j < columns; j++)
                {
                    py[(row * columns) + j] = top[Position(pi[(row * columns) + j], j, columns)];
                }
            }
        });
    }

    // From the top left corner of the window row; masked, so that a broken index cannot leave the window.
    private static long Position(int index, int j, int columns) => ((index >> 1 & 1) * 2L * columns) + (2 * j) + (index & 1);
}
