using System.Diagnostics;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

/// <summary>Sums of recordings whose times are chosen.</summary>
public sealed class ProfileTests
{
    private static readonly long s_millisecond = Stopwatch.Frequency / 1000;

    [Test]
    public void Time_is_shared_out_among_kernels_phases_and_what_is_outside()
    {
        // Two steps of 10 ms. Kernels "a" take 1, 2 and 6 ms, one "b" takes 3 ms; the phase "solve" is from 2 to 14 ms.
        var profile = new Profile("step", Recording(
            [Span("a", "idle", 0, 1), Span("a", "solve", 2, 4), Span("b", "solve", 5, 8), Span("a", "idle", 14, 20)],
            [new(At(0), "idle"), new(At(2), "solve"), new(At(14), "idle")]), roof: null);
        Assert.That(profile.StepSeconds, Is.EqualTo(new[] { 0.010, 0.010 }).Within(Tick));
        Assert.That((profile.TotalSeconds, profile.KernelSeconds, profile.OutsideSeconds, profile.MedianStep), Is.EqualTo((0.020, 0.012, 0.008, 0.010)).Using<double>((x, y) => Math.Abs(x - y) < Tick));
        Assert.That(profile.Kernels.Select(line => (line.Name, line.Calls)), Is.EqualTo(new[] { ("a", 3), ("b", 1) }));
        OperationLine a = profile.Kernels[0];
        Assert.That(new[] { a.Seconds, a.Median, a.P95 }, Is.EqualTo(new[] { 0.009, 0.002, 0.006 }).Within(Tick));
        Assert.That((a.Work.Flops, a.Work.Bytes), Is.EqualTo((30.0, 15.0)));
        Assert.That(profile.Phases.Select(line => line.Name), Is.EqualTo(new[] { "idle", "solve" }));
        Assert.That(profile.Phases.Select(line => line.Seconds), Is.EqualTo(new[] { 0.008, 0.012 }).Within(Tick));
        Assert.That(profile.Phases.Select(line => line.KernelSeconds), Is.EqualTo(new[] { 0.007, 0.005 }).Within(Tick));
    }

    [Test]
    public void The_share_of_the_roof_is_that_of_the_slower_of_arithmetic_and_memory()
    {
        var roof = new MachineRoof(1, [KeyValuePair.Create(256, 100.0)], 10);
        Assert.That(new OperationLine("arithmetic", 1, 2, 2, 2, new WorkCount(50, 1)).ShareOf(roof), Is.EqualTo(0.25), "half a second of arithmetic in two");
        Assert.That(new OperationLine("memory", 1, 2, 2, 2, new WorkCount(50, 10)).ShareOf(roof), Is.EqualTo(0.5), "one second of memory in two");
        Assert.That(new OperationLine("uncounted", 1, 2, 2, 2, WorkCount.None).ShareOf(roof), Is.Null);
    }

    [Test]
    public void On_a_GPU_the_time_of_an_operation_is_that_of_its_launches()
    {
        ProfileRecording recording = Recording([Span("a", "idle", 0, 1), Span("b", "idle", 1, 2)], [new(At(0), "idle")]) with
        {
            Launches =
            [
                new(LaunchKind.Kernel, "k", 0, 3000, 0, null), new(LaunchKind.Library, "l", 3000, 1000, 0, null),
                new(LaunchKind.Kernel, "k", 4000, 5000, 1, null), new(LaunchKind.Memory, "copy", 9000, 500, null, null),
            ],
        };
        var profile = new Profile("step", recording, roof: null);
        Assert.That(profile.Kernels.ToDictionary(line => line.Name, line => Math.Round(line.Seconds, 9)), Is.EqualTo(new Dictionary<string, double> { ["a"] = 0.004, ["b"] = 0.005 }));
        Assert.That(profile.KernelSeconds, Is.EqualTo(0.0095).Within(1e-12), "what belongs to no operation is work of the device too");
        Assert.That(profile.Launches.Select(line => (line.Kernel, line.Calls)), Is.EqualTo(new[] { ("k", 2), ("l", 1), ("copy", 1) }));
    }

    [Test]
    public void Memory_is_replayed_from_what_was_held_and_every_change()
    {
        ProfileRecording recording = Recording([], [new(At(0), "idle"), new(At(5), "solve")]) with
        {
            HeldAtStart = [new LedgerEntry(MemoryOwner.Data, "data", "Loader", 100, 200, 100)],
            MemoryEvents =
            [
                new(At(1), MemoryOwner.Tape, "idle", "Conv", 50, 150), new(At(2), MemoryOwner.Tape, "idle", "Conv", -50, 100),
                new(At(6), MemoryOwner.Workspace, "solve", "Fft", 80, 180), new(At(7), MemoryOwner.Workspace, "solve", "Fft", -80, 100),
                new(At(30), MemoryOwner.Tape, "solve", "Conv", 1000, 1100), // after the last step
            ],
        };
        var profile = new Profile("step", recording, roof: null);
        Assert.That(profile.Memory.Peak.Total, Is.EqualTo(180));
        Assert.That(profile.Memory.LinesAtPeak, Is.EqualTo(new[] { (MemoryOwner.Data, "data", "Loader", 100L), (MemoryOwner.Workspace, "solve", "Fft", 80L) }));
        Assert.That(profile.Owners, Is.EquivalentTo(new[]
        {
            new OwnerLine(MemoryOwner.Data, 100, 100, 100, 100), new OwnerLine(MemoryOwner.Tape, 0, 0, 50, 0), new OwnerLine(MemoryOwner.Workspace, 0, 0, 80, 80),
        }));
        Assert.That(profile.Phases.Select(line => (line.Name, line.PeakBytes)), Is.EqualTo(new[] { ("idle", 150L), ("solve", 180L) }));
        Assert.That(profile.Memory.Highest(At(0), At(20), 4).Select(moment => moment.Total), Is.EqualTo(new[] { 150L, 180L, 100L, 100L }), "a picture loses no peak");
    }

    private static double Tick => 2.0 / Stopwatch.Frequency; // what rounding to whole ticks may shift

    private static long At(double milliseconds) => (long)(milliseconds * s_millisecond);

    private static KernelSpan Span(string kernel, string phase, double start, double end) => new(kernel, phase, new WorkCount(10, 5), At(start), At(end));

    private static ProfileRecording Recording(IReadOnlyList<KernelSpan> spans, IReadOnlyList<PhaseChange> phases) => new()
    {
        Device = "test",
        Start = At(0),
        StepEnds = [At(10), At(20)],
        Spans = spans,
        Phases = phases,
        HeldAtStart = [],
        MemoryEvents = [],
        Managed = default,
    };
}
