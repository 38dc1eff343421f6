using Stardeq.Engine;

namespace Stardeq.Kernels;

// real-complex multiply: y[r,i] = w[i] x[r,i], w real
// gradient: itself · spec: tests/Kernels/ComplexMultiplyTests.cs

/// <summary>Real weights times a complex array, the weights repeated over the leading axes.</summary>
public static unsafe class RealComplexMultiply
{
    private const long Grain = 8 * 1024; // complex numbers, some 20 microseconds of memory traffic

    /// <summary>y = w · x. y may be the same memory as x.</summary>
    /// <param name="w">float32 or float64; its shape is that of x, or of the trailing axes of x.</param>
    /// <param name="x">Complex, of the precision of w.</param>
    /// <param name="y">Like <paramref name="x"/>; replaced.</param>
    /// <exception cref="ShapeException">Types or shapes do not fit, or y overlaps an input in part.</exception>
    public static void Run(Tensor w, Tensor x, Tensor y)
    {
        const string Operation = "real-complex multiply";
        Operands.RequireReal(Operation, nameof(w), w);
        Trailing.Require(Operation, nameof(w), w.Shape, nameof(x), x);
        Operands.Require(Operation, nameof(x), x, w.DType.ToComplex(), x.Shape, w.Device);
        Operands.RequireLike(Operation, nameof(y), y, x);
        Operands.RequireApart(Operation, nameof(w), w, nameof(y), y);
        Operands.RequireSameOrApart(Operation, nameof(x), x, nameof(y), y);
        using OpenSpan? span = y.Device.Spans?.Begin(Operation, Work.Pass(1, y, w, x));
        if (y.Device is CudaDevice cuda)
        {
            long period = w.Count, repeats = x.Count / Math.Max(1, period);
            CudaGrids.Repeated(cuda.Kernel("real_complex_multiply", y.DType), period, repeats)
                .With(w).With(x).With(y).With(period).With(repeats).Launch();
            return;
        }

        var cpu = (CpuDevice)y.Device;
        if (w.DType == DType.Float64)
        {
            double* pw = w.Pointer<double>(), px = x.AsReal().Pointer<double>(), py = y.AsReal().Pointer<double>();
            Trailing.ForEach(cpu, w.Count, x.Count, Grain, (factor, start, count) =>
            {
                for (long i = 0; i < count; i++)
                {
                    py[2 * (start + i)] = pw[factor + i] * px[2 * (start + i)];
                    py[(2 * (start + i)) + 1] = pw[factor + i] * px[(2 * (start + i)) + 1];
                }
            });
        }
        else
        {
            float* pw = w.Pointer<float>(), px = x.AsReal().Pointer<float>(), py = y.AsReal().Pointer<float>();
            Trailing.ForEach(cpu, w.Count, x.Count, Grain, (factor, start, count) =>
                LaneKernels.Run(new Product(pw + factor, px + (2 * start), py + (2 * start), (nint)count)));
        }
    }

    private readonly struct Product(float* w, float* x, float* y, nint count) : ILaneKernel
    {
        public void Run<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes>
        {
            nint i = 0;
            for (; i <= count - TLanes.Width; i += TLanes.Width)
            {
                TLanes weight = TLanes.Load(w + i);
                (TLanes first, TLanes second) = TLanes.Interleave(weight, weight);
                (first * TLanes.Load(x + (2 * i))).Store(y + (2 * i));
                (second * TLanes.Load(x + (2 * i) + TLanes.Width)).Store(y + (2 * i) + TLanes.Width);
            }

            for (; i < count; i++)
            {
                y[2 * i] = w[i] * x[2 * i];
                y[(2 * i) + 1] = w[i] * x[(2 * i) + 1];
            }
        }
    }
}
