using System.Runtime.CompilerServices;
using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>
/// A fixed number of equal scratch buffers (at most one per thread of a device), from the pool, handed out to whichever loop body runs. What a body
/// computes never depends on which buffer it got. All are taken before the loop begins, so that what a program holds does not depend
/// on how many threads came to take part.
/// </summary>
internal sealed unsafe class ScratchSlots : IDisposable
{
    private readonly TensorScope _scope;
    private readonly Lock _lock = new();
    private readonly Stack<nint> _free;

    /// <summary>Takes the buffers.</summary>
    /// <param name="device">Device of the loop.</param>
    /// <param name="floatsEach">Size of a buffer.</param>
    /// <param name="items">Items of the loop: there are no more buffers than that.</param>
    /// <param name="origin">Source file that asks, for the ledger.</param>
    public ScratchSlots(CpuDevice device, long floatsEach, int items, [CallerFilePath] string origin = "")
    {
        _scope = new TensorScope(device, MemoryOwner.Workspace);
        int slots = Math.Min(items, device.Threads);
        _free = new Stack<nint>(slots);
        for (int slot = 0; slot < slots; slot++)
        {
            _free.Push((nint)_scope.New(DType.Float32, [checked((int)floatsEach)], origin).Pointer<float>());
        }
    }

    public float* Rent()
    {
        lock (_lock)
        {
            return (float*)_free.Pop();
        }
    }

    public void Return(float* slot)
    {
        lock (_lock)
        {
            _free.Push((nint)slot);
        }
    }

    public void Dispose() => _scope.Dispose();
}
