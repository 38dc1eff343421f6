namespace Stardeq.Engine;

/// <summary>What a launch asked a GPU to do.</summary>
public enum LaunchKind
{
    /// <summary>A kernel of kernels.cu.</summary>
    Kernel,

    /// <summary>A transform of cuFFT or a product of cuBLAS, which may be several kernels of theirs.</summary>
    Library,

    /// <summary>A graph of many launches.</summary>
    Graph,

    /// <summary>A copy or a fill.</summary>
    Memory,
}

/// <summary>One launch.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Kernel">Name of the kernel in kernels.cu; of others the library and the sizes, or what is copied where.</param>
/// <param name="Start">When it began on the device, in microseconds since the trace did.</param>
/// <param name="Microseconds">Time on the device, with what little the events around it add.</param>
/// <param name="Span">Place in <see cref="SpanLog.Spans"/> of the operation that it is part of; null if nobody watched, or it
/// is part of none.</param>
/// <param name="Geometry">Of kernels of kernels.cu.</param>
public sealed record TracedLaunch(LaunchKind Kind, string Kernel, double Start, double Microseconds, int? Span, LaunchGeometry? Geometry);

/// <summary>Geometry of a launch, and what its kernel takes.</summary>
/// <param name="Grid">Blocks along x, y, z.</param>
/// <param name="Block">Threads of a block along x, y, z.</param>
/// <param name="DynamicSharedBytes">Shared memory of a block that the launch asked for.</param>
/// <param name="StaticSharedBytes">Shared memory of a block that the kernel declares.</param>
/// <param name="Registers">Of a thread.</param>
/// <param name="LocalBytes">Of a thread: arrays, and registers that were spilled.</param>
/// <param name="Occupancy">Threads that a multiprocessor holds of this kernel, as a share of the most it holds.</param>
public sealed record LaunchGeometry(
    (uint X, uint Y, uint Z) Grid, (uint X, uint Y, uint Z) Block, int DynamicSharedBytes, int StaticSharedBytes, int Registers, int LocalBytes, double Occupancy);
