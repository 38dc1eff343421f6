using NUnit.Framework;
using Stardeq.Engine;

namespace Stardeq.Tests;

public sealed class LedgerTests
{
    [Test]
    public void Bytes_are_counted_under_their_owner_and_the_phase_of_their_allocation()
    {
        var device = new CpuDevice(1);
        using var parameters = new TensorScope(device, MemoryOwner.Parameters);
        using var tape = new TensorScope(device, MemoryOwner.Tape);
        using (device.Ledger.Enter("forward"))
        {
            parameters.New(DType.Float32, [16]);
            tape.New(DType.Float32, [32]);
            using (device.Ledger.Enter("solve"))
            {
                tape.New(DType.Float32, [48]);
            }

            Assert.That(device.Ledger.Phase, Is.EqualTo("forward"));
            tape.New(DType.Float32, [64]);
        }

        Assert.That(device.Ledger.Phase, Is.EqualTo("idle"));
        Assert.That(device.Ledger.Entries(), Is.EqualTo(new LedgerEntry[]
        {
            new(MemoryOwner.Parameters, "forward", nameof(LedgerTests), 64, 64, 64),
            new(MemoryOwner.Tape, "forward", nameof(LedgerTests), 128 + 256, 128 + 256, 128 + 256),
            new(MemoryOwner.Tape, "solve", nameof(LedgerTests), 192, 192, 192),
        }));
    }

    [Test]
    public void The_peak_remembers_who_held_what_at_its_moment()
    {
        var device = new CpuDevice(1);
        using (var tape = new TensorScope(device, MemoryOwner.Tape))
        using (var solver = new TensorScope(device, MemoryOwner.Solver))
        {
            tape.New(DType.Float32, [1024]);
            Tensor history = solver.New(DType.Float32, [256]);
            solver.Free(history);
            solver.New(DType.Float32, [128]);
        }

        using var later = new TensorScope(device, MemoryOwner.Data);
        later.New(DType.Float32, [512]);
        Assert.That(device.Ledger.PeakBytes, Is.EqualTo(4096 + 1024));
        Assert.That(device.Ledger.AtPeak(), Is.EquivalentTo(new Dictionary<MemoryOwner, long>
        {
            [MemoryOwner.Tape] = 4096,
            [MemoryOwner.Solver] = 1024,
        }));
        Assert.That(device.Ledger.CurrentBytes, Is.EqualTo(2048));
    }

    [Test]
    public void Resetting_the_peak_starts_again_from_what_is_held()
    {
        var device = new CpuDevice(1);
        using var data = new TensorScope(device, MemoryOwner.Data);
        data.New(DType.Float32, [16]);
        using (var tape = new TensorScope(device, MemoryOwner.Tape))
        {
            tape.New(DType.Float32, [1024]);
        }

        device.Pool.ResetPeak();
        Assert.That(device.Ledger.PeakBytes, Is.EqualTo(64));
        Assert.That(device.Ledger.AtPeak().Keys, Is.EquivalentTo(new[] { MemoryOwner.Data }));
        Assert.That(device.Ledger.Entries().Select(entry => entry.PeakBytes), Is.EqualTo(new long[] { 64, 0 }));
    }

    [Test]
    public void Each_phase_has_a_peak_of_the_sum_of_all_bytes()
    {
        var device = new CpuDevice(1);
        using var data = new TensorScope(device, MemoryOwner.Data);
        data.New(DType.Float32, [16]);
        using (device.Ledger.Enter("solve"))
        {
            using var solver = new TensorScope(device, MemoryOwner.Solver);
            solver.New(DType.Float32, [64]);
        }

        using (device.Ledger.Enter("update"))
        {
        }

        Assert.That(device.Ledger.PeaksOfPhases(), Is.EquivalentTo(new Dictionary<string, long> { ["idle"] = 64, ["solve"] = 64 + 256, ["update"] = 64 }));
    }

    [Test]
    public void Whoever_watches_sees_every_change_and_its_sum_is_what_is_held()
    {
        var device = new CpuDevice(1);
        List<MemoryEvent> events = [];
        List<string> phases = [];
        (device.Ledger.Changed, device.Ledger.PhaseChanged) = (events.Add, phases.Add);
        using (device.Ledger.Enter("solve"))
        using (var solver = new TensorScope(device, MemoryOwner.Solver))
        {
            solver.New(DType.Float32, [64]);
            solver.New(DType.Float32, [32]);
        }

        Assert.That(events.Select(change => change.Bytes), Is.EqualTo(new long[] { 256, 128, -128, -256 }));
        Assert.That(events.Select(change => change.TotalBytes), Is.EqualTo(new long[] { 256, 384, 256, 0 }));
        Assert.That(events.Select(change => (change.Owner, change.Phase, change.Origin)), Is.All.EqualTo((MemoryOwner.Solver, "solve", nameof(LedgerTests))));
        Assert.That(events.Select(change => change.Timestamp), Is.Ordered);
        Assert.That(phases, Is.EqualTo(new[] { "solve", "idle" }));
    }

    [Test]
    public void A_change_of_owner_does_not_change_the_total_or_the_peak()
    {
        var device = new CpuDevice(1);
        using var tape = new TensorScope(device, MemoryOwner.Tape);
        using var cache = new TensorScope(device, MemoryOwner.Cache);
        cache.Adopt(tape.New(DType.Float32, [100]), tape);
        Assert.That(device.Ledger.CurrentBytes, Is.EqualTo(448));
        Assert.That(device.Ledger.PeakBytes, Is.EqualTo(448));
    }

    [Test]
    public void The_summary_names_the_largest_holder_first()
    {
        var device = new CpuDevice(1);
        Assert.That(device.Ledger.Summary(), Does.Contain("nobody"));
        using var data = new TensorScope(device, MemoryOwner.Data);
        using var tape = new TensorScope(device, MemoryOwner.Tape);
        data.New(DType.Float32, [16]);
        tape.New(DType.Float32, [1024]);
        Assert.That(device.Ledger.Summary(), Does.Contain("Tape 4,096, Data 64"));
    }
}
