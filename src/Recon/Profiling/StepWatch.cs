using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Counts steps: lets the first ones pass, watches those after them, and says when it has seen enough.</summary>
/// <param name="device">What to watch.</param>
/// <param name="warmUps">Steps that pass unwatched.</param>
/// <param name="steps">Steps that are watched, at least 1.</param>
internal sealed class StepWatch(Device device, int warmUps, int steps) : IDisposable
{
    private ProfileSession? _session;
    private int _ended;

    /// <summary>What was seen; null until it is enough.</summary>
    public ProfileRecording? Recording { get; private set; }

    /// <summary>The first step is about to begin.</summary>
    public void Begin() => WatchIf(_ended == warmUps);

    /// <summary>A step has ended.</summary>
    /// <returns>Whether another is wanted.</returns>
    public bool EndStep()
    {
        if (Recording is not null)
        {
            return false;
        }

        _ended++;
        _session?.EndStep();
        if (_ended == warmUps + steps)
        {
            Recording = _session!.Read();
            Dispose();
            return false;
        }

        WatchIf(_ended == warmUps);
        return true;
    }

    /// <summary>Stops watching.</summary>
    public void Dispose()
    {
        _session?.Dispose();
        _session = null;
    }

    private void WatchIf(bool isTime) => _session = isTime ? new ProfileSession(device) : _session;
}
