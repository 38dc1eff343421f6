using Stardeq.Engine;

namespace Stardeq.Kernels;

// soft threshold: x ← x max(0, 1 − τ/|x|), the proximal map of τ Σ|x|
// spec: tests/Kernels/Sparsity/ProximalTests.cs

/// <summary>Shrinks the magnitude of complex numbers by a constant, in host memory.</summary>
public static unsafe class SoftThreshold
{
    /// <summary>x ← x max(0, 1 − τ/|x|), in place, except for the top left corner of each image.</summary>
    /// <param name="x">[.., rows, columns] complex.</param>
    /// <param name="threshold">τ ≥ 0.</param>
    /// <param name="cornerRows">Rows of the corner that stays as it is.</param>
    /// <param name="cornerColumns">Columns of that corner.</param>
    public static void Run(Tensor x, double threshold, int cornerRows = 0, int cornerColumns = 0)
    {
        const int Grain = 8 * 1024; // complex numbers, some 20 microseconds
        ArgumentOutOfRangeException.ThrowIfNegative(threshold);
        Operands.RequireComplex("soft threshold", nameof(x), x);
        if (threshold == 0)
        {
            return;
        }

        using OpenSpan? span = x.Device.Spans?.Begin("soft threshold", Work.Pass(4, x, x));
        int rows = x.Shape[^2], columns = x.Shape[^1];
        bool isDouble = x.DType.IsDouble();
        void* pixels = isDouble ? x.AsReal().Pointer<double>() : (void*)x.AsReal().Pointer<float>();
        ((CpuDevice)x.Device).For(x.Count / Math.Max(1, columns), Math.Max(1, Grain / Math.Max(1, columns)), (start, end) =>
        {
            for (long line = start; line < end; line++)
            {
                int skipped = line % rows < cornerRows ? cornerColumns : 0;
                long first = 2 * ((line * columns) + skipped);
                if (isDouble)
                {
                    Define((double*)pixels + first, columns - skipped, threshold);
                }
                else
                {
                    LaneKernels.Run(new Shrink((float*)pixels + first, columns - skipped, (float)threshold));
                }
            }
        });
    }

    private static void Define(double* x, int count, double threshold)
    {
        for (int i = 0; i < 2 * count; i += 2)
        {
            double size = Math.Sqrt((x[i] * x[i]) + (x[i + 1] * x[i + 1])), factor = size > threshold ? 1 - (threshold / size) : 0;
            (x[i], x[i + 1]) = (factor * x[i], factor * x[i + 1]);
        }
    }

    private readonly struct Shrink(float* x, int count, float threshold) : ILaneKernel
    {
        public void Run<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes one = TLanes.Broadcast(1), level = TLanes.Broadcast(threshold);
            int i = 0;
            for (; i <= count - TLanes.Width; i += TLanes.Width)
            {
                float* at = x + (2 * i);
                (TLanes re, TLanes im) = TLanes.Deinterleave(TLanes.Load(at), TLanes.Load(at + TLanes.Width));
                TLanes size = TLanes.Sqrt(TLanes.MultiplyAdd(re, re, im * im));
                TLanes factor = TLanes.SelectPositive(size - level, one - TLanes.Divide(level, size), TLanes.Zero);
                (TLanes first, TLanes second) = TLanes.Interleave(factor * re, factor * im);
                first.Store(at);
                second.Store(at + TLanes.Width);
            }

            for (i *= 2; i < 2 * count; i += 2)
            {
                float size = MathF.Sqrt((x[i] * x[i]) + (x[i + 1] * x[i + 1])), factor = size > threshold ? 1 - (threshold / size) : 0;
                (x[i], x[i + 1]) = (factor * x[i], factor * x[i + 1]);
            }
        }
    }
}
