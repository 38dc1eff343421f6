using NUnit.Framework;
using Stardeq.Engine;

namespace Stardeq.Tests;

public sealed class ProcessMemoryTests
{
    [Test]
    [Platform("Linux")]
    public void What_the_ledger_counts_is_what_the_process_holds()
    {
        // Eight arrays of sizes that no rounding suits, each above 32 MiB: so large that the C library always asks the system for it and
        // never reuses what earlier tests freed. Some 300 MB together, so that a few megabytes of garbage do not count.
        var cpu = new CpuDevice(1);
        var random = new CounterRandom(7);
        ProcessMemory before = AtRest(cpu);
        using (var scope = new TensorScope(cpu, MemoryOwner.Workspace))
        {
            for (int i = 0; i < 8; i++)
            {
                scope.New(DType.Float32, [(int)random.Uniform(i, 8.5e6, 1e7)]).Span<float>().Fill(1);
            }

            ProcessMemory after = ProcessMemory.Now(cpu);
            long held = cpu.Ledger.CurrentBytes, growth = after.ResidentBytes - before.ResidentBytes - (after.ManagedBytes - before.ManagedBytes);
            Assert.That(cpu.Pool.ReservedBytes, Is.EqualTo(held), "nothing is idle");
            Assert.That((double)growth, Is.EqualTo((double)held).Within(0.02 * held), "two per cent is what the ledger promises; rounding takes 0.8 on average, pages less");
        }

        cpu.Trim();
        Assert.That(ProcessMemory.Now(cpu).PoolBytes, Is.Zero);
    }

    // What earlier tests left goes back first: finalizers run beside us and unmap files and libraries, and the runtime decommits its heap in steps.
    private static ProcessMemory AtRest(CpuDevice cpu)
    {
        const long Still = 1 << 20;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
        ProcessMemory last, now = ProcessMemory.Now(cpu);
        int tries = 0;
        do
        {
            Thread.Sleep(100);
            (last, now) = (now, ProcessMemory.Now(cpu));
        }
        while (Math.Abs(now.ResidentBytes - last.ResidentBytes) > Still && ++tries < 50);
        return now;
    }
}
