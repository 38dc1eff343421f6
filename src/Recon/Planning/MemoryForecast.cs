using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>What a program will hold.</summary>
/// <param name="Entries">By owner, phase and source file, at the moment when most is held and at each line's own peak.</param>
/// <param name="Phases">Largest sum in each phase.</param>
/// <param name="PeakBytes">Largest sum, held by tensors, with the pool's rounding.</param>
/// <param name="ReservedBytes">Largest amount that the pool has from the system: the peak and what is idle besides.</param>
/// <param name="PreparationBytes">The same before training begins, while slices are prepared.</param>
public sealed record MemoryForecast(
    IReadOnlyList<LedgerEntry> Entries, IReadOnlyDictionary<string, long> Phases, long PeakBytes, long ReservedBytes, long PreparationBytes)
{
    /// <summary>What a ledger has seen since its peak was last reset.</summary>
    public static MemoryForecast Of(Device device, long preparationBytes) => new(
        device.Ledger.Entries(), device.Ledger.PeaksOfPhases(), device.Ledger.PeakBytes, device.Pool.PeakReservedBytes, preparationBytes);

    /// <summary>Bytes of an owner when most is held.</summary>
    public long AtPeak(MemoryOwner owner) => Entries.Where(entry => entry.Owner == owner).Sum(entry => entry.BytesAtPeak);
}
