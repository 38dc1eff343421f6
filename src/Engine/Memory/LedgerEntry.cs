namespace Stardeq.Engine;

/// <summary>One line of the ledger.</summary>
/// <param name="Owner">Who holds the bytes.</param>
/// <param name="Phase">What the program was doing when they were allocated.</param>
/// <param name="Origin">Source file that asked for them, without folder and extension: of a tape, the operation that made the value.</param>
/// <param name="CurrentBytes">Held now.</param>
/// <param name="PeakBytes">Largest value <paramref name="CurrentBytes"/> ever had.</param>
/// <param name="BytesAtPeak">Its value when the sum of all lines was largest.</param>
public readonly record struct LedgerEntry(MemoryOwner Owner, string Phase, string Origin, long CurrentBytes, long PeakBytes, long BytesAtPeak);

/// <summary>Bytes that were taken or given back.</summary>
/// <param name="Timestamp">When, in ticks of <see cref="System.Diagnostics.Stopwatch"/>.</param>
/// <param name="Owner">Who holds them.</param>
/// <param name="Phase">What the program was doing when they were allocated.</param>
/// <param name="Origin">Source file that asked for them.</param>
/// <param name="Bytes">Positive if taken, negative if given back.</param>
/// <param name="TotalBytes">Held by all afterwards.</param>
public readonly record struct MemoryEvent(long Timestamp, MemoryOwner Owner, string Phase, string Origin, long Bytes, long TotalBytes);
