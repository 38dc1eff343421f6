using ManagedCuda.BasicTypes;

namespace Stardeq.Engine;

/// <summary>
/// Work of a CUDA device that was recorded by <see cref="CudaDevice.Capture"/>: one call queues all of it. Scratch memory
/// that the work took from the pool stays the graph's own until it is disposed, and in the ledger under its owners.
/// </summary>
public sealed class CudaGraph : IDisposable
{
    private readonly CudaDevice _device;
    private readonly CUgraphExec _handle;
    private readonly PoolReservation _memory;
    private bool _disposed;

    internal CudaGraph(CudaDevice device, CUgraphExec handle, PoolReservation memory) => (_device, _handle, _memory) = (device, handle, memory);

    /// <summary>Queues the work; returns at once.</summary>
    /// <exception cref="DeviceException">The driver refuses, or the device is lost.</exception>
    public void Launch()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _device.Launch(_handle);
    }

    /// <summary>Ends the graph, after launches that are still queued, and gives its memory back to the pool.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _device.Release(this, _handle);
            _memory.Release();
        }
    }
}
