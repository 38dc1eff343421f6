using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

/// <summary>Work that is recorded once and queued again by one call.</summary>
public sealed class CudaGraphTests
{
    [Test]
    public void A_graph_does_at_each_launch_what_was_captured_and_nothing_before()
    {
        CudaDevice cuda = Capturing();
        using var scope = new TensorScope(cuda, MemoryOwner.Workspace);
        Tensor x = scope.From([3], [1f, 2, 3]), kept = scope.Like(x);
        Scale.Run(1, x, kept); // the kernel is there
        using CudaGraph graph = cuda.Capture(() =>
        {
            Scale.Run(2, x, x);
            kept.CopyFrom(x);
        });
        Assert.That(x.ToArray<float>(), Is.EqualTo(new float[] { 1, 2, 3 }));
        graph.Launch();
        graph.Launch();
        Assert.That(kept.ToArray<float>(), Is.EqualTo(new float[] { 4, 8, 12 }));
    }

    [Test]
    public void Scratch_memory_stays_the_graphs_own_and_in_the_ledger_until_it_is_disposed()
    {
        CudaDevice cuda = Capturing();
        using var scope = new TensorScope(cuda, MemoryOwner.Data);
        const int Count = 12_345; // of a size that nothing else uses
        Tensor x = scope.Zeros(DType.Float32, [Count]), y = scope.Like(x);
        void Work()
        {
            using var scratch = new TensorScope(cuda, MemoryOwner.Solver);
            Tensor twice = scratch.Like(x), again = scratch.Like(x);
            Scale.Run(2, x, twice);
            Scale.Run(2, twice, again);
            y.CopyFrom(again);
        }

        Work();
        long before = Held(cuda, MemoryOwner.Solver), bytes = MemoryPool.RoundUp(Count * sizeof(float)), reserved = cuda.Pool.ReservedBytes;
        CudaGraph graph = cuda.Capture(Work);
        Assert.That(Held(cuda, MemoryOwner.Solver), Is.EqualTo(before + (2 * bytes)));
        Tensor other = scope.New(DType.Float32, [Count]), another = scope.New(DType.Float32, [Count]);
        Assert.That(cuda.Pool.ReservedBytes, Is.EqualTo(reserved + (2 * bytes)), "new memory, since the idle one is the graph's");
        Fill.Run(7, other);
        Fill.Run(7, another);
        Fill.Run(1, x);
        graph.Launch();
        Assert.That(y.ToArray<float>(), Is.All.EqualTo(4));
        Assert.That(other.ToArray<float>().Concat(another.ToArray<float>()), Is.All.EqualTo(7));
        graph.Dispose();
        Assert.That(Held(cuda, MemoryOwner.Solver), Is.EqualTo(before));
        scope.New(DType.Float32, [Count]);
        Assert.That(cuda.Pool.ReservedBytes, Is.EqualTo(reserved + (2 * bytes)), "the graph's memory is handed out again");
    }

    [Test]
    public void Memory_made_in_a_capture_goes_back_to_the_graph_when_it_is_freed_later()
    {
        CudaDevice cuda = Capturing();
        using var scope = new TensorScope(cuda, MemoryOwner.Data);
        Tensor x = scope.Zeros(DType.Float32, [777]);
        using (var warm = new TensorScope(cuda, MemoryOwner.Workspace))
        {
            Scale.Run(2, x, warm.Like(x));
        }

        using var survivor = new TensorScope(cuda, MemoryOwner.Cache);
        using CudaGraph graph = cuda.Capture(() => Scale.Run(2, x, survivor.Like(x)));
        long held = Held(cuda, MemoryOwner.Cache);
        survivor.Clear();
        Assert.That(Held(cuda, MemoryOwner.Cache), Is.EqualTo(held), "the graph still writes to it");
    }

    [Test]
    public void What_cannot_be_captured_is_refused_and_the_stream_works_on()
    {
        CudaDevice cuda = Capturing();
        using var scope = new TensorScope(cuda, MemoryOwner.Data);
        Tensor x = scope.From([2], [1f, 2]);
        Scale.Run(1, x, x);
        (string Name, Action Work)[] forbidden =
        [
            ("a download", () => x.ToArray<float>()),
            ("an upload", () => x.CopyFromHost<float>([3f, 4f])),
            ("waiting for the device", cuda.Synchronize),
            ("an allocation", () => scope.New(DType.Float32, [1 << 20, 3])),
            ("giving memory back", cuda.Pool.Trim),
            ("planning transforms", () => cuda.Transforms.Execute(scope.New(DType.Complex64, [1]).Reshape([1, 1]), 1, 1, ManagedCuda.CudaFFT.TransformDirection.Forward)),
        ];
        using (var idle = new TensorScope(cuda, MemoryOwner.Data))
        {
            idle.New(DType.Complex64, [1]); // idle memory, to plan with and to give back
        }

        foreach ((string name, Action work) in forbidden)
        {
            long held = cuda.Ledger.CurrentBytes;
            Assert.That(
                () => cuda.Capture(() =>
                {
                    Scale.Run(10, x, x);
                    work();
                }),
                Throws.TypeOf<DeviceException>().With.Message.Contains("cannot be part of a graph").And.Message.Contains(name).And.Message.Contains(CudaDevice.GraphsVariable));
            Assert.That(cuda.CanCapture, Is.True, name);
        }

        Scale.Run(2, x, x);
        Assert.That(x.ToArray<float>(), Is.EqualTo(new float[] { 2, 4 }), "the captured launches never ran, the stream works");
    }

    [Test]
    public void An_exception_of_the_work_passes_through_and_ends_the_capture()
    {
        CudaDevice cuda = Capturing();
        Assert.That(() => cuda.Capture(() => throw new InvalidOperationException("mine")), Throws.InvalidOperationException.With.Message.EqualTo("mine"));
        Assert.That(cuda.CanCapture, Is.True);
        cuda.Synchronize();
    }

    [Test]
    public void A_device_without_graphs_says_so()
    {
        CudaDevice cuda = Capturing();
        try
        {
            cuda.GraphsAllowed = false;
            Assert.That(cuda.CanCapture, Is.False);
            Assert.That(() => cuda.Capture(() => { }), Throws.TypeOf<DeviceException>().With.Message.Contains("cannot capture"));
        }
        finally
        {
            cuda.GraphsAllowed = true;
        }
    }

    [Test]
    public void A_driver_that_refuses_to_capture_is_found_out_without_an_error()
    {
        Emulator.Require();
        using var option = new EmulatorOptions(("graphs", 0));
        using var cuda = new CudaDevice();
        Assert.That(cuda.CanCapture, Is.False);
        using var scope = new TensorScope(cuda, MemoryOwner.Workspace);
        Tensor x = scope.From([2], [1f, 2]);
        Scale.Run(2, x, x);
        Assert.That(x.ToArray<float>(), Is.EqualTo(new float[] { 2, 4 }));
    }

    /// <summary>The shared device, if its driver has graphs.</summary>
    internal static CudaDevice Capturing()
    {
        CudaDevice cuda = SoftwareDriver.Open();
        Assume.That(cuda.CanCapture, Is.True, "the driver has graphs, and the environment allows them");
        return cuda;
    }

    private static long Held(Device device, MemoryOwner owner) => device.Ledger.Entries().Where(entry => entry.Owner == owner).Sum(entry => entry.CurrentBytes);
}
