using System.Diagnostics;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Where time and memory went while some steps ran.</summary>
public sealed class Profile
{
    /// <summary>Sums up a recording.</summary>
    /// <param name="work">What a step is: <c>training step</c>.</param>
    /// <param name="recording">What was seen.</param>
    /// <param name="roof">What the machine can do; null if it was not measured.</param>
    public Profile(string work, ProfileRecording recording, MachineRoof? roof)
    {
        (Work, Recording, Roof) = (work, recording, roof);
        Memory = new MemoryHistory(recording);
        StepSeconds = [.. recording.StepEnds.Select((end, i) => Seconds(end - (i == 0 ? recording.Start : recording.StepEnds[i - 1])))];
        double[] times = SpanSeconds(recording);
        Kernels = [.. recording.Spans.Zip(times, (span, seconds) => (Span: span, Seconds: seconds)).GroupBy(call => call.Span.Kernel)
            .Select(group => OperationLine.Of(group.Key, group.Select(call => call.Seconds), group.Aggregate(WorkCount.None, (sum, call) => sum + call.Span.Work)))
            .OrderByDescending(line => line.Seconds)];
        Launches = [.. (recording.Launches ?? []).GroupBy(launch => (launch.Kind, launch.Kernel, launch.Geometry))
            .Select(group => new LaunchLine(group.Key.Kind, group.Key.Kernel, group.Key.Geometry, group.Count(), 1e-6 * group.Sum(launch => launch.Microseconds), 1e-6 * OperationLine.Rank([.. group.Select(launch => launch.Microseconds).Order()], 0.5)))
            .OrderByDescending(line => line.Seconds)];
        KernelSeconds = recording.Launches is null ? times.Sum() : Launches.Sum(line => line.Seconds);
        Phases = [.. PhaseLines(times)];
        Owners = [.. Memory.Owners.Select((owner, i) => new OwnerLine(
            owner, Memory.Moments[0].Bytes[i], Memory.Moments[^1].Bytes[i], Memory.Moments.Max(moment => moment.Bytes[i]), Memory.Peak.Bytes[i]))
            .OrderByDescending(line => line.BytesAtPeak)];
    }

    /// <summary>What a step is.</summary>
    public string Work { get; }

    /// <summary>What was seen.</summary>
    public ProfileRecording Recording { get; }

    /// <summary>What the machine can do; null if it was not measured.</summary>
    public MachineRoof? Roof { get; }

    /// <summary>Time of each step.</summary>
    public IReadOnlyList<double> StepSeconds { get; }

    /// <summary>Operations, slowest first.</summary>
    public IReadOnlyList<OperationLine> Kernels { get; }

    /// <summary>Launches of a GPU, slowest first.</summary>
    public IReadOnlyList<LaunchLine> Launches { get; }

    /// <summary>Phases in the order in which they began.</summary>
    public IReadOnlyList<PhaseLine> Phases { get; }

    /// <summary>Owners of memory, largest at the peak first.</summary>
    public IReadOnlyList<OwnerLine> Owners { get; }

    /// <summary>Who held how much when.</summary>
    public MemoryHistory Memory { get; }

    /// <summary>Time of all steps.</summary>
    public double TotalSeconds => Seconds(Recording.End - Recording.Start);

    /// <summary>Half of the steps took less.</summary>
    public double MedianStep => OperationLine.Rank([.. StepSeconds.Order()], 0.5);

    /// <summary>Time in operations, or on a GPU in launches.</summary>
    public double KernelSeconds { get; }

    /// <summary>Time outside all of them.</summary>
    public double OutsideSeconds => TotalSeconds - KernelSeconds;

    /// <summary>Stretches of time with one phase each, in order.</summary>
    public IEnumerable<(string Phase, long Start, long End)> PhaseStretches()
    {
        IReadOnlyList<PhaseChange> changes = Recording.Phases;
        for (int i = 0; i < changes.Count && changes[i].Timestamp < Recording.End; i++)
        {
            long end = i + 1 < changes.Count ? Math.Min(changes[i + 1].Timestamp, Recording.End) : Recording.End;
            if (end > changes[i].Timestamp)
            {
                yield return (changes[i].Phase, changes[i].Timestamp, end);
            }
        }
    }

    internal static double Seconds(long ticks) => (double)ticks / Stopwatch.Frequency;

    /// <summary>Time of each operation: on a GPU that of its launches.</summary>
    private static double[] SpanSeconds(ProfileRecording recording)
    {
        if (recording.Launches is not { } launches)
        {
            return [.. recording.Spans.Select(span => Seconds(span.End - span.Start))];
        }

        double[] seconds = new double[recording.Spans.Count];
        foreach (TracedLaunch launch in launches)
        {
            if (launch.Span is { } span && span < seconds.Length)
            {
                seconds[span] += 1e-6 * launch.Microseconds;
            }
        }

        return seconds;
    }

    private IEnumerable<PhaseLine> PhaseLines(double[] spanSeconds)
    {
        var kernels = Recording.Spans.Zip(spanSeconds, (span, seconds) => (span.Phase, seconds)).ToLookup(call => call.Phase, call => call.seconds);
        return PhaseStretches().GroupBy(stretch => stretch.Phase).Select(group => new PhaseLine(
            group.Key, group.Sum(stretch => Seconds(stretch.End - stretch.Start)), kernels[group.Key].Sum(), group.Max(stretch => Memory.Largest(stretch.Start, stretch.End))));
    }
}
