using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>
/// A fixed number of equal scratch buffers (at most one per thread of a device), from the pool, handed out to whichever loop body runs. What a body
/// computes never depends on which buffer it got.
/// </summary>
internal sealed unsafe class ScratchSlots : IDisposable
{
    private readonly TensorScope _scope;
    private readonly Lock _lock = new();
    private readonly Stack<nint> _free;

    public ScratchSlots(CpuDevice device, long floatsEach, int slots)
    {
        _scope = new TensorScope(device, MemoryOwner.Workspace);
        _free = new Stack<nint>(slots);
        for (int slot = 0; slot < slots; slot++)
        {
            _free.Push((nint)_scope.New(DType.Float32, [checked((int)floatsEach)]).Pointer<float>());
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
