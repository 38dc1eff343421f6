using System.Diagnostics;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Watches a device while steps run: operations, launches, phases and memory.</summary>
internal sealed class ProfileSession : IDisposable
{
    private readonly Device _device;
    private readonly BlockList<MemoryEvent> _memory = new();
    private readonly List<PhaseChange> _phases = [];
    private readonly List<long> _stepEnds = [];
    private readonly IReadOnlyList<LedgerEntry> _held;
    private readonly ManagedCost _managed;
    private readonly SpanLog _spans;
    private readonly KernelTrace? _trace;
    private readonly long _start;

    /// <summary>Begins to watch, and the first step.</summary>
    /// <exception cref="InvalidOperationException">Somebody watches the device already.</exception>
    public ProfileSession(Device device)
    {
        _device = device;
        Settle();
        _held = [.. device.Ledger.Entries().Where(entry => entry.CurrentBytes > 0)];
        _spans = SpanLog.Watch(device);
        _trace = (device as CudaDevice)?.Trace();
        device.Ledger.Changed = _memory.Add;
        device.Ledger.PhaseChanged = phase => _phases.Add(new PhaseChange(Stopwatch.GetTimestamp(), phase));
        _managed = ManagedCost.Now();
        _start = Stopwatch.GetTimestamp();
        _phases.Add(new PhaseChange(_start, device.Ledger.Phase));
    }

    /// <summary>Ends a step, and begins the next.</summary>
    public void EndStep()
    {
        Settle();
        _stepEnds.Add(Stopwatch.GetTimestamp());
    }

    /// <summary>What was seen. The last step must have ended.</summary>
    public ProfileRecording Read() => new()
    {
        Device = $"{_device}",
        Start = _start,
        StepEnds = _stepEnds,
        Managed = ManagedCost.Now() - _managed,
        Spans = _spans.Spans,
        Launches = _trace?.Read(),
        Phases = _phases,
        HeldAtStart = _held,
        MemoryEvents = _memory,
    };

    /// <summary>Stops watching.</summary>
    public void Dispose()
    {
        _device.Ledger.Changed = null;
        _device.Ledger.PhaseChanged = null;
        _trace?.Dispose();
        _spans.Dispose();
    }

    /// <summary>A step of a GPU ends when its work is done.</summary>
    private void Settle() => (_device as CudaDevice)?.Synchronize();
}
