using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Kernels;

// average pool, 2 x 2, stride 2: y[b,n,i,j] = ¼ Σ_{a,c} x[b,n,2i+a,2j+c]
// gradient: Autodiff/Ops · spec: tests/Kernels/PoolTests.cs

/// <summary>Mean over 2 x 2 windows with stride 2.</summary>
public static unsafe class AveragePool2d
{
    /// <summary>y[b,n,i,j] = mean of the window (2i, 2j) of x.</summary>
    /// <param name="x">[batch, channel, row, column] float32 or float64, rows and columns even.</param>
    /// <param name="y">[batch, channel, row / 2, column / 2]; replaced.</param>
    /// <exception cref="ShapeException">A shape or type does not fit, or rows or columns are odd.</exception>
    public static void Forward(Tensor x, Tensor y)
    {
        Pooling.Require("average pool", nameof(x), x, nameof(y), y);
        using OpenSpan? span = x.Device.Spans?.Begin("average pool", Work.Pass(4, y, x));
        if (x.Device is CudaDevice cuda)
        {
            Pooling.Grid(cuda.Kernel("average_pool", y.DType), y).With(x).With(y).With(y.Shape[3]).With(Pooling.Lines(y)).Launch();
        }
        else if (x.DType == DType.Float64)
        {
            ForwardDefinition(x, y);
        }
        else
        {
            float* px = x.Pointer<float>(), py = y.Pointer<float>();
            int columns = y.Shape[3];
            Pooling.ForRows(y, (start, end) => LaneKernels.Run(new MeanRows(px, py, columns, start, end)));
        }
    }

    /// <summary>xBar[b,n,2i+a,2j+c] = ¼ yBar[b,n,i,j] (or += ...): the adjoint of <see cref="Forward"/>.</summary>
    /// <param name="yBar">[batch, channel, row / 2, column / 2] float32 or float64.</param>
    /// <param name="xBar">[batch, channel, row, column], rows and columns even.</param>
    /// <param name="mode">Whether xBar is replaced or added to.</param>
    /// <exception cref="ShapeException">A shape or type does not fit, or rows or columns are odd.</exception>
    public static void Backward(Tensor yBar, Tensor xBar, WriteMode mode)
    {
        Pooling.Require("average pool backward", nameof(xBar), xBar, nameof(yBar), yBar);
        using OpenSpan? span = xBar.Device.Spans?.Begin("average pool backward", Work.Pass(1, yBar) + Work.Pass(0, xBar, mode));
        if (xBar.Device is CudaDevice cuda)
        {
            Pooling.Grid(cuda.Kernel("average_pool_backward", yBar.DType), yBar).With(yBar).With(xBar).With(yBar.Shape[3]).With(mode == WriteMode.Add ? 1 : 0).With(Pooling.Lines(yBar)).Launch();
        }
        else if (xBar.DType == DType.Float64)
        {
            Backward<double>(yBar, xBar, mode);
        }
        else
        {
            Backward<float>(yBar, xBar, mode);
        }
    }

    private static void ForwardDefinition(Tensor x, Tensor y)
    {
        double* px = x.Pointer<double>(), py = y.Pointer<double>();
        int columns = y.Shape[3];
        Pooling.ForRows(y, (start, end) =>
        {
            for (long row = start; row < end; row++)
            {
                double* top = px + (row * 4 * columns), bottom = top + (2 * columns), target = py + (row * columns);
                for (int j = 0; j < columns; j++)
                {
                    target[j] = (top[2 * j] + top[(2 * j) + 1] + bottom[2 * j] + bottom[(2 * j) + 1]) / 4;
                }
            }
        });
    }

    private static void Backward<T>(Tensor yBar, Tensor xBar, WriteMode mode)
        where T : unmanaged, INumberBase<T>
    {
        T* px = xBar.Pointer<T>(), py = yBar.Pointer<T>();
        int columns = yBar.Shape[3];
        T quarter = T.CreateChecked(0.25);
        Pooling.ForRows(yBar, (start, end) =>
        {
            for (long row = start; row < end; row++)
            {
                T* top = px + (row * 4 * columns), bottom = top + (2 * columns), source = py + (row * columns);
                if (mode == WriteMode.Overwrite)
                {
                    for (int j = 0; j < columns; j++)
                    {
                        T share = quarter * source[j];
                        top[2 * j] = top[(2 * j) + 1] = bottom[2 * j] = bottom[(2 * j) + 1] = share;
                    }

                    continue;
                }

                for (int j = 0; j < columns; j++)
                {
                    T share = quarter * source[j];
                    top[2 * j] += share;
                    top[(2 * j) + 1] += share;
                    bottom[2 * j] += share;
                    bottom[(2 * j) + 1] += share;
                }
            }
        });
    }

    private readonly struct MeanRows(float* x, float* y, int columns, long start, long end) : ILaneKernel
    {
        public void Run<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes quarter = TLanes.Broadcast(0.25f);
            for (long row = start; row < end; row++)
            {
                float* top = x + (row * 4 * columns), bottom = top + (2 * columns), target = y + (row * columns);
                nint j = 0;
                for (; j <= columns - TLanes.Width; j += TLanes.Width)
                {
                    TLanes first = TLanes.Load(top + (2 * j)) + TLanes.Load(bottom + (2 * j));
                    TLanes second = TLanes.Load(top + (2 * j) + TLanes.Width) + TLanes.Load(bottom + (2 * j) + TLanes.Width);
                    (TLanes even, TLanes odd) = TLanes.Deinterleave(first, second);
                    (quarter * (even + odd)).Store(target + j);
                }

                for (; j < columns; j++)
                {
                    target[j] = 0.25f * (top[2 * j] + bottom[2 * j] + (top[(2 * j) + 1] + bottom[(2 * j) + 1]));
                }
            }
        }
    }
}
