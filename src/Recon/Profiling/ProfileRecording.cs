using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Everything that was seen while some steps ran. Times are ticks of <see cref="System.Diagnostics.Stopwatch"/>.</summary>
public sealed record ProfileRecording
{
    /// <summary>Device and number of threads.</summary>
    public required string Device { get; init; }

    /// <summary>When watching began.</summary>
    public required long Start { get; init; }

    /// <summary>When each step ended; each began where the one before it ended.</summary>
    public required IReadOnlyList<long> StepEnds { get; init; }

    /// <summary>Operations, in order.</summary>
    public required IReadOnlyList<KernelSpan> Spans { get; init; }

    /// <summary>Launches of a GPU, timed from about <see cref="Start"/>; null on a CPU, where an operation has ended when its call returns.</summary>
    public IReadOnlyList<TracedLaunch>? Launches { get; init; }

    /// <summary>When each phase began, in order; the first is that in which watching began.</summary>
    public required IReadOnlyList<PhaseChange> Phases { get; init; }

    /// <summary>What was held when watching began.</summary>
    public required IReadOnlyList<LedgerEntry> HeldAtStart { get; init; }

    /// <summary>Every change since.</summary>
    public required IReadOnlyList<MemoryEvent> MemoryEvents { get; init; }

    /// <summary>What the managed heap cost.</summary>
    public required ManagedCost Managed { get; init; }

    /// <summary>When the last step ended.</summary>
    public long End => StepEnds[^1];
}

/// <summary>The beginning of a phase.</summary>
/// <param name="Timestamp">When.</param>
/// <param name="Phase">Its name.</param>
public readonly record struct PhaseChange(long Timestamp, string Phase);

/// <summary>What the managed heap cost.</summary>
/// <param name="AllocatedBytes">Objects that were made, by all threads.</param>
/// <param name="Collections">Garbage collections.</param>
/// <param name="PauseSeconds">Time for which they stopped the program.</param>
public readonly record struct ManagedCost(long AllocatedBytes, int Collections, double PauseSeconds)
{
    /// <summary>Since the process began.</summary>
    public static ManagedCost Now() => new(GC.GetTotalAllocatedBytes(), GC.CollectionCount(0), GC.GetTotalPauseDuration().TotalSeconds);

    /// <summary>The cost between two moments.</summary>
    public static ManagedCost operator -(ManagedCost later, ManagedCost earlier) => new(
        later.AllocatedBytes - earlier.AllocatedBytes, later.Collections - earlier.Collections, later.PauseSeconds - earlier.PauseSeconds);
}
