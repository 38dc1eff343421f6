namespace Stardeq.Engine;

/// <summary>One loan of a pool: an address on a device, its size and who holds it, from renting to return.</summary>
internal sealed class MemoryBlock(Device device, nint address, long bytes, MemoryOwner owner, string phase)
{
    public Device Device { get; } = device;

    public nint Address { get; } = address;

    /// <summary>Size including the rounding of the pool.</summary>
    public long Bytes { get; } = bytes;

    public MemoryOwner Owner { get; set; } = owner;

    public string Phase { get; } = phase;

    /// <summary>Source file that asked for it.</summary>
    public required string Origin { get; init; }

    /// <summary>The graph whose memory this is, if it was rented during a capture.</summary>
    public PoolReservation? Reservation { get; init; }

    /// <summary>False once the bytes went back to the pool, for good.</summary>
    public bool Rented { get; set; } = true;

    /// <summary>The address, on whatever device.</summary>
    public nint DeviceAddress()
    {
        ObjectDisposedException.ThrowIf(!Rented, typeof(Tensor));
        return Address;
    }

    public nint HostAddress()
    {
        ObjectDisposedException.ThrowIf(!Rented, typeof(Tensor));
        return Device.IsHost ? Address : throw new DeviceException($"access: memory on {Device} cannot be read in place; copy it to the CPU first.");
    }
}
