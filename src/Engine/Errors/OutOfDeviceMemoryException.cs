namespace Stardeq.Engine;

/// <summary>
/// A device has no room for an allocation, even after the pool gave back what it had idle. The message says what was asked
/// for, what there is, and who holds what. The device goes on working once somebody gives memory back.
/// </summary>
/// <remarks>The engine does not know which setting would help; callers who do add it by <see cref="WithAdvice"/>.</remarks>
public sealed class OutOfDeviceMemoryException : DeviceException
{
    private const int LinesShown = 6;

    internal OutOfDeviceMemoryException(string device, long requestedBytes, long freeBytes, long totalBytes, Ledger ledger)
        : this(Explain(device, requestedBytes, freeBytes, totalBytes, ledger), requestedBytes, freeBytes, totalBytes, Holding(ledger), null)
    {
    }

    private OutOfDeviceMemoryException(string message, long requestedBytes, long freeBytes, long totalBytes, IReadOnlyList<LedgerEntry> holders, Exception? cause)
        : base(message, cause!)
    {
        (RequestedBytes, FreeBytes, TotalBytes, Holders) = (requestedBytes, freeBytes, totalBytes, holders);
    }

    /// <summary>What was asked for, with the pool's rounding.</summary>
    public long RequestedBytes { get; }

    /// <summary>What the device had free, all programs considered; 0 if it does not tell.</summary>
    public long FreeBytes { get; }

    /// <summary>What the device has in all; 0 if it does not tell.</summary>
    public long TotalBytes { get; }

    /// <summary>Who held what, the largest first.</summary>
    public IReadOnlyList<LedgerEntry> Holders { get; }

    /// <summary>Bytes that this program's tensors held.</summary>
    public long HeldBytes => Holders.Sum(entry => entry.CurrentBytes);

    /// <summary>The same exception with a sentence about what to change.</summary>
    public OutOfDeviceMemoryException WithAdvice(string advice) => new($"{Message} {advice}", RequestedBytes, FreeBytes, TotalBytes, Holders, this);

    private static LedgerEntry[] Holding(Ledger ledger) => [.. ledger.Entries().Where(entry => entry.CurrentBytes > 0).OrderByDescending(entry => entry.CurrentBytes)];

    private static string Explain(string device, long requested, long free, long total, Ledger ledger)
    {
        LedgerEntry[] holders = Holding(ledger);
        (string Who, long Bytes)[] sums = [.. holders.GroupBy(entry => $"{entry.Owner} of '{entry.Phase}'").Select(group => (group.Key, group.Sum(entry => entry.CurrentBytes))).OrderByDescending(sum => sum.Item2)];
        IEnumerable<string> lines = sums.Take(LinesShown).Select(sum => $"{sum.Who} {sum.Bytes:N0}");
        string rest = sums.Length > LinesShown ? $", others {sums.Skip(LinesShown).Sum(sum => sum.Bytes):N0}" : "";
        string room = total > 0 ? $"{free:N0} of {total:N0} bytes are free" : "the system gives no more";
        return $"memory: {device} has no room for {requested:N0} more bytes in '{ledger.Phase}': {room}, and tensors hold {holders.Sum(entry => entry.CurrentBytes):N0}"
            + $"{(holders.Length == 0 ? "" : $" ({string.Join(", ", lines)}{rest})")}.";
    }
}
