using System.Numerics;

namespace Stardeq.Engine;

/// <summary>
/// Keeps returned allocations of a device and hands them out again, so that a step which runs twice asks the system
/// for nothing the second time. Sizes are rounded up to one of 64 steps per power of two, at most 1.6 % above the request,
/// and to whole cache lines below 4 KiB: fine enough that what the pool counts is what the system really holds, coarse
/// enough that buffers of nearly equal size serve one another.
/// </summary>
/// <remarks>
/// Memory is handed out again at once: on a device that works asynchronously, whatever uses it next is queued behind
/// whatever used it last, since all work of a device is in one order.
/// </remarks>
public sealed class MemoryPool
{
    /// <summary>Alignment and smallest size of an allocation: a cache line, and a full AVX-512 vector.</summary>
    public const int Alignment = 64;

    private const int StepBits = 6; // 64 sizes per power of two

    private readonly Device _device;
    private readonly Lock _lock = new();
    private readonly Dictionary<long, Stack<nint>> _free = []; // idle addresses by size
    private readonly Dictionary<nint, long> _system = [];      // every address that came from the system, with its size
    private PoolReservation? _reservation;
    private bool _closed;

    internal MemoryPool(Device device) => _device = device;

    /// <summary>Who holds what.</summary>
    public Ledger Ledger { get; } = new();

    /// <summary>Bytes obtained from the system and not given back: held plus idle. On a GPU this is what the driver counts,
    /// up to its own rounding; compiled kernels, transform plans and the libraries' own memory come on top.</summary>
    public long ReservedBytes { get; private set; }

    /// <summary>Largest value of <see cref="ReservedBytes"/> since the start or the last <see cref="ResetPeak"/>. What it exceeds the
    /// ledger's peak by is fragmentation: idle memory of sizes that were not asked for at that moment.</summary>
    public long PeakReservedBytes { get; private set; }

    /// <summary>How often the system was asked for memory. Does not grow in a loop that has reached steady state.</summary>
    public long SystemAllocations { get; private set; }

    /// <summary>Forgets the peaks of pool and ledger; what is held now is the new peak.</summary>
    public void ResetPeak()
    {
        lock (_lock)
        {
            PeakReservedBytes = ReservedBytes;
            Ledger.ResetPeak();
        }
    }

    /// <summary>Gives idle allocations back to the system.</summary>
    public void Trim()
    {
        while (TakeIdle(out nint address, out long size))
        {
            try
            {
                _device.FreeToSystem(address, size);
            }
            catch
            {
                lock (_lock)
                {
                    PushIdle(address, size);
                }

                throw;
            }

            lock (_lock)
            {
                _system.Remove(address);
                ReservedBytes -= size;
            }
        }
    }

    /// <summary>Bytes that an allocation of <paramref name="bytes"/> really takes.</summary>
    public static long RoundUp(long bytes)
    {
        long size = Math.Max(bytes, Alignment);
        long step = Math.Max(Alignment, 1L << Math.Max(0, BitOperations.Log2((ulong)size) - StepBits));
        return (size + step - 1) / step * step;
    }

    internal MemoryBlock Rent(long bytes, MemoryOwner owner, string origin)
    {
        long size = RoundUp(bytes);
        nint address = 0;
        PoolReservation? reservation;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closed, _device);
            reservation = _reservation is { IsMine: true } mine ? mine : null;
            if (reservation?.Take(size) is { } kept)
            {
                Ledger.Remove(kept);
                address = kept.Address;
            }
            else if (_free.TryGetValue(size, out Stack<nint>? idle) && idle.Count > 0)
            {
                address = idle.Pop();
            }
        }

        // The block is new although the address may not be: tensors of an earlier block at this address stay dead.
        var block = new MemoryBlock(_device, address == 0 ? Allocate(size) : address, size, owner, Ledger.Phase) { Origin = origin, Reservation = reservation };
        Ledger.Add(block);
        return block;
    }

    internal void Return(MemoryBlock block)
    {
        block.Rented = false;
        lock (_lock)
        {
            PoolReservation? keeper = _reservation is { IsMine: true } mine ? mine : block.Reservation;
            if (keeper is { IsReleased: false })
            {
                keeper.Keep(new MemoryBlock(_device, block.Address, block.Bytes, block.Owner, block.Phase) { Origin = block.Origin });
                return;
            }

            Ledger.Remove(block);
            PushIdle(block.Address, block.Bytes);
        }
    }

    /// <summary>Counts memory that somebody else got from the system, until <see cref="Discount"/>.</summary>
    internal MemoryBlock Count(nint address, long bytes, MemoryOwner owner, string origin)
    {
        var block = new MemoryBlock(_device, address, bytes, owner, Ledger.Phase) { Origin = origin };
        lock (_lock)
        {
            Grow(bytes);
        }

        Ledger.Add(block);
        return block;
    }

    /// <summary>Counts it no longer.</summary>
    internal void Discount(MemoryBlock block)
    {
        Ledger.Remove(block);
        lock (_lock)
        {
            ReservedBytes -= block.Bytes;
        }
    }

    internal static void ChangeOwner(MemoryBlock block, MemoryOwner owner) => block.Device.Ledger.ChangeOwner(block, owner);

    /// <summary>Starts to keep what this thread returns, for a graph; see <see cref="PoolReservation"/>.</summary>
    internal PoolReservation Reserve()
    {
        lock (_lock)
        {
            return _reservation = new PoolReservation(this);
        }
    }

    internal void EndReservation(PoolReservation reservation)
    {
        lock (_lock)
        {
            _reservation = ReferenceEquals(_reservation, reservation) ? null : _reservation;
        }
    }

    /// <summary>Gives everything back to the system, what tensors still hold included, and hands out nothing any more.</summary>
    internal void Close()
    {
        lock (_lock)
        {
            _closed = true;
            _free.Clear();
            foreach ((nint address, long size) in _system)
            {
                _device.FreeToSystem(address, size);
            }

            _system.Clear();
            ReservedBytes = 0;
        }
    }

    private void PushIdle(nint address, long size)
    {
        if (!_free.TryGetValue(size, out Stack<nint>? idle))
        {
            _free[size] = idle = new Stack<nint>();
        }

        idle.Push(address);
    }

    private bool TakeIdle(out nint address, out long size)
    {
        lock (_lock)
        {
            foreach ((long bytes, Stack<nint> idle) in _free)
            {
                if (idle.TryPop(out address))
                {
                    size = bytes;
                    return true;
                }
            }
        }

        (address, size) = (0, 0);
        return false;
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
            (long free, long total) = _device.SystemMemory();
            throw new OutOfDeviceMemoryException($"{_device}", size, free, total, Ledger);
        }

        lock (_lock)
        {
            _system[address] = size;
            SystemAllocations++;
            Grow(size);
        }

        return address;
    }

    private void Grow(long bytes)
    {
        ReservedBytes += bytes;
        PeakReservedBytes = Math.Max(PeakReservedBytes, ReservedBytes);
    }
}
