using System.Runtime.InteropServices;

namespace Stardeq.Engine;

/// <summary>
/// Memory for rehearsals: readable and writable, zero at first, and not there before it is touched, so that a machine can give out more
/// than it has. On systems other than Linux it is ordinary memory, which the system may refuse.
/// </summary>
internal static unsafe partial class AddressSpace
{
    private const int Readable = 1, Writable = 2;                       // PROT_READ, PROT_WRITE
    private const int Private = 2, Anonymous = 0x20, Unbacked = 0x4000; // MAP_PRIVATE, MAP_ANONYMOUS, MAP_NORESERVE

    /// <summary>Takes some; 0 if the system gives none.</summary>
    public static nint Take(long bytes)
    {
        if (!OperatingSystem.IsLinux())
        {
            return (nint)NativeMemory.AlignedAlloc((nuint)bytes, MemoryPool.Alignment);
        }

        nint address = Map(0, (nuint)bytes, Readable | Writable, Private | Anonymous | Unbacked, -1, 0);
        return address == -1 ? 0 : address;
    }

    /// <summary>Gives it back.</summary>
    public static void Release(nint address, long bytes)
    {
        if (OperatingSystem.IsLinux())
        {
            _ = Unmap(address, (nuint)bytes);
        }
        else
        {
            NativeMemory.AlignedFree((void*)address);
        }
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint bytes, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint bytes);
}
