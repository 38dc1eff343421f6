using System.Numerics;

namespace Stardeq.Engine;

/// <summary>
/// Keeps returned allocations of a device and hands them out again, so that a step which runs twice asks the system
/// for nothing the second time. Sizes are rounded up to one of eight steps per power of two, at most 12.5 % above
/// the request, and to whole cache lines below 512 bytes.
/// </summary>
public sealed class MemoryPool
{
    /// <summary>Alignment and smallest size of an allocation: a cache line, and a full AVX-512 vector.</summary>
    public const int Alignment = 64;

    private readonly Device _device;
    private readonly Lock _lock = new();
    private readonly Dictionary<long, Stack<nint>> _free = []; // idle addresses by size

    internal MemoryPool(Device device) => _device = device;

    /// <summary>Who holds what.</summary>
    public Ledger Ledger { get; } = new();

    /// <summary>Bytes obtained from the system and not given back: held plus idle.</summary>
    public long ReservedBytes { get; private set; }

    /// <summary>How often the system was asked for memory. Does not grow in a loop that has reached steady state.</summary>
    public long SystemAllocations { get; private set; }

    /// <summary>Gives idle allocations back to the system.</summary>
    public void Trim()
    {
        lock (_lock)
        {
            foreach ((long size, Stack<nint> idle) in _free)
            {
                foreach (nint address in idle)
                {
                    _device.FreeToSystem(address, size);
                    ReservedBytes -= size;
                }
            }

            _free.Clear();
        }
    }

    /// <summary>Bytes that an allocation of <paramref name="bytes"/> really takes.</summary>
    public static long RoundUp(long bytes)
    {
        long size = Math.Max(bytes, Alignment);
        long step = Math.Max(Alignment, 1L << Math.Max(0, BitOperations.Log2((ulong)size) - 3));
        return (size + step - 1) / step * step;
    }

    internal MemoryBlock Rent(long bytes, MemoryOwner owner)
    {
        long size = RoundUp(bytes);
        nint address = 0;
        lock (_lock)
        {
            if (_free.TryGetValue(size, out Stack<nint>? idle) && idle.Count > 0)
            {
                address = idle.Pop();
            }
        }

        // The block is new although the address may not be: tensors of an earlier block at this address stay dead.
        var block = new MemoryBlock(_device, address == 0 ? Allocate(size) : address, size, owner, Ledger.Phase);
        Ledger.Add(block);
        return block;
    }

    internal void Return(MemoryBlock block)
    {
        Ledger.Remove(block);
        block.Rented = false;
        lock (_lock)
        {
            if (!_free.TryGetValue(block.Bytes, out Stack<nint>? idle))
            {
                _free[block.Bytes] = idle = new Stack<nint>();
            }

            idle.Push(block.Address);
        }
    }

    internal void ChangeOwner(MemoryBlock block, MemoryOwner owner)
    {
        Ledger.Remove(block);
        block.Owner = owner;
        Ledger.Add(block);
    }

    private nint Allocate(long size)
    {
        nint address = _device.AllocateFromSystem(size);
        if (address == 0)
        {
            Trim();
            address = _device.AllocateFromSystem(size);
        }

        if (address == 0)
        {
            throw new OutOfDeviceMemoryException(
                $"memory: {_device} has no room for {size:N0} more bytes; {Ledger.Summary()}. Choose smaller arrays, smaller batches or a smaller network.");
        }

        lock (_lock)
        {
            SystemAllocations++;
            ReservedBytes += size;
        }

        return address;
    }
}
