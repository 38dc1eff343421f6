namespace Stardeq.Recon;

/// <summary>How many slices of a training wait in memory, and how many in files.</summary>
/// <param name="Held">Slices in memory.</param>
/// <param name="HeldBytes">Bytes that they take.</param>
/// <param name="Stored">Slices in files.</param>
/// <param name="StoredBytes">Bytes that they would take.</param>
/// <param name="WrittenBytes">Of these, bytes that the dataset does not hold and that were written to files beside the result.</param>
public sealed record SlicesInFiles(int Held, long HeldBytes, int Stored, long StoredBytes, long WrittenBytes)
{
    /// <summary>Counts slices; null if all are in memory.</summary>
    /// <param name="slices">All slices.</param>
    /// <param name="written">Bytes in files of the loader.</param>
    public static SlicesInFiles? Of(IEnumerable<IWaitingSlice> slices, long written)
    {
        ILookup<bool, IWaitingSlice> isHeld = slices.ToLookup(slice => slice is SliceProblem);
        IEnumerable<IWaitingSlice> held = isHeld[true], stored = isHeld[false];
        return stored.Any() ? new SlicesInFiles(held.Count(), held.Sum(slice => slice.OwnBytes), stored.Count(), stored.Sum(slice => slice.OwnBytes), written) : null;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"slices: {Held} of {Held + Stored} wait in memory, {ByteSize.Text(HeldBytes)}; {Stored} are read from files when their turn comes, {ByteSize.Text(StoredBytes)} in all";
}
