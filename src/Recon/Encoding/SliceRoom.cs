namespace Stardeq.Recon;

/// <summary>How many bytes of slices may wait in host memory, and where the others wait.</summary>
/// <remarks>
/// The first slices that are loaded stay in memory and the others are read each time, so that every pass over the data finds the same
/// share in memory, whatever its order. Room for what is on its way is set aside: the batch that a training has announced, and beside it its
/// present batch, or the present and the next slice of a reconstruction.
/// </remarks>
public sealed class SliceRoom
{
    /// <summary>Value of the key <c>data_memory</c> that keeps all slices in memory.</summary>
    public const string All = "all";

    /// <summary>Value that keeps them in memory while they take no more than half of the machine's.</summary>
    public const string Auto = "auto";

    private const int PartOfMachine = 2;
    private const int ReconstructedAtATime = 2;

    private readonly long? _bytes;
    private readonly int _onTheirWay;

    private SliceRoom(long? bytes, int batch, string? folder)
    {
        (_bytes, Folder) = (bytes, folder);
        _onTheirWay = batch + Math.Max(batch, ReconstructedAtATime);
    }

    /// <summary>Room for all slices.</summary>
    public static SliceRoom ForAll() => new(null, 1, null);

    /// <summary>The room that a setting gives.</summary>
    /// <param name="setting">Value of <c>data_memory</c>.</param>
    /// <param name="batch">Slices that are worked on together.</param>
    /// <param name="folder">Where slices wait that neither memory nor the dataset holds; the folder is made when it is needed, and removed at the end.</param>
    /// <exception cref="InputException">The setting is none.</exception>
    public static SliceRoom Of(string setting, int batch, string folder) => new(Bytes(setting), batch, folder);

    /// <summary>Folder of slices that neither memory nor the dataset holds; null if there are none.</summary>
    public string? Folder { get; }

    /// <summary>Bytes of slices that stay in memory.</summary>
    public long HeldBytes { get; private set; }

    /// <summary>Bytes of those that are worked on or on their way, if all are as large as the largest yet.</summary>
    public long LeastBytes { get; private set; }

    /// <summary>Takes room for a slice that would stay.</summary>
    /// <param name="bytes">Its size.</param>
    /// <returns>False if it has to wait in files.</returns>
    /// <exception cref="InputException">There is not even room for the slices that are worked on.</exception>
    public bool Take(long bytes)
    {
        long needed = bytes * _onTheirWay;
        LeastBytes = Math.Max(LeastBytes, needed);
        if (needed > _bytes)
        {
            throw new InputException($"data_memory: {ByteSize.Text(_bytes.Value)} of slices in memory, of which one takes {ByteSize.Text(bytes)}; at least {ByteSize.Text(needed)} for the {_onTheirWay} that are worked on or on their way were expected. Allow more, or take a smaller batch.");
        }

        bool stays = _bytes is not { } all || HeldBytes + bytes + needed <= all;
        HeldBytes += stays ? bytes : 0;
        return stays;
    }

    /// <summary>Bytes that a setting stands for; null for no limit.</summary>
    /// <exception cref="InputException">It is neither a word nor an amount.</exception>
    internal static long? Bytes(string setting) => setting switch
    {
        All => null,
        Auto => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / PartOfMachine,
        _ => ByteSize.Parse("config key 'data_memory'", setting),
    };
}
