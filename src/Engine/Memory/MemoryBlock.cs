namespace Stardeq.Engine;

/// <summary>One allocation of a pool: an address on a device, its size and who holds it now.</summary>
internal sealed class MemoryBlock(Device device, nint address, long bytes)
{
    public Device Device { get; } = device;

    public nint Address { get; } = address;

    /// <summary>Size including the rounding of the pool.</summary>
    public long Bytes { get; } = bytes;

    public MemoryOwner Owner { get; set; }

    public string Phase { get; set; } = "";

    public bool Rented { get; set; }

    public nint HostAddress()
    {
        ObjectDisposedException.ThrowIf(!Rented, typeof(Tensor));
        return Device.IsHost ? Address : throw new DeviceException($"access: memory on {Device} cannot be read in place; copy it to the CPU first.");
    }
}
