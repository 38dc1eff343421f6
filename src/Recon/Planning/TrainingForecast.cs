using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>What a training will hold and compute.</summary>
/// <param name="Entries">By owner, phase and source file, at the moment when most is held and at each line's own peak.</param>
/// <param name="Phases">Largest sum in each phase.</param>
/// <param name="PeakBytes">Largest sum, held by tensors, with the pool's rounding.</param>
/// <param name="ReservedBytes">Largest amount that the pool has from the system: the peak and what is idle besides.</param>
/// <param name="PreparationBytes">The same before training begins, while slices are prepared.</param>
/// <param name="HostBytes">The most that is taken in host memory besides; 0 on a CPU, whose memory that is.</param>
/// <param name="Step">What a training step computes; empty on a GPU, whose steps are not timed.</param>
public sealed record TrainingForecast(
    IReadOnlyList<LedgerEntry> Entries, IReadOnlyDictionary<string, long> Phases, long PeakBytes, long ReservedBytes, long PreparationBytes, long HostBytes, StepForecast Step)
{
    /// <summary>Where slices wait; null if all are in memory.</summary>
    public SlicesInFiles? Waiting { get; init; }

    /// <summary>Host memory in which slices wait; with those that are on their way where some wait in files.</summary>
    public long SliceBytes { get; init; }

    /// <summary>The least of it with which the training works.</summary>
    public long LeastSliceBytes { get; init; }

    /// <summary>The most that is taken from the system, before training or in it.</summary>
    public long LargestBytes => Math.Max(ReservedBytes, PreparationBytes);

    /// <summary>What a ledger has seen since its peak was last reset.</summary>
    public static TrainingForecast Of(Device device, long preparationBytes, StepForecast step) => new(
        device.Ledger.Entries(), device.Ledger.PeaksOfPhases(), device.Ledger.PeakBytes, device.Pool.PeakReservedBytes, preparationBytes, device.IsHost ? 0 : device.Host.Pool.PeakReservedBytes, step);

    /// <summary>Bytes of an owner when most is held.</summary>
    public long AtPeak(MemoryOwner owner) => Entries.Where(entry => entry.Owner == owner).Sum(entry => entry.BytesAtPeak);
}
