namespace Stardeq.Engine;

/// <summary>Where bytes live and work runs. Tensors, pools and ledgers belong to exactly one device.</summary>
public abstract class Device
{
    /// <summary><see cref="WorkspaceBytes"/> if nobody sets it: a transform of 32 images of 640 x 640 fits twice.</summary>
    public const long DefaultWorkspaceBytes = 256L << 20;

    private protected Device() => Pool = new MemoryPool(this);

    /// <summary>The shared CPU device, with one thread per logical processor.</summary>
    public static CpuDevice Cpu { get; } = new();

    /// <summary>Opens a GPU. Dispose it when done.</summary>
    /// <param name="ordinal">Its number, from 0.</param>
    /// <param name="host">The CPU device beside it; the shared one if not given.</param>
    /// <exception cref="DeviceException">There is no driver, no such device, or it is too old.</exception>
    public static CudaDevice Cuda(int ordinal = 0, CpuDevice? host = null) => new(ordinal, host);

    /// <summary>Pool that all tensors of this device come from.</summary>
    public MemoryPool Pool { get; }

    /// <summary>Who holds what on this device.</summary>
    public Ledger Ledger => Pool.Ledger;

    /// <summary>
    /// Scratch memory that one operation may take where it can do with less in more passes: images in flight, partial sums. What it
    /// cannot do without it takes all the same. Sums that are cut otherwise may differ in their last bits.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not above zero.</exception>
    public long WorkspaceBytes
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            field = value;
        }
    } = DefaultWorkspaceBytes;

    /// <summary>Who watches what the device is asked for; null when nobody does, see <see cref="SpanLog.Watch"/>.</summary>
    public SpanLog? Spans { get; internal set; }

    /// <summary>True if the device's memory can be addressed by the host.</summary>
    public abstract bool IsHost { get; }

    /// <summary>Whether this is a rehearsal, in which memory is counted and no work done. Code whose course depends on values asks for it.</summary>
    public abstract bool IsRehearsal { get; }

    /// <summary>The CPU device that works beside this one: files, preparation of data, whatever has no kernel. A CPU is its own.</summary>
    public abstract CpuDevice Host { get; }

    /// <summary>Gives back what the device keeps only to be faster the next time: plans of transforms, idle memory.</summary>
    public virtual void Trim() => Pool.Trim();

    /// <summary>A queue that brings tensors from host memory to this device while it works; dispose it before the device.</summary>
    /// <param name="owner">Name under which the ledger counts what arrives.</param>
    public abstract IUploadQueue Uploads(MemoryOwner owner);

    internal abstract nint AllocateFromSystem(long bytes);

    internal abstract void FreeToSystem(nint address, long bytes);

    /// <summary>Free and total bytes of the device's memory; zero if it does not tell.</summary>
    internal abstract (long Free, long Total) SystemMemory();

    internal abstract void Copy(MemoryBlock source, long sourceOffset, MemoryBlock target, long targetOffset, long bytes);

    internal abstract void CopyFromHost(ReadOnlySpan<byte> source, MemoryBlock target, long targetOffset);

    internal abstract void CopyToHost(MemoryBlock source, long sourceOffset, Span<byte> target);

    internal abstract void Clear(MemoryBlock block, long offset, long bytes);
}
