using NUnit.Framework;
using Stardeq.Engine;

namespace Stardeq.Tests;

public sealed unsafe class MemoryTests
{
    [Test]
    public void Every_address_is_aligned_to_a_cache_line([Values(0, 1, 15, 16, 17, 1000, 123_457)] int count)
    {
        using var scope = new TensorScope(new CpuDevice(1), MemoryOwner.Workspace);
        Assert.That((long)scope.New(DType.Float32, [count]).Pointer<float>() % MemoryPool.Alignment, Is.EqualTo(0));
    }

    [Test]
    public void Rounding_covers_the_request_and_wastes_at_most_a_64th()
    {
        var random = new CounterRandom(1);
        var sizes = Enumerable.Range(0, 5000).Select(i => (long)i)
            .Concat(Enumerable.Range(0, 2000).Select(i => (long)Math.Exp(random.Uniform(i, Math.Log(5000), Math.Log(1e13)))));
        foreach (long size in sizes)
        {
            long rounded = MemoryPool.RoundUp(size);
            Assert.That(rounded, Is.GreaterThanOrEqualTo(Math.Max(size, MemoryPool.Alignment)));
            Assert.That(rounded % MemoryPool.Alignment, Is.EqualTo(0));
            Assert.That(MemoryPool.RoundUp(rounded), Is.EqualTo(rounded), "rounding twice changes nothing");

            // Below 4 KiB one step is a cache line; from there on it is a 64th of the power of two below.
            Assert.That(rounded - size, Is.LessThan(Math.Max(MemoryPool.Alignment + 1, (size / 64) + 1)), $"{size} -> {rounded}");
        }
    }

    [Test]
    public void A_scope_gives_everything_back()
    {
        var device = new CpuDevice(1);
        using (var scope = new TensorScope(device, MemoryOwner.Tape))
        {
            scope.New(DType.Complex64, [3, 5]);
            scope.Zeros(DType.Float64, [100]);
            Assert.That(device.Ledger.CurrentBytes, Is.EqualTo(MemoryPool.RoundUp(120) + MemoryPool.RoundUp(800)));
        }

        Assert.That(device.Ledger.CurrentBytes, Is.EqualTo(0));
        Assert.That(device.Ledger.Entries().Select(entry => entry.CurrentBytes), Is.All.EqualTo(0));
    }

    [Test]
    public void Freeing_one_tensor_gives_its_bytes_back_at_once()
    {
        var device = new CpuDevice(1);
        using var scope = new TensorScope(device, MemoryOwner.Solver);
        Tensor first = scope.New(DType.Float32, [1000]), second = scope.New(DType.Float32, [1000]);
        scope.Free(first);
        Assert.That(device.Ledger.CurrentBytes, Is.EqualTo(MemoryPool.RoundUp(4000)));
        Assert.That(() => scope.Free(first), Throws.InvalidOperationException);
        Assert.That(() => first.Span<float>(), ThrowsDisposed());
        Assert.That(second.Span<float>().Length, Is.EqualTo(1000));
    }

    [Test]
    public void The_second_of_two_equal_steps_asks_the_system_for_nothing()
    {
        var device = new CpuDevice(1);
        void Step()
        {
            using var step = new TensorScope(device, MemoryOwner.Tape);
            for (int layer = 1; layer < 20; layer++)
            {
                using var scratch = new TensorScope(device, MemoryOwner.Workspace);
                step.New(DType.Float32, [layer, 33, 7]);
                scratch.New(DType.Complex128, [layer, 64]);
            }
        }

        Step();
        long allocations = device.Pool.SystemAllocations, reserved = device.Pool.ReservedBytes;
        Assert.That(allocations, Is.GreaterThan(0));
        Step();
        Assert.That(device.Pool.SystemAllocations, Is.EqualTo(allocations));
        Assert.That(device.Pool.ReservedBytes, Is.EqualTo(reserved));
    }

    [Test]
    public void Trimming_gives_idle_bytes_back_and_keeps_held_ones()
    {
        var device = new CpuDevice(1);
        using var scope = new TensorScope(device, MemoryOwner.Data);
        Tensor held = scope.From<float>([4], [1, 2, 3, 4]);
        new TensorScope(device, MemoryOwner.Data).Dispose();
        using (var other = new TensorScope(device, MemoryOwner.Workspace))
        {
            other.New(DType.Float32, [5000]);
        }

        device.Pool.Trim();
        Assert.That(device.Pool.ReservedBytes, Is.EqualTo(device.Ledger.CurrentBytes));
        Assert.That(held.ToArray<float>(), Is.EqualTo(new float[] { 1, 2, 3, 4 }));
    }

    [Test]
    public void A_tensor_of_a_disposed_scope_throws_even_after_its_bytes_were_lent_again()
    {
        var device = new CpuDevice(1);
        var scope = new TensorScope(device, MemoryOwner.Workspace);
        Tensor stale = scope.Zeros(DType.Float32, [16]);
        Tensor view = stale.Slice(3);
        nint address = (nint)stale.Pointer<float>();
        scope.Dispose();
        Assert.That(() => stale.Span<float>(), ThrowsDisposed());

        using var next = new TensorScope(device, MemoryOwner.Workspace);
        Tensor fresh = next.Zeros(DType.Float32, [16]);
        Assert.That((nint)fresh.Pointer<float>(), Is.EqualTo(address), "the pool is expected to lend the same bytes again");
        Assert.That(() => stale.Span<float>(), ThrowsDisposed());
        Assert.That(() => view.Item(), ThrowsDisposed());
        Assert.That(() => stale.Clear(), ThrowsDisposed());
        Assert.That(() => fresh.CopyFrom(stale), ThrowsDisposed());
        Assert.That(() => scope.New(DType.Float32, [1]), ThrowsDisposed());
    }

    [Test]
    public void Adopting_moves_a_tensor_to_another_owner_and_keeps_its_content()
    {
        var device = new CpuDevice(1);
        using var keeper = new TensorScope(device, MemoryOwner.Cache);
        Tensor survivor;
        using (var step = new TensorScope(device, MemoryOwner.Tape))
        {
            survivor = keeper.Adopt(step.From<double>([2], [3, 4]), step);
            step.New(DType.Float64, [10]);
            Assert.That(Held(device, MemoryOwner.Cache), Is.EqualTo(MemoryPool.RoundUp(16)));
        }

        Assert.That(survivor.ToArray<double>(), Is.EqualTo(new double[] { 3, 4 }));
        Assert.That(Held(device, MemoryOwner.Tape), Is.EqualTo(0));
        Assert.That(device.Ledger.CurrentBytes, Is.EqualTo(MemoryPool.RoundUp(16)));
    }

    [Test]
    public void Adopting_from_a_scope_that_does_not_own_the_tensor_is_refused()
    {
        var device = new CpuDevice(1);
        using var owner = new TensorScope(device, MemoryOwner.Data);
        using var stranger = new TensorScope(device, MemoryOwner.Data);
        using var elsewhere = new TensorScope(new CpuDevice(1), MemoryOwner.Data);
        Tensor tensor = owner.New(DType.Float32, [1]);
        Assert.That(() => owner.Adopt(tensor, stranger), Throws.InvalidOperationException);
        Assert.That(() => elsewhere.Adopt(tensor, owner), Throws.TypeOf<DeviceException>());
        Assert.That(tensor.Span<float>().Length, Is.EqualTo(1), "a refused adoption leaves the tensor where it was");
    }

    [Test]
    public void The_pool_is_safe_for_many_threads()
    {
        var device = new CpuDevice(8);
        device.For(64, item =>
        {
            for (int round = 0; round < 100; round++)
            {
                using var scope = new TensorScope(device, MemoryOwner.Workspace);
                Tensor mine = scope.New(DType.Int32, [64 + (item % 5)]);
                mine.Span<int>().Fill(item);
                if (mine.Span<int>().ContainsAnyExcept(item))
                {
                    throw new InvalidOperationException("two owners share bytes");
                }
            }
        });
        Assert.That(device.Ledger.CurrentBytes, Is.EqualTo(0));
    }

    private static long Held(Device device, MemoryOwner owner) =>
        device.Ledger.Entries().Where(entry => entry.Owner == owner).Sum(entry => entry.CurrentBytes);

    private static NUnit.Framework.Constraints.ExactTypeConstraint<ObjectDisposedException> ThrowsDisposed() => Throws.TypeOf<ObjectDisposedException>();
}
