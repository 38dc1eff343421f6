using System.Runtime.Intrinsics;
using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>The most float32 arithmetic that a processor does, measured: multiply-adds of independent registers.</summary>
public static unsafe class PeakArithmetic
{
    private const int Chains = 12;       // independent sums: more than latency times units (4 cycles, 2 units), fewer than registers
    private const int Rounds = 100_000;  // of one item: some 0.2 ms, so that handing out items costs nothing
    private const int ItemsPerThread = 64;

    /// <summary>Vector widths of this machine in bits, widest first.</summary>
    public static IReadOnlyList<int> Widths { get; } =
    [
        .. Vector512.IsHardwareAccelerated ? [512] : Array.Empty<int>(),
        .. Vector256.IsHardwareAccelerated ? [256] : Array.Empty<int>(),
        128,
    ];

    /// <summary>FLOP/s of all threads of a device; a multiply-add counts as two.</summary>
    /// <param name="device">Whose threads work.</param>
    /// <param name="width">One of <see cref="Widths"/>.</param>
    /// <exception cref="ArgumentException">The machine has no vectors of that width.</exception>
    public static double Measure(CpuDevice device, int width)
    {
        if (!Widths.Contains(width))
        {
            throw new ArgumentException($"peak arithmetic: there are no vectors of {width} bits here, only of {string.Join(", ", Widths)}.", nameof(width));
        }

        using var scope = new TensorScope(device, MemoryOwner.Workspace);
        int items = device.Threads * ItemsPerThread;
        float* sums = scope.New(DType.Float32, [items]).Pointer<float>();
        double seconds = Fastest.Seconds(() => device.For(items, item =>
        {
            var kernel = new Sums { Target = sums + item };
            switch (width)
            {
                case 512:
                    kernel.Run<Lanes512>();
                    break;
                case 256:
                    kernel.Run<Lanes256>();
                    break;
                default:
                    kernel.Run<Lanes128>();
                    break;
            }
        }));
        return 2.0 * Chains * Rounds * (width / 32) * items / seconds;
    }

    private struct Sums : ILaneKernel
    {
        public required float* Target;

        public readonly void Run<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes>
        {
            // Sums of a x + b with |a| < 1 stay finite and normal.
            TLanes factor = TLanes.Broadcast(0.999f), term = TLanes.Broadcast(0.001f);
            TLanes a = term, b = term, c = term, d = term, e = term, f = term, g = term, h = term, i = term, j = term, k = term, l = term;
            for (int round = 0; round < Rounds; round++)
            {
                a = TLanes.MultiplyAdd(a, factor, term);
                b = TLanes.MultiplyAdd(b, factor, term);
                c = TLanes.MultiplyAdd(c, factor, term);
                d = TLanes.MultiplyAdd(d, factor, term);
                e = TLanes.MultiplyAdd(e, factor, term);
                f = TLanes.MultiplyAdd(f, factor, term);
                g = TLanes.MultiplyAdd(g, factor, term);
                h = TLanes.MultiplyAdd(h, factor, term);
                i = TLanes.MultiplyAdd(i, factor, term);
                j = TLanes.MultiplyAdd(j, factor, term);
                k = TLanes.MultiplyAdd(k, factor, term);
                l = TLanes.MultiplyAdd(l, factor, term);
            }

            *Target = TLanes.Sum(a + b + c + d + e + f + (g + h + i) + (j + k + l)); // used, so that nothing is left out
        }
    }
}
