using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Stardeq.Engine;

/// <summary>
/// Knows for every byte of a device who holds it, in which phase and by which source file it was allocated, now and at the peak. All sizes
/// include the rounding of the pool, so that the total is what the pool really handed out.
/// </summary>
public sealed class Ledger
{
    private const string Idle = "idle";

    private readonly Lock _lock = new();
    private readonly Dictionary<(MemoryOwner Owner, string Phase, string Origin), Line> _lines = [];
    private readonly Dictionary<string, long> _phasePeaks = [];
    private readonly HashSet<Line> _changed = []; // since the peak was last noted
    private long _current;
    private long _peak;

    /// <summary>Told of every change, under the ledger's lock, by the thread that makes it; null when nobody watches.</summary>
    public Action<MemoryEvent>? Changed { get; set; }

    /// <summary>Told when a phase begins or ends, with the name of the phase that holds from then on; null when nobody watches.</summary>
    public Action<string>? PhaseChanged { get; set; }

    /// <summary>Bytes held now.</summary>
    public long CurrentBytes
    {
        get { lock (_lock) { return _current; } }
    }

    /// <summary>Largest value of <see cref="CurrentBytes"/> since the start or the last reset.</summary>
    public long PeakBytes
    {
        get { lock (_lock) { return _peak; } }
    }

    /// <summary>Name of the phase that new allocations are counted under.</summary>
    public string Phase { get; private set; } = Idle;

    /// <summary>Enters a phase until the result is disposed; phases nest, the innermost counts.</summary>
    public PhaseScope Enter(string phase)
    {
        string outer = Phase;
        Turn(phase);
        return new PhaseScope(this, outer);
    }

    /// <summary>All owners, phases and origins that ever held bytes.</summary>
    public IReadOnlyList<LedgerEntry> Entries()
    {
        lock (_lock)
        {
            return [.. _lines.Select(line => new LedgerEntry(line.Key.Owner, line.Key.Phase, line.Value.Source, line.Value.Current, line.Value.Peak, line.Value.AtPeak))
                .OrderBy(entry => entry.Owner).ThenBy(entry => entry.Phase, StringComparer.Ordinal).ThenBy(entry => entry.Origin, StringComparer.Ordinal)];
        }
    }

    /// <summary>Who held how much at the moment of the overall peak.</summary>
    public IReadOnlyDictionary<MemoryOwner, long> AtPeak() =>
        Entries().Where(entry => entry.BytesAtPeak > 0).GroupBy(entry => entry.Owner).ToDictionary(group => group.Key, group => group.Sum(entry => entry.BytesAtPeak));

    /// <summary>Largest sum of all bytes during each phase, whoever allocated them.</summary>
    public IReadOnlyDictionary<string, long> PeaksOfPhases()
    {
        lock (_lock)
        {
            return new Dictionary<string, long>(_phasePeaks);
        }
    }

    /// <summary>One line for messages: total, peak and the owners that hold most.</summary>
    public string Summary()
    {
        lock (_lock)
        {
            string owners = string.Join(", ", _lines.GroupBy(line => line.Key.Owner)
                .Select(group => (Owner: group.Key, Bytes: group.Sum(line => line.Value.Current))).Where(group => group.Bytes > 0)
                .OrderByDescending(group => group.Bytes).Select(group => $"{group.Owner} {group.Bytes:N0}"));
            return $"{_current:N0} bytes held (peak {_peak:N0}): {(owners.Length == 0 ? "nobody" : owners)}";
        }
    }

    /// <summary>Forgets the peaks; what is held now is the new peak.</summary>
    internal void ResetPeak()
    {
        lock (_lock)
        {
            foreach (Line line in _lines.Values)
            {
                line.Peak = line.Current;
                line.AtPeak = line.Current;
            }

            _changed.Clear();
            _phasePeaks.Clear();
            _peak = _current;
            NotePhase();
        }
    }

    internal void Add(MemoryBlock block)
    {
        lock (_lock)
        {
            Book(block, block.Bytes);
        }
    }

    internal void Remove(MemoryBlock block)
    {
        lock (_lock)
        {
            Book(block, -block.Bytes);
        }
    }

    /// <summary>Counts held bytes under another owner from now on.</summary>
    internal void ChangeOwner(MemoryBlock block, MemoryOwner owner)
    {
        lock (_lock)
        {
            Book(block, -block.Bytes);
            block.Owner = owner;
            Book(block, block.Bytes);
        }
    }

    private void Book(MemoryBlock block, long bytes)
    {
        Line line = CollectionsMarshal.GetValueRefOrAddDefault(_lines, (block.Owner, block.Phase, block.Origin), out _) ??= new Line(Path.GetFileNameWithoutExtension(block.Origin));
        line.Current += bytes;
        line.Peak = Math.Max(line.Peak, line.Current);
        _changed.Add(line);
        _current += bytes;
        if (_current > _peak)
        {
            _peak = _current;
            foreach (Line changed in _changed)
            {
                changed.AtPeak = changed.Current; // all others are as they were at the peak before
            }

            _changed.Clear();
        }

        NotePhase();
        Changed?.Invoke(new MemoryEvent(Stopwatch.GetTimestamp(), block.Owner, block.Phase, line.Source, bytes, _current));
    }

    private void Turn(string phase)
    {
        lock (_lock)
        {
            Phase = phase;
            NotePhase();
            PhaseChanged?.Invoke(phase);
        }
    }

    private void NotePhase()
    {
        ref long peak = ref CollectionsMarshal.GetValueRefOrAddDefault(_phasePeaks, Phase, out _);
        peak = Math.Max(peak, _current);
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
        public void Dispose() => _ledger.Turn(_outer);
    }

    private sealed class Line(string source)
    {
        /// <summary>Source file without folder and extension.</summary>
        public string Source { get; } = source;

        public long Current { get; set; }

        public long Peak { get; set; }

        public long AtPeak { get; set; }
    }
}
