using System.Collections.Concurrent;
using NUnit.Framework;
using Stardeq.Engine;

namespace Stardeq.Tests;

public sealed class CpuDeviceTests
{
    private static readonly int[] ThreadCounts = [1, 2, 8];

    [Test]
    public void Every_index_is_visited_exactly_once(
        [Values(0, 1, 2, 63, 64, 65, 1000)] long count, [Values(1, 2, 7, 64, 5000)] long grain, [Values(1, 2, 8)] int threads)
    {
        var device = new CpuDevice(threads);
        int[] visits = new int[count];
        device.For(count, grain, (start, end) =>
        {
            for (long i = start; i < end; i++)
            {
                Interlocked.Increment(ref visits[i]);
            }
        });
        Assert.That(visits, Is.All.EqualTo(1));
    }

    [Test]
    public void Every_item_is_visited_exactly_once([Values(0, 1, 2, 3, 257)] int count, [Values(1, 2, 8)] int threads)
    {
        var device = new CpuDevice(threads);
        int[] visits = new int[count];
        device.For(count, item => Interlocked.Increment(ref visits[item]));
        Assert.That(visits, Is.All.EqualTo(1));
    }

    [Test]
    public void The_ranges_do_not_depend_on_the_number_of_threads([Values(1, 10, 1000, 1023)] long count, [Values(1, 10, 100)] long grain)
    {
        var ranges = ThreadCounts.Select(threads => Ranges(new CpuDevice(threads), count, grain)).ToList();
        Assert.That(ranges[1], Is.EqualTo(ranges[0]));
        Assert.That(ranges[2], Is.EqualTo(ranges[0]));
    }

    [Test]
    public void A_sum_over_range_partials_has_the_same_bits_for_any_number_of_threads()
    {
        const int Count = 100_000, Grain = 777;
        var random = new CounterRandom(11);
        float[] values = [.. Enumerable.Range(0, Count).Select(i => (float)random.Normal(i))];
        long Bits(int threads)
        {
            float[] partials = new float[(Count + Grain - 1) / Grain];
            new CpuDevice(threads).For(Count, Grain, (start, end) =>
            {
                float sum = 0;
                for (long i = start; i < end; i++)
                {
                    sum += values[i];
                }

                partials[start / Grain] = sum;
            });
            return BitConverter.SingleToInt32Bits(partials.Aggregate(0f, (total, partial) => total + partial));
        }

        Assert.That(ThreadCounts.Select(Bits).Distinct().Count(), Is.EqualTo(1));
    }

    [Test]
    public void A_loop_inside_a_loop_body_visits_everything_once([Values(1, 2, 8)] int threads)
    {
        var device = new CpuDevice(threads);
        int[] visits = new int[40 * 30];
        device.For(40, outer => device.For(30, 4, (start, end) =>
        {
            for (long inner = start; inner < end; inner++)
            {
                Interlocked.Increment(ref visits[(outer * 30) + inner]);
            }
        }));
        Assert.That(visits, Is.All.EqualTo(1));
    }

    [Test]
    public void An_exception_of_a_body_reaches_the_caller_and_the_team_survives([Values(1, 2, 8)] int threads)
    {
        var device = new CpuDevice(threads);
        for (int round = 0; round < 50; round++)
        {
            Assert.That(
                () => device.For(100, item =>
                {
                    if (item == 37)
                    {
                        throw new InvalidDataException("item 37");
                    }
                }),
                Throws.TypeOf<InvalidDataException>().With.Message.EqualTo("item 37"));

            int visited = 0;
            device.For(100, _ => Interlocked.Increment(ref visited));
            Assert.That(visited, Is.EqualTo(100));
        }
    }

    [Test]
    public void Of_several_exceptions_the_one_of_the_first_item_arrives([Values(1, 2, 8)] int threads)
    {
        var device = new CpuDevice(threads);
        for (int round = 0; round < 200; round++)
        {
            Assert.That(
                () => device.For(64, item => throw new InvalidDataException($"item {item}")),
                Throws.TypeOf<InvalidDataException>().With.Message.EqualTo("item 0"));
        }
    }

    [Test]
    public void After_an_exception_a_loop_runs_in_parallel_again()
    {
        var device = new CpuDevice(2);
        Assert.That(() => device.For(2, _ => throw new InvalidDataException()), Throws.TypeOf<InvalidDataException>());
        Assert.That(BothItemsMeet(device), Is.True);
    }

    [Test]
    public void A_worker_that_is_about_to_sleep_still_joins_the_next_loop()
    {
        // Two items wait for each other, so the loop ends only if a second thread takes part. The pauses sweep the
        // moment at which the idle worker goes to sleep; a lost wake-up shows as a pair that never meets.
        var device = new CpuDevice(2);
        for (int round = 0; round < 300; round++)
        {
            Thread.SpinWait(round * 100);
            Assert.That(BothItemsMeet(device), Is.True, $"round {round}");
        }
    }

    [Test]
    public void Loops_of_concurrent_callers_all_complete()
    {
        var device = new CpuDevice(4);
        int[] visits = new int[6 * 200];
        Thread[] callers = [.. Enumerable.Range(0, 6).Select(caller => new Thread(() =>
        {
            for (int round = 0; round < 200; round++)
            {
                device.For(8, _ => Interlocked.Increment(ref visits[(caller * 200) + round]));
            }
        }))];
        Array.ForEach(callers, caller => caller.Start());
        Array.ForEach(callers, caller => caller.Join());
        Assert.That(visits, Is.All.EqualTo(8));
    }

    [Test]
    public void Nonsense_counts_and_grains_are_refused()
    {
        var device = new CpuDevice(1);
        Assert.That(() => new CpuDevice(-1), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => device.For(-1, _ => { }), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => device.For(-1, 1, (_, _) => { }), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => device.For(10, 0, (_, _) => { }), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => device.For(1L << 40, 1, (_, _) => { }), Throws.TypeOf<OverflowException>());
    }

    private static (long Start, long End)[] Ranges(CpuDevice device, long count, long grain)
    {
        var ranges = new ConcurrentBag<(long, long)>();
        device.For(count, grain, (start, end) => ranges.Add((start, end)));
        return [.. ranges.Order()];
    }

    private static bool BothItemsMeet(CpuDevice device)
    {
        int arrived = 0, met = 0;
        device.For(2, _ =>
        {
            Interlocked.Increment(ref arrived);
            if (SpinWait.SpinUntil(() => Volatile.Read(ref arrived) == 2, TimeSpan.FromSeconds(5)))
            {
                Interlocked.Increment(ref met);
            }
        });
        return met == 2;
    }
}
