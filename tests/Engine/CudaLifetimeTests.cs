using NUnit.Framework;
using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

/// <summary>Devices come and go, and calls come from any thread.</summary>
public sealed class CudaLifetimeTests
{
    [Test]
    public void A_device_that_has_worked_leaves_nothing_behind()
    {
        Emulator.Require();
        string before = Emulator.Leaks();
        using (var cuda = new CudaDevice())
        {
            Use(cuda);
            Assert.That(Emulator.Leaks(), Is.Not.EqualTo(before));
        }

        Assert.That(Emulator.Leaks(), Is.EqualTo(before));
    }

    [Test]
    public void Whatever_its_users_forgot_ends_with_the_device()
    {
        Emulator.Require();
        string before = Emulator.Leaks();
        var cuda = new CudaDevice();
        var scope = new TensorScope(cuda, MemoryOwner.Data);
        Tensor x = scope.Zeros(DType.Float32, [100]);
        Scale.Run(2, x, x);
        CudaGraph graph = cuda.Capture(() => Scale.Run(2, x, x));
        graph.Launch();
        IUploadQueue uploads = cuda.Uploads(MemoryOwner.Data);
        using var host = new TensorScope(Device.Cpu, MemoryOwner.Data);
        StagedTensors staged = uploads.Prefetch(host.Zeros(DType.Float32, [1000]));
        cuda.Dispose();
        Assert.That(Emulator.Leaks(), Is.EqualTo(before));

        // Late disposals find nothing to do, late uses are errors.
        Assert.That(() => x.ToArray<float>(), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(graph.Launch, Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => scope.New(DType.Float32, [1]), Throws.TypeOf<ObjectDisposedException>());
        foreach (IDisposable late in new IDisposable[] { staged, uploads, graph, scope, cuda })
        {
            Assert.That(late.Dispose, Throws.Nothing);
        }

        Assert.That(Emulator.TakeReports(), Is.Empty);
    }

    [Test]
    public void The_ledger_and_the_pool_count_what_the_driver_counts()
    {
        Emulator.Require();
        using var cuda = new CudaDevice();
        long Used() => cuda.Memory().Total - cuda.Memory().Free;
        long before = Used();
        using var scope = new TensorScope(cuda, MemoryOwner.Data);
        var random = new CounterRandom(5);
        for (int i = 0; i < 40; i++)
        {
            Tensor tensor = scope.New(DType.Float32, [1 + (int)random.Uniform(i, 0, 50_000)]);
            if (i % 3 == 0)
            {
                scope.Free(tensor);
            }

            Assert.That(Used() - before, Is.EqualTo(cuda.Pool.ReservedBytes));
            Assert.That(cuda.Ledger.CurrentBytes, Is.LessThanOrEqualTo(cuda.Pool.ReservedBytes));
        }

        cuda.Pool.Trim();
        Assert.That(Used() - before, Is.EqualTo(cuda.Ledger.CurrentBytes), "nothing is idle, so held is all");
        scope.Clear();
        cuda.Pool.Trim();
        Assert.That(Used(), Is.EqualTo(before));
    }

    [Test]
    public void Threads_share_a_device()
    {
        CudaDevice cuda = SoftwareDriver.Open();
        var failures = new List<string>();
        Thread[] threads = [.. Enumerable.Range(1, 4).Select(number => new Thread(() =>
        {
            try
            {
                using var scope = new TensorScope(cuda, MemoryOwner.Workspace);
                Tensor x = scope.New(DType.Float32, [500 * number]), y = scope.Like(x);
                for (int round = 0; round < 25; round++)
                {
                    Fill.Run(number, x);
                    Scale.Run(round, x, y);
                    float[] values = y.ToArray<float>();
                    if (values.Any(value => value != number * round))
                    {
                        throw new InvalidOperationException($"{number} x {round} is not {values.First(value => value != number * round)}");
                    }
                }
            }
            catch (Exception e)
            {
                lock (failures)
                {
                    failures.Add(e.ToString());
                }
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.That(failures, Is.Empty);
    }

    [Test]
    public void A_capture_keeps_the_device_to_its_thread()
    {
        CudaDevice cuda = CudaGraphTests.Capturing();
        using var scope = new TensorScope(cuda, MemoryOwner.Workspace);
        Tensor mine = scope.Zeros(DType.Float32, [50]), other = scope.Zeros(DType.Float32, [50]);
        Scale.Run(1, mine, mine);
        var intruder = new Thread(() => Fill.Run(5, other));
        using (CudaGraph graph = cuda.Capture(() =>
        {
            Fill.Run(1, mine);
            intruder.Start();
            Assert.That(intruder.Join(50), Is.False, "it waits for the capture to end");
            Fill.Run(2, mine);
        }))
        {
            intruder.Join();
            Fill.Run(6, other);
            graph.Launch();
        }

        Assert.That(mine.ToArray<float>(), Is.All.EqualTo(2));
        Assert.That(other.ToArray<float>(), Is.All.EqualTo(6), "its launch is not part of the graph");
    }

    private static void Use(CudaDevice cuda)
    {
        using TensorScope scope = new(cuda, MemoryOwner.Data), host = new(Device.Cpu, MemoryOwner.Data);
        Tensor start = Sample.Normal(scope, DType.Complex64, [2, 8, 8], 1);
        using IUploadQueue uploads = cuda.Uploads(MemoryOwner.Data);
        using StagedTensors staged = uploads.Prefetch(Sample.Normal(host, DType.Complex64, [2, 8, 8], 2));
        Fft.Forward(start, start);
        new Anderson { Memory = 2, Tolerance = 0, MaxEvaluations = 14 }.Solve(
            new FixedPointProblem((tape, z) => tape.WeightedSum(0.3, z, 1, tape.Input(staged.Tensors[0])), start), scope);
        Tensor a = Sample.Normal(scope, DType.Float32, [3, 4], 3), b = Sample.Normal(scope, DType.Float32, [4, 5], 4), c = scope.New(DType.Float32, [3, 5]);
        cuda.Products.Multiply(new(a, 3, 4), new(b, 4, 5), new(c, 3, 5));
        cuda.Synchronize();
    }
}
