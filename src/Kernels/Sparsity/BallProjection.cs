using Stardeq.Engine;

namespace Stardeq.Kernels;

// ball projection: u ← u / max(1, |u| / radius), |u|² = Σ over the two planes: the nearest point with |u| ≤ radius at each pixel
// spec: tests/Kernels/Sparsity/ProximalTests.cs

/// <summary>Projects pairs of complex numbers onto a ball, in host memory: the dual step of isotropic total variation.</summary>
public static unsafe class BallProjection
{
    /// <summary>u ← u / max(1, |u| / radius), in place.</summary>
    /// <param name="u">[.., 2, rows, columns] complex.</param>
    /// <param name="radius">Above 0.</param>
    public static void Run(Tensor u, double radius)
    {
        const int Grain = 8 * 1024; // pixels, some 20 microseconds
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(radius);
        Operands.RequireComplex("ball projection", nameof(u), u);
        if (u.Shape.Rank < 3 || u.Shape[^3] != 2)
        {
            throw new ShapeException($"ball projection: u is {u.Describe()}; complex [.., 2, rows, columns] was expected.");
        }

        using OpenSpan? span = u.Device.Spans?.Begin("ball projection", Work.Pass(3, u, u));
        int rows = u.Shape[^2], columns = u.Shape[^1];
        long plane = 2L * rows * columns;
        bool isDouble = u.DType.IsDouble();
        void* pixels = isDouble ? u.AsReal().Pointer<double>() : (void*)u.AsReal().Pointer<float>();
        ((CpuDevice)u.Device).For(u.Count / 2 / Math.Max(1, columns), Math.Max(1, Grain / Math.Max(1, columns)), (start, end) =>
        {
            for (long line = start; line < end; line++)
            {
                long first = (line / rows * 2 * plane) + (line % rows * 2 * columns);
                if (isDouble)
                {
                    Define((double*)pixels + first, (double*)pixels + first + plane, columns, radius);
                }
                else
                {
                    LaneKernels.Run(new Project((float*)pixels + first, (float*)pixels + first + plane, columns, (float)(1 / radius)));
                }
            }
        });
    }

    private static void Define(double* a, double* b, int count, double radius)
    {
        for (int i = 0; i < 2 * count; i += 2)
        {
            double size = Math.Sqrt((a[i] * a[i]) + (a[i + 1] * a[i + 1]) + (b[i] * b[i]) + (b[i + 1] * b[i + 1])), divisor = Math.Max(1, size / radius);
            (a[i], a[i + 1], b[i], b[i + 1]) = (a[i] / divisor, a[i + 1] / divisor, b[i] / divisor, b[i + 1] / divisor);
        }
    }

    private readonly struct Project(float* a, float* b, int count, float inverseRadius) : ILaneKernel
    {
        public void Run<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes one = TLanes.Broadcast(1), inverse = TLanes.Broadcast(inverseRadius);
            int i = 0;
            for (; i <= count - TLanes.Width; i += TLanes.Width)
            {
                float* pa = a + (2 * i), pb = b + (2 * i);
                (TLanes aRe, TLanes aIm) = TLanes.Deinterleave(TLanes.Load(pa), TLanes.Load(pa + TLanes.Width));
                (TLanes bRe, TLanes bIm) = TLanes.Deinterleave(TLanes.Load(pb), TLanes.Load(pb + TLanes.Width));
                TLanes square = TLanes.MultiplyAdd(aRe, aRe, aIm * aIm) + TLanes.MultiplyAdd(bRe, bRe, bIm * bIm);
                TLanes factor = TLanes.Divide(one, TLanes.Max(one, inverse * TLanes.Sqrt(square)));
                Store(TLanes.Interleave(factor * aRe, factor * aIm), pa);
                Store(TLanes.Interleave(factor * bRe, factor * bIm), pb);
            }

            for (i *= 2; i < 2 * count; i += 2)
            {
                float square = (a[i] * a[i]) + (a[i + 1] * a[i + 1]) + (b[i] * b[i]) + (b[i + 1] * b[i + 1]);
                float factor = 1 / MathF.Max(1, inverseRadius * MathF.Sqrt(square));
                (a[i], a[i + 1], b[i], b[i + 1]) = (factor * a[i], factor * a[i + 1], factor * b[i], factor * b[i + 1]);
            }
        }

        private static void Store<TLanes>((TLanes First, TLanes Second) value, float* target)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            value.First.Store(target);
            value.Second.Store(target + TLanes.Width);
        }
    }
}
