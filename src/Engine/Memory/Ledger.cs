namespace Stardeq.Engine;

/// <summary>One line of the ledger.</summary>
/// <param name="Owner">Who holds the bytes.</param>
/// <param name="Phase">What the program was doing when they were allocated.</param>
/// <param name="CurrentBytes">Held now.</param>
/// <param name="PeakBytes">Largest value <paramref name="CurrentBytes"/> ever had.</param>
public readonly record struct LedgerEntry(MemoryOwner Owner, string Phase, long CurrentBytes, long PeakBytes);

/// <summary>
/// Knows for every byte of a device who holds it and in which phase it was allocated, now and at the peak. All sizes
/// include the rounding of the pool, so that the total is what the pool really handed out.
/// </summary>
public sealed class Ledger
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(MemoryOwner Owner, string Phase), (long Current, long Peak)> _entries = [];
    private readonly Dictionary<MemoryOwner, long> _atPeak = [];
    private long _current;
    private long _peak;
    private string _phase = "idle";

    /// <summary>Bytes held now.</summary>
    public long CurrentBytes
    {
        get { lock (_lock) { return _current; } }
    }

    /// <summary>Largest value of <see cref="CurrentBytes"/> since the start or the last <see cref="ResetPeak"/>.</summary>
    public long PeakBytes
    {
        get { lock (_lock) { return _peak; } }
    }

    /// <summary>Name of the phase that new allocations are counted under.</summary>
    public string Phase => _phase;

    /// <summary>Enters a phase until the result is disposed; phases nest, the innermost counts.</summary>
    public PhaseScope Enter(string phase)
    {
        string outer = _phase;
        _phase = phase;
        return new PhaseScope(this, outer);
    }

    /// <summary>All owners and phases that ever held bytes.</summary>
    public IReadOnlyList<LedgerEntry> Entries()
    {
        lock (_lock)
        {
            return [.. _entries.Select(e => new LedgerEntry(e.Key.Owner, e.Key.Phase, e.Value.Current, e.Value.Peak))
                .OrderBy(e => e.Owner).ThenBy(e => e.Phase, StringComparer.Ordinal)];
        }
    }

    /// <summary>Who held how much at the moment of the overall peak.</summary>
    public IReadOnlyDictionary<MemoryOwner, long> AtPeak()
    {
        lock (_lock)
        {
            return new Dictionary<MemoryOwner, long>(_atPeak);
        }
    }

    /// <summary>Forgets the peaks; what is held now is the new peak.</summary>
    public void ResetPeak()
    {
        lock (_lock)
        {
            foreach ((MemoryOwner Owner, string Phase) key in _entries.Keys.ToArray())
            {
                _entries[key] = (_entries[key].Current, _entries[key].Current);
            }

            _peak = _current;
            SnapshotPeak();
        }
    }

    /// <summary>One line for messages: total, peak and the owners that hold most.</summary>
    public string Summary()
    {
        lock (_lock)
        {
            string owners = string.Join(", ", _entries.GroupBy(e => e.Key.Owner)
                .Select(g => (Owner: g.Key, Bytes: g.Sum(e => e.Value.Current))).Where(g => g.Bytes > 0)
                .OrderByDescending(g => g.Bytes).Select(g => $"{g.Owner} {g.Bytes:N0}"));
            return $"{_current:N0} bytes held (peak {_peak:N0}): {(owners.Length == 0 ? "nobody" : owners)}";
        }
    }

    internal void Add(MemoryBlock block)
    {
        lock (_lock)
        {
            Change(block, block.Bytes);
            if (_current > _peak)
            {
                _peak = _current;
                SnapshotPeak();
            }
        }
    }

    internal void Remove(MemoryBlock block)
    {
        lock (_lock)
        {
            Change(block, -block.Bytes);
        }
    }

    private void Change(MemoryBlock block, long bytes)
    {
        (long current, long peak) = _entries.GetValueOrDefault((block.Owner, block.Phase));
        current += bytes;
        _entries[(block.Owner, block.Phase)] = (current, Math.Max(current, peak));
        _current += bytes;
    }

    private void SnapshotPeak()
    {
        _atPeak.Clear();
        foreach (((MemoryOwner owner, _), (long current, _)) in _entries)
        {
            if (current > 0)
            {
                _atPeak[owner] = _atPeak.GetValueOrDefault(owner) + current;
            }
        }
    }

    /// <summary>Returns to the outer phase when disposed.</summary>
    public readonly struct PhaseScope : IDisposable
    {
        private readonly Ledger _ledger;
        private readonly string _outer;

        internal PhaseScope(Ledger ledger, string outer)
        {
            _ledger = ledger;
            _outer = outer;
        }

        /// <summary>Ends the phase.</summary>
        public void Dispose() => _ledger._phase = _outer;
    }
}
