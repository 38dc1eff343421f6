namespace Stardeq.Tests;

/// <summary>Limits of one multiprocessor: how many blocks it can hold at a time.</summary>
/// <param name="Name">A GPU of this architecture.</param>
/// <param name="Architecture">Such as sm_70.</param>
/// <param name="SharedBytes">Shared memory.</param>
/// <param name="SharedUnit">Bytes in which a block gets shared memory.</param>
/// <param name="SharedReserved">Shared memory of each block that the system takes for itself.</param>
/// <remarks>Source: "GPU feature support" tables of the CUDA C++ Programming Guide, 12.8.</remarks>
internal sealed record Multiprocessor(string Name, string Architecture, int SharedBytes, int SharedUnit, int SharedReserved)
{
    private const int Warps = 64, Blocks = 32, Registers = 65536;
    private const int LanesOfWarp = 32, RegisterUnit = 8, MostRegisters = 255; // registers of a thread come in eights

    public static IReadOnlyList<Multiprocessor> All { get; } =
    [
        new("V100", "sm_70", 96 * 1024, 256, 0),
        new("A100", "sm_80", 164 * 1024, 128, 1024),
        new("H100", "sm_90", 228 * 1024, 128, 1024),
    ];

    /// <summary>Warps that can be resident, as a fraction of the most that fit: 0 if a block fits not at all.</summary>
    /// <param name="threads">Threads of a block.</param>
    /// <param name="registers">32-bit registers of a thread.</param>
    /// <param name="sharedBytes">Shared memory of a block.</param>
    public double Occupancy(int threads, int registers, int sharedBytes)
    {
        int warps = RoundUp(threads, LanesOfWarp) / LanesOfWarp;
        int registersOfWarp = LanesOfWarp * RoundUp(Math.Clamp(registers, 1, MostRegisters), RegisterUnit);

        // Registers are dealt to the four parts of a multiprocessor, each of which takes whole warps.
        int byRegisters = RoundDown(Registers / registersOfWarp, 4) / warps;
        int shared = RoundUp(sharedBytes, SharedUnit) + SharedReserved;
        int byShared = shared == 0 ? Blocks : SharedBytes / shared;
        int blocks = Math.Min(Math.Min(Blocks, Warps / warps), Math.Min(byRegisters, byShared));
        return (double)blocks * warps / Warps;
    }

    private static int RoundUp(int value, int unit) => (value + unit - 1) / unit * unit;

    private static int RoundDown(int value, int unit) => value / unit * unit;
}
