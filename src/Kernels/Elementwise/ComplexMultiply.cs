using System.Numerics;
using System.Runtime.CompilerServices;
using Stardeq.Engine;

namespace Stardeq.Kernels;

// complex multiply: y[r,i] = a[i] b[r,i]  or  conj(a[i]) b[r,i]
// gradient: the conjugate product · spec: tests/Kernels/ComplexMultiplyTests.cs

/// <summary>Complex product, element by element, with a repeated over the leading axes of b.</summary>
public static unsafe class ComplexMultiply
{
    private const long Grain = 8 * 1024; // complex numbers, some 20 microseconds of memory traffic

    /// <summary>y = a · b. y may be the same memory as b.</summary>
    /// <param name="a">complex64 or complex128; its shape is that of b, or of the trailing axes of b.</param>
    /// <param name="b">Of the type of a.</param>
    /// <param name="y">Like <paramref name="b"/>; replaced.</param>
    /// <exception cref="ShapeException">Types or shapes do not fit, or y overlaps an input in part.</exception>
    public static void Run(Tensor a, Tensor b, Tensor y) => Run("complex multiply", a, b, y, conjugate: false);

    /// <summary>y = conj(a) · b. y may be the same memory as b.</summary>
    /// <inheritdoc cref="Run(Tensor, Tensor, Tensor)"/>
    public static void ConjugateRun(Tensor a, Tensor b, Tensor y) => Run("conjugate multiply", a, b, y, conjugate: true);

    private static void Run(string operation, Tensor a, Tensor b, Tensor y, bool conjugate)
    {
        Operands.RequireComplex(operation, nameof(a), a);
        Trailing.Require(operation, nameof(a), a.Shape, nameof(b), b);
        Operands.Require(operation, nameof(b), b, a.DType, b.Shape, a.Device);
        Operands.RequireLike(operation, nameof(y), y, b);
        Operands.RequireSameOrApart(operation, nameof(b), b, nameof(y), y);
        if (a.Shape == b.Shape)
        {
            Operands.RequireSameOrApart(operation, nameof(a), a, nameof(y), y);
        }
        else
        {
            Operands.RequireApart(operation, nameof(a), a, nameof(y), y);
        }

        using OpenSpan? span = y.Device.Spans?.Begin(operation, Work.Pass(3, y, a, b));
        if (y.Device is CudaDevice cuda)
        {
            RunCuda(cuda, a, b, y, conjugate, WriteMode.Overwrite);
            return;
        }

        var cpu = (CpuDevice)y.Device;
        if (a.DType == DType.Complex128)
        {
            Complex* pa = a.Pointer<Complex>(), pb = b.Pointer<Complex>(), py = y.Pointer<Complex>();
            Trailing.ForEach(cpu, a.Count, b.Count, Grain, (factor, start, count) =>
            {
                for (long i = 0; i < count; i++)
                {
                    py[start + i] = (conjugate ? Complex.Conjugate(pa[factor + i]) : pa[factor + i]) * pb[start + i];
                }
            });
        }
        else
        {
            float sign = conjugate ? -1 : 1;
            float* pa = a.AsReal().Pointer<float>(), pb = b.AsReal().Pointer<float>(), py = y.AsReal().Pointer<float>();
            Trailing.ForEach(cpu, a.Count, b.Count, Grain, (factor, start, count) =>
                LaneKernels.Run(new Product(pa + (2 * factor), pb + (2 * start), py + (2 * start), (nint)count, sign)));
        }
    }

    /// <summary>The product without checks, stored or added, with a repeated over the leading axes of b.</summary>
    internal static void RunCuda(CudaDevice cuda, Tensor a, Tensor b, Tensor y, bool conjugate, WriteMode mode)
    {
        long period = a.Count, repeats = b.Count / Math.Max(1, period);
        CudaGrids.Repeated(cuda.Kernel("complex_multiply", y.DType), period, repeats)
            .With(a).With(b).With(y).With(conjugate ? 1 : 0).With(mode == WriteMode.Add ? 1 : 0).With(period).With(repeats).Launch();
    }

    private readonly struct Product(float* a, float* b, float* y, nint count, float sign) : ILaneKernel
    {
        public void Run<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes signs = TLanes.Broadcast(sign);
            nint i = 0;
            for (; i <= count - TLanes.Width; i += TLanes.Width)
            {
                Step(a + (2 * i), b + (2 * i), y + (2 * i), signs);
            }

            if (i < count)
            {
                float* tail = stackalloc float[4 * TLanes.Width];
                float* tailOfB = tail + (2 * TLanes.Width);
                uint bytes = (uint)(count - i) * 2 * sizeof(float);
                Unsafe.CopyBlockUnaligned(tail, a + (2 * i), bytes);
                Unsafe.CopyBlockUnaligned(tailOfB, b + (2 * i), bytes);
                Step(tail, tailOfB, tail, signs);
                Unsafe.CopyBlockUnaligned(y + (2 * i), tail, bytes);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Step<TLanes>(float* a, float* b, float* y, TLanes sign)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            (TLanes aRe, TLanes aIm) = TLanes.Deinterleave(TLanes.Load(a), TLanes.Load(a + TLanes.Width));
            (TLanes bRe, TLanes bIm) = TLanes.Deinterleave(TLanes.Load(b), TLanes.Load(b + TLanes.Width));
            aIm *= sign;
            (TLanes first, TLanes second) = TLanes.Interleave((aRe * bRe) - (aIm * bIm), TLanes.MultiplyAdd(aRe, bIm, aIm * bRe));
            first.Store(y);
            second.Store(y + TLanes.Width);
        }
    }
}
