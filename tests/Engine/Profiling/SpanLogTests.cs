using NUnit.Framework;
using Stardeq.Engine;

namespace Stardeq.Tests;

public sealed class SpanLogTests
{
    private readonly CpuDevice _cpu = new(2);

    [Test]
    public void Nothing_is_computed_or_kept_when_nobody_watches()
    {
        int computed = 0;
        WorkCount Count()
        {
            computed++;
            return WorkCount.None;
        }

        using (OpenSpan? span = _cpu.Spans?.Begin("operation", Count()))
        {
        }

        SpanLog log = SpanLog.Watch(_cpu);
        log.Dispose();
        using (OpenSpan? span = _cpu.Spans?.Begin("operation", Count()))
        {
        }

        Assert.That((computed, log.Spans.Count), Is.EqualTo((0, 0)));
    }

    [Test]
    public void An_operation_made_of_others_counts_once_with_its_own_work()
    {
        using SpanLog log = SpanLog.Watch(_cpu);
        using (log.Begin("outer", new WorkCount(5, 7)))
        {
            using (log.Begin("inner", new WorkCount(1, 1)))
            {
                Assert.That(log.Current, Is.EqualTo("outer"));
            }
        }

        Assert.That(log.Current, Is.Null);
        Assert.That(log.Spans.Select(span => (span.Kernel, span.Work)), Is.EqualTo(new[] { ("outer", new WorkCount(5, 7)) }));
        Assert.That(log.Spans[0].End, Is.GreaterThanOrEqualTo(log.Spans[0].Start));
    }

    [Test]
    public void An_operation_that_fails_ends_too()
    {
        using SpanLog log = SpanLog.Watch(_cpu);
        Assert.That(
            () =>
            {
                using OpenSpan? span = _cpu.Spans?.Begin("failing", WorkCount.None);
                throw new ShapeException("wrong");
            },
            Throws.TypeOf<ShapeException>());
        Assert.That((log.Current, log.Spans.Count), Is.EqualTo(((string?)null, 1)));
    }

    [Test]
    public void Each_operation_knows_the_phase_in_which_it_was_called()
    {
        using SpanLog log = SpanLog.Watch(_cpu);
        using (_cpu.Ledger.Enter("first"))
        using (log.Begin("a", WorkCount.None))
        {
        }

        using (_cpu.Ledger.Enter("second"))
        using (log.Begin("b", WorkCount.None))
        {
        }

        Assert.That(log.Spans.Select(span => (span.Kernel, span.Phase)), Is.EqualTo(new[] { ("a", "first"), ("b", "second") }));
    }

    [Test]
    public void Copies_of_tensors_are_operations_with_the_bytes_that_move()
    {
        using var scope = new TensorScope(_cpu, MemoryOwner.Workspace);
        using SpanLog log = SpanLog.Watch(_cpu);
        Tensor a = scope.From<float>([3], [1, 2, 3]), b = scope.Zeros(DType.Float32, [3]);
        b.CopyFrom(a);
        b.ToArray<float>();
        Assert.That(log.Spans.Select(span => (span.Kernel, span.Work.Bytes)), Is.EqualTo(new[]
        {
            ("copy from host", 12.0), ("clear", 12.0), ("copy", 24.0), ("copy to host", 12.0),
        }));
    }

    [Test]
    public void What_loops_and_other_threads_do_does_not_depend_on_the_number_of_threads()
    {
        foreach (CpuDevice cpu in new[] { new CpuDevice(1), new CpuDevice(3), CpuDevice.Rehearsal(1) })
        {
            using SpanLog log = SpanLog.Watch(cpu);
            cpu.For(1000, 10, (start, end) =>
            {
                using OpenSpan? inside = cpu.Spans?.Begin("inside", WorkCount.None);
            });
            var other = new Thread(() =>
            {
                using OpenSpan? elsewhere = cpu.Spans?.Begin("elsewhere", WorkCount.None);
            });
            other.Start();
            other.Join();
            Assert.That(log.Spans.Select(span => span.Kernel), Is.EqualTo(new[] { $"loop in {nameof(SpanLogTests)}" }), $"{cpu}");
        }
    }

    [Test]
    public void A_device_has_one_watcher_at_a_time()
    {
        using SpanLog log = SpanLog.Watch(_cpu);
        Assert.That(() => SpanLog.Watch(_cpu), Throws.InvalidOperationException.With.Message.Contains("watched already"));
    }
}
