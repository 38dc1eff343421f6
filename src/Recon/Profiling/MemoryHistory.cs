using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Bytes held by each owner at one moment.</summary>
/// <param name="Timestamp">When.</param>
/// <param name="Bytes">By owner, in the order of <see cref="MemoryHistory.Owners"/>.</param>
public sealed record MemoryMoment(long Timestamp, IReadOnlyList<long> Bytes)
{
    /// <summary>Held by all.</summary>
    public long Total { get; } = Bytes.Sum();
}

/// <summary>Who held how much when, replayed from a recording.</summary>
public sealed class MemoryHistory
{
    private readonly MemoryOwner[] _owners;
    private readonly List<MemoryMoment> _moments = [];
    private readonly Dictionary<(MemoryOwner Owner, string Phase, string Origin), long> _lines = [];

    /// <summary>Replays.</summary>
    public MemoryHistory(ProfileRecording recording)
    {
        _owners = [.. recording.HeldAtStart.Select(entry => entry.Owner).Concat(recording.MemoryEvents.Select(change => change.Owner)).Distinct().Order()];
        long[] held = new long[_owners.Length];
        foreach (LedgerEntry entry in recording.HeldAtStart)
        {
            _lines[(entry.Owner, entry.Phase, entry.Origin)] = entry.CurrentBytes;
            held[Place(entry.Owner)] += entry.CurrentBytes;
        }

        _moments.Add(new MemoryMoment(recording.Start, [.. held]));
        Peak = _moments[0];
        LinesAtPeak = [.. Lines()];
        foreach (MemoryEvent change in recording.MemoryEvents.Where(change => change.Timestamp <= recording.End))
        {
            held[Place(change.Owner)] += change.Bytes;
            (MemoryOwner, string, string) line = (change.Owner, change.Phase, change.Origin);
            _lines[line] = _lines.GetValueOrDefault(line) + change.Bytes;
            var moment = new MemoryMoment(change.Timestamp, [.. held]);
            _moments.Add(moment);
            if (moment.Total > Peak.Total)
            {
                Peak = moment;
                LinesAtPeak = [.. Lines()];
            }
        }
    }

    /// <summary>All owners that held something, in a fixed order.</summary>
    public IReadOnlyList<MemoryOwner> Owners => _owners;

    /// <summary>The start, and the moment after each change.</summary>
    public IReadOnlyList<MemoryMoment> Moments => _moments;

    /// <summary>The moment at which most was held.</summary>
    public MemoryMoment Peak { get; private set; }

    /// <summary>Who held it: owner, phase and source file of the allocation, largest first.</summary>
    public IReadOnlyList<(MemoryOwner Owner, string Phase, string Origin, long Bytes)> LinesAtPeak { get; private set; }

    /// <summary>Largest sum held in each stretch of time, at most one moment per bin, for pictures that show every peak.</summary>
    /// <param name="start">First tick.</param>
    /// <param name="end">Last tick.</param>
    /// <param name="bins">Number of stretches.</param>
    public IEnumerable<MemoryMoment> Highest(long start, long end, int bins)
    {
        int next = 0;
        MemoryMoment now = _moments[0];
        for (int bin = 0; bin < bins; bin++)
        {
            long from = start + (long)((double)(end - start) * bin / bins), to = start + (long)((double)(end - start) * (bin + 1) / bins);
            while (next < _moments.Count && _moments[next].Timestamp <= from)
            {
                now = _moments[next++];
            }

            MemoryMoment highest = now;
            for (; next < _moments.Count && _moments[next].Timestamp <= to; next++)
            {
                now = _moments[next];
                highest = now.Total > highest.Total ? now : highest;
            }

            yield return highest with { Timestamp = from };
        }
    }

    /// <summary>Largest sum held in a stretch of time.</summary>
    public long Largest(long start, long end)
    {
        int first = _moments.FindLastIndex(moment => moment.Timestamp <= start);
        return _moments.Skip(Math.Max(0, first)).TakeWhile(moment => moment.Timestamp <= end).Max(moment => moment.Total);
    }

    private int Place(MemoryOwner owner) => Array.IndexOf(_owners, owner);

    private IEnumerable<(MemoryOwner Owner, string Phase, string Origin, long Bytes)> Lines() => _lines.Where(line => line.Value > 0)
        .OrderByDescending(line => line.Value).Select(line => (line.Key.Owner, line.Key.Phase, line.Key.Origin, line.Value));
}
