using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

/// <summary>
/// Prefetched tensors have their values when they are used, whatever runs first: the software driver runs the streams
/// late, in a random order where no event decides, and reads pinned memory only then.
/// </summary>
[TestFixtureSource(typeof(TestDevices))]
public sealed class UploadTests(TestDevice tested)
{
    private const int Count = 3000;

    [Test]
    public void Every_input_of_a_sequence_arrives_intact_while_the_one_before_is_used([Values(1, 2, 5)] int ahead)
    {
        const int Steps = 24;
        Device device = tested.Device;
        using TensorScope host = new(Device.Cpu, MemoryOwner.Data), scope = new(device, MemoryOwner.Workspace);
        Tensor sums = scope.Zeros(DType.Float32, [Steps, Count]);
        using IUploadQueue uploads = device.Uploads(MemoryOwner.Data);
        var waiting = new Queue<StagedTensors>();
        Tensor[] sources = [host.New(DType.Float32, [Count]), host.New(DType.Float32, [Count])];
        for (int step = 0; step < Steps + ahead; step++)
        {
            if (step < Steps)
            {
                // On a CPU the tensors are the sources themselves, which then may not change before they are used.
                Tensor[] own = device.IsHost ? [host.New(DType.Float32, [Count]), host.New(DType.Float32, [Count])] : sources;
                Fill.Run(step, own[0]);
                Fill.Run(100 * step, own[1]);
                waiting.Enqueue(uploads.Prefetch(own));
                Fill.Run(-1, sources[0]); // the values were taken
            }

            if (step >= ahead)
            {
                using StagedTensors present = waiting.Dequeue();
                Tensor target = sums.Slice(step - ahead);
                for (int again = 0; again < 3; again++)
                {
                    Add.Run(target, present.Tensors[0], target);
                }

                Add.Run(target, present.Tensors[1], target);
            }
        }

        for (int step = 0; step < Steps; step++)
        {
            Assert.That(sums.Slice(step).ToArray<float>(), Is.All.EqualTo(103 * step), $"step {step}");
        }
    }

    [Test]
    public void An_input_that_is_never_used_does_not_overwrite_who_gets_its_memory()
    {
        Device device = tested.Device;
        using TensorScope host = new(Device.Cpu, MemoryOwner.Data), scope = new(device, MemoryOwner.Workspace);
        using IUploadQueue uploads = device.Uploads(MemoryOwner.Data);
        Tensor source = host.New(DType.Float32, [Count]);
        Fill.Run(1, source);
        for (int round = 0; round < 10; round++)
        {
            uploads.Prefetch(source).Dispose();
            Tensor next = scope.New(DType.Float32, [Count]);
            Fill.Run(2, next);
            Assert.That(next.ToArray<float>(), Is.All.EqualTo(2));
            scope.Free(next);
        }
    }

    [Test]
    public void Tensors_of_any_type_and_size_arrive_and_those_on_the_device_stay()
    {
        Device device = tested.Device;
        using TensorScope host = new(Device.Cpu, MemoryOwner.Data), scope = new(device, MemoryOwner.Workspace);
        Tensor there = scope.Zeros(DType.Float32, [2]), empty = host.New(DType.Float32, [0]), integers = host.From([3], [1, 2, 3]);
        Tensor complex = Sample.Normal(host, DType.Complex128, [5, 7], 1), large = Sample.Normal(host, DType.Float32, [100_000], 2);
        using IUploadQueue uploads = device.Uploads(MemoryOwner.Cache);
        using (StagedTensors small = uploads.Prefetch(integers))
        {
            Assert.That(small.Tensors.Single().ToArray<int>(), Is.EqualTo(new[] { 1, 2, 3 }));
        }

        long held = device.Ledger.CurrentBytes;
        using (StagedTensors staged = uploads.Prefetch(there, empty, complex, large))
        {
            Assert.That(staged.Tensors[0], Is.SameAs(there));
            Assert.That(staged.Tensors.Select(tensor => tensor.Device), Is.All.EqualTo(device));
            Assert.That(staged.Tensors[1].Count, Is.Zero);
            Assert.That(Sample.Bits(staged.Tensors[2]), Is.EqualTo(Sample.Bits(complex)));
            Assert.That(Sample.Bits(staged.Tensors[3]), Is.EqualTo(Sample.Bits(large)));
        }

        Assert.That(device.Ledger.CurrentBytes, Is.EqualTo(held));
    }
}
