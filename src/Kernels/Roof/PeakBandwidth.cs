using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>The most bytes that a processor moves between memory and its registers, measured: y = a x + y over arrays
/// that no cache holds.</summary>
public static unsafe class PeakBandwidth
{
    private const int Count = 1 << 25;  // 128 MiB an array, beyond the caches of common machines
    private const long Grain = 1 << 18;

    /// <summary>Bytes per second of all threads of a device: two arrays read and one written in each run.</summary>
    public static double Measure(CpuDevice device)
    {
        using var scope = new TensorScope(device, MemoryOwner.Workspace);
        float* x = scope.Zeros(DType.Float32, [Count]).Pointer<float>(), y = scope.Zeros(DType.Float32, [Count]).Pointer<float>();
        double seconds = Fastest.Seconds(() => device.For(Count, Grain, (first, last) => LaneKernels.Run(new Axpy { X = x + first, Y = y + first, Count = last - first })));
        return 3.0 * sizeof(float) * Count / seconds;
    }

    private struct Axpy : ILaneKernel
    {
        public required float* X, Y;
        public required long Count;

        public readonly void Run<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes factor = TLanes.Broadcast(0.5f);
            for (long i = 0; i < Count; i += TLanes.Width)
            {
                TLanes.MultiplyAdd(factor, TLanes.Load(X + i), TLanes.Load(Y + i)).Store(Y + i);
            }
        }
    }
}
