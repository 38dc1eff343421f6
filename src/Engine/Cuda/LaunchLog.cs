namespace Stardeq.Engine;

/// <summary>
/// What was queued since the stream was last seen to be well. An error that a kernel makes surfaces at some later call;
/// the kernel is then one of these.
/// </summary>
internal sealed class LaunchLog
{
    private const int Kept = 4; // of the newest launches the message tells name and shapes

    private readonly Entry[] _entries = [.. Enumerable.Range(0, Kept).Select(_ => new Entry())];
    private long _count;

    /// <summary>Notes a launch. Its tensors are described only if a message is needed.</summary>
    public void Add(KernelSignature signature, ReadOnlySpan<Tensor?> tensors)
    {
        Entry entry = _entries[_count++ % Kept];
        entry.Signature = signature;
        tensors.CopyTo(entry.Tensors);
        entry.Tensors.AsSpan(tensors.Length).Clear();
    }

    /// <summary>Notes the launch of a graph.</summary>
    public void AddGraph()
    {
        Entry entry = _entries[_count++ % Kept];
        entry.Signature = null;
        Array.Clear(entry.Tensors);
    }

    /// <summary>Forgets everything: it ran well.</summary>
    public void Clear() => _count = 0;

    /// <summary>One sentence.</summary>
    public string Describe()
    {
        if (_count == 0)
        {
            return "No kernel was queued since the last wait.";
        }

        IEnumerable<string> newest = Enumerable.Range(1, (int)Math.Min(_count, Kept)).Select(age => _entries[(_count - age) % Kept].Describe());
        return $"Queued since the last wait, newest first: {string.Join("; ", newest)}{(_count > Kept ? $"; {_count - Kept} more" : "")}.";
    }

    private sealed class Entry
    {
        public Tensor?[] Tensors { get; } = new Tensor?[KernelLaunch.MaxArguments];

        public KernelSignature? Signature { get; set; }

        public string Describe() => Signature is null
            ? "a graph"
            : $"{Signature.Name}({string.Join(", ", Signature.Parameters.Zip(Tensors).Where(pair => pair.Second is not null).Select(pair => $"{pair.First.Name} {pair.Second!.Describe()}"))})";
    }
}
