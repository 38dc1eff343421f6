using ManagedCuda.BasicTypes;
using static ManagedCuda.DriverAPINativeMethods;

namespace Stardeq.Engine;

/// <summary>Page-locked host memory, which the copy engine reads on its own, with the event that says when it is done.</summary>
internal sealed unsafe class PinnedBuffer : IDisposable
{
    private readonly CudaDevice _device;
    private readonly CUevent _passed;
    private MemoryBlock? _block;

    public PinnedBuffer(CudaDevice device)
    {
        _device = device;
        device.Require(Events.cuEventCreate(ref _passed, CUEventFlags.DisableTiming), "making an event");
    }

    /// <summary>Recorded behind the last upload from this buffer.</summary>
    public CUevent Passed => _passed;

    /// <summary>The memory, large enough, once its last upload has passed.</summary>
    /// <exception cref="DeviceException">The host has no page-locked memory left.</exception>
    public byte* Claim(long bytes)
    {
        _device.Require(Events.cuEventSynchronize(_passed), "waiting for an upload");
        if (bytes > (_block?.Bytes ?? 0))
        {
            Free();
            nint address = 0;
            _device.Require(MemoryManagement.cuMemAllocHost_v2(ref address, bytes), $"page-locking {bytes:N0} bytes of host memory");
            _block = _device.Host.Pool.Count(address, bytes, MemoryOwner.Staging, nameof(PinnedBuffer));
        }

        return (byte*)(_block?.Address ?? 0);
    }

    public void Dispose()
    {
        Free();
        _ = Events.cuEventDestroy_v2(_passed);
    }

    private void Free()
    {
        if (_block is not null)
        {
            _ = MemoryManagement.cuMemFreeHost(_block.Address);
            _device.Host.Pool.Discount(_block);
        }

        _block = null;
    }
}
