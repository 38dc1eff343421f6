using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Stardeq.Engine;

/// <summary>The host processor: 64-byte aligned native memory and a team of threads.</summary>
public sealed unsafe class CpuDevice : Device
{
    private const long SmallBytes = 4096; // what host code may look at is no larger, and is kept readable in a rehearsal

    private readonly WorkerTeam _team;

    /// <summary>A CPU device with a pool and a team of its own.</summary>
    /// <param name="threads">Number of threads, the caller's included; 0 means one per logical processor.
    /// Results do not depend on it.</param>
    public CpuDevice(int threads = 0)
        : this(threads, isRehearsal: false)
    {
    }

    private CpuDevice(int threads, bool isRehearsal)
    {
        IsRehearsal = isRehearsal;
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        Threads = threads == 0 ? Environment.ProcessorCount : threads;
        _team = new WorkerTeam(Threads);
    }

    /// <summary>
    /// A device for rehearsals: it hands out memory and counts it like any other, but loops do not run and large arrays are not
    /// copied, so that their pages are never touched. What a program would hold is then known without its work being done.
    /// Values are meaningless: numbers that are read from arrays are 1, and so are reductions, so that solvers go on to their limits.
    /// </summary>
    /// <param name="threads">As above; scratch memory depends on it.</param>
    public static CpuDevice Rehearsal(int threads = 0) => new(threads, isRehearsal: true);


    /// <summary>Number of threads, the caller's included.</summary>
    public int Threads { get; }

    /// <inheritdoc/>
    public override bool IsHost => true;

    /// <inheritdoc/>
    public override bool IsRehearsal { get; }

    /// <inheritdoc/>
    public override CpuDevice Host => this;

    /// <summary>
    /// Runs <paramref name="body"/>(start, end) over consecutive ranges that cover 0..<paramref name="count"/>. The
    /// ranges depend on <paramref name="count"/> and <paramref name="grain"/> only, never on the number of threads, so a
    /// body that writes disjoint outputs (or one partial result per range) gives the same bits on any machine.
    /// </summary>
    /// <param name="count">Number of items.</param>
    /// <param name="grain">Items per range; choose it so that a range takes some 20 microseconds or more.</param>
    /// <param name="body">Called once per range, on any thread, in any order. Calls inside a body run in line.</param>
    /// <param name="origin">Set by the compiler: source file of the call.</param>
    public void For(long count, long grain, Action<long, long> body, [CallerFilePath] string origin = "")
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfLessThan(grain, 1);
        using OpenSpan? span = Spans?.BeginLoop(origin);
        if (IsRehearsal)
        {
            return;
        }

        if (count <= grain)
        {
            if (count > 0)
            {
                body(0, count);
            }

            return;
        }

        _team.Run(checked((int)((count + grain - 1) / grain)), range => body(range * grain, Math.Min(count, (range + 1) * grain)));
    }

    /// <summary>Runs <paramref name="body"/>(item) for each item of 0..<paramref name="count"/>, one item per range.</summary>
    public void For(int count, Action<int> body, [CallerFilePath] string origin = "")
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        using OpenSpan? span = Spans?.BeginLoop(origin);
        if (IsRehearsal)
        {
            return;
        }

        if (count == 1)
        {
            body(0);
        }
        else if (count > 1)
        {
            _team.Run(count, body);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"cpu ({Threads} threads)";

    /// <inheritdoc/>
    public override IUploadQueue Uploads(MemoryOwner owner) => new HostUploads(this);

    internal override nint AllocateFromSystem(long bytes)
    {
        try
        {
            return IsRehearsal ? AddressSpace.Take(bytes) : (nint)NativeMemory.AlignedAlloc((nuint)bytes, MemoryPool.Alignment);
        }
        catch (OutOfMemoryException)
        {
            return 0; // The pool trims and retries, then reports with the ledger's summary.
        }
    }

    internal override void FreeToSystem(nint address, long bytes)
    {
        if (IsRehearsal)
        {
            AddressSpace.Release(address, bytes);
        }
        else
        {
            NativeMemory.AlignedFree((void*)address);
        }
    }

    internal override (long Free, long Total) SystemMemory() => (0, 0);

    internal override void Copy(MemoryBlock source, long sourceOffset, MemoryBlock target, long targetOffset, long bytes)
    {
        if (!Skips(bytes))
        {
            Buffer.MemoryCopy((byte*)source.HostAddress() + sourceOffset, (byte*)target.HostAddress() + targetOffset, bytes, bytes);
        }
    }

    internal override void CopyFromHost(ReadOnlySpan<byte> source, MemoryBlock target, long targetOffset) =>
        source.CopyTo(new Span<byte>((byte*)target.HostAddress() + targetOffset, source.Length));

    internal override void CopyToHost(MemoryBlock source, long sourceOffset, Span<byte> target) =>
        new ReadOnlySpan<byte>((byte*)source.HostAddress() + sourceOffset, target.Length).CopyTo(target);

    internal override void Clear(MemoryBlock block, long offset, long bytes)
    {
        if (!Skips(bytes))
        {
            NativeMemory.Clear((byte*)block.HostAddress() + offset, (nuint)bytes);
        }
    }

    private bool Skips(long bytes) => IsRehearsal && bytes > SmallBytes;
}
