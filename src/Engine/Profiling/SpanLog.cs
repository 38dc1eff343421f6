using System.Diagnostics;

namespace Stardeq.Engine;

/// <summary>
/// Watches a device: which operations it is asked for, with their work, phase and times, from <see cref="Watch"/> until it
/// is disposed.
/// </summary>
/// <remarks>
/// Operations that are made of others count once, as the outermost: its work covers what is inside. A loop of the
/// processor that belongs to no operation is one itself, under the name of its source file. Only calls of the thread that
/// watches are seen, so that neither the number of threads matters, nor whether loops run at all
/// (<see cref="CpuDevice.Rehearsal"/>).
/// </remarks>
/// <example>
/// An operation lets itself be seen by one line; nothing is computed unless somebody watches.
/// <code>
/// using OpenSpan? span = y.Device.Spans?.Begin("add", Work.Pass(1, y, a, b));
/// </code>
/// </example>
public sealed class SpanLog : IDisposable
{
    private readonly Device _device;
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly BlockList<KernelSpan> _spans = new();
    private KernelSpan _open;
    private int _depth;

    private SpanLog(Device device) => _device = device;

    /// <summary>The operations that have ended, in the order of their calls.</summary>
    public IReadOnlyList<KernelSpan> Spans => _spans;

    /// <summary>Name of the operation under way; null between operations.</summary>
    public string? Current => _depth > 0 ? _open.Kernel : null;

    /// <summary>Place that the operation under way will have in <see cref="Spans"/>; null between operations.</summary>
    public int? Open => _depth > 0 ? _spans.Count : null;

    /// <summary>Starts to watch what the calling thread asks of a device.</summary>
    /// <exception cref="InvalidOperationException">Somebody watches already.</exception>
    public static SpanLog Watch(Device device) => device.Spans is null
        ? device.Spans = new SpanLog(device)
        : throw new InvalidOperationException($"spans: {device} is watched already.");

    /// <summary>Begins an operation, which lasts until the result is disposed; null if this call is not to be seen.</summary>
    /// <param name="kernel">Name of the operation, a constant.</param>
    /// <param name="work">What it has to do.</param>
    public OpenSpan? Begin(string kernel, WorkCount work)
    {
        if (_thread != Environment.CurrentManagedThreadId)
        {
            return null;
        }

        if (_depth++ == 0)
        {
            _open = new KernelSpan(kernel, _device.Ledger.Phase, work, Stopwatch.GetTimestamp(), 0);
        }

        return new OpenSpan(this);
    }

    /// <summary>Begins a loop of the processor, unless it is part of an operation.</summary>
    /// <param name="origin">Source file of the loop.</param>
    internal OpenSpan? BeginLoop(string origin) => _depth > 0 ? null : Begin($"loop in {Path.GetFileNameWithoutExtension(origin)}", WorkCount.None);

    /// <summary>Stops watching. What was seen can still be read.</summary>
    public void Dispose() => _device.Spans = _device.Spans == this ? null : _device.Spans;

    internal void End()
    {
        if (--_depth == 0)
        {
            _spans.Add(_open with { End = Stopwatch.GetTimestamp() });
        }
    }
}
