using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Slices on their way into host memory. A thread of its own reads those that wait in files; the others are there.</summary>
/// <remarks>Room is taken at once, by the thread that asks, so that the ledger does not depend on how fast files are.</remarks>
public sealed class SliceReading : IDisposable
{
    private readonly TensorScope _room;
    private readonly IReadOnlyList<SliceProblem> _slices;
    private readonly Task? _reading; // null if everything is in memory

    /// <summary>Begins to read.</summary>
    /// <param name="slices">Slices of any kind.</param>
    /// <param name="host">Host memory.</param>
    public SliceReading(IReadOnlyList<IWaitingSlice> slices, Device host)
    {
        Sources = slices;
        _room = new TensorScope(host, MemoryOwner.Data);
        try
        {
            SliceProblem[] places = [.. slices.Select(slice => slice.Place(_room))];
            _slices = places;
            if (slices.Any(slice => slice is not SliceProblem))
            {
                _reading = Task.Run(() =>
                {
                    for (int i = 0; i < places.Length; i++)
                    {
                        slices[i].ReadInto(places[i]);
                    }
                });
            }
        }
        catch
        {
            _room.Dispose();
            throw;
        }
    }

    /// <summary>What is read.</summary>
    public IReadOnlyList<IWaitingSlice> Sources { get; }

    /// <summary>Whether nothing has to be read.</summary>
    public bool IsInMemory => _reading is null;

    /// <summary>The slices, once they are read.</summary>
    /// <exception cref="InputException">A file is gone or has changed.</exception>
    public IReadOnlyList<SliceProblem> Slices
    {
        get
        {
            _reading?.GetAwaiter().GetResult();
            return _slices;
        }
    }

    /// <summary>Slices one after the other, each in memory until the next is asked for, which is read meanwhile.</summary>
    /// <param name="slices">Slices of any kind.</param>
    /// <param name="host">Host memory.</param>
    public static IEnumerable<SliceProblem> InTurn(IReadOnlyList<IWaitingSlice> slices, Device host)
    {
        SliceReading? next = null;
        try
        {
            for (int i = 0; i < slices.Count; i++)
            {
                using SliceReading present = next ?? new SliceReading([slices[i]], host);
                next = i + 1 < slices.Count ? new SliceReading([slices[i + 1]], host) : null;
                yield return present.Slices[0];
            }
        }
        finally
        {
            next?.Dispose();
        }
    }

    /// <summary>Gives back what was read, when the reading has ended.</summary>
    public void Dispose()
    {
        _reading?.ContinueWith(_ => { }, TaskScheduler.Default).Wait(); // whatever became of it
        _room.Dispose();
    }
}
