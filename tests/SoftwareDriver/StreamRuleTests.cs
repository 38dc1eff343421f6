using ManagedCuda;
using ManagedCuda.BasicTypes;
using NUnit.Framework;
using static ManagedCuda.DriverAPINativeMethods;

namespace Stardeq.Tests;

/// <summary>Order between streams, host memory of queued copies, and memory that goes away too early: every misuse is reported, and its correct form is not.</summary>
public sealed class StreamRuleTests
{
    private const int Count = 64, Bytes = 4 * Count;
    private const string Source = """
        extern "C" __global__ void __launch_bounds__(64) twice(const float* x, float* y, int n) { y[threadIdx.x] = 2.0f * x[threadIdx.x]; }
        """;

    private CUmodule _module;
    private CUfunction _twice;
    private CUstream _one, _two;
    private CUdeviceptr _x, _y, _z;

    [OneTimeSetUp]
    public void Compile()
    {
        Emulator.Require();
        Driver.Require(ModuleManagement.cuModuleLoadDataEx(ref _module, [.. KernelFile.Compile(Source), 0], 0, [], []));
        Driver.Require(ModuleManagement.cuModuleGetFunction(ref _twice, _module, "twice"));
    }

    [OneTimeTearDown]
    public void Unload() => ModuleManagement.cuModuleUnload(_module);

    [SetUp]
    public void Open()
    {
        Emulator.Require();
        (_one, _two) = (Driver.Stream(), Driver.Stream());
        (_x, _y, _z) = (Driver.Allocate(Bytes), Driver.Allocate(Bytes), Driver.Allocate(Bytes));
        Driver.Upload(_x, Enumerable.Range(0, Count).Select(i => (float)i).ToArray());
        Wait();
    }

    [TearDown]
    public void Close()
    {
        Wait();
        Emulator.Reset();
        Array.ForEach([_x, _y, _z], Driver.Free);
        Driver.Require(Streams.cuStreamDestroy_v2(_one));
        Driver.Require(Streams.cuStreamDestroy_v2(_two));
    }

    [Test]
    public void Streams_that_share_memory_without_an_event_are_reported()
    {
        Twice(_x, _y, _one);
        Twice(_y, _z, _two);
        Assert.That(Emulator.TakeReports(), Does.Contain("no order between streams: twice").And.Contain("twice on stream"));
    }

    [Test]
    public void Streams_that_only_read_the_same_memory_are_not_reported()
    {
        Twice(_x, _y, _one);
        Twice(_x, _z, _two);
        Assert.That(Emulator.TakeReports(), Is.Empty);
    }

    [Test]
    public void An_event_a_wait_of_the_host_and_the_null_stream_order_streams()
    {
        CUevent done = Driver.Event();
        Twice(_x, _y, _one);
        Driver.Require(Events.cuEventRecord(done, _one));
        Driver.Require(Streams.cuStreamWaitEvent(_two, done, 0));
        Twice(_y, _z, _two);
        Driver.Require(Streams.cuStreamSynchronize(_two));
        Twice(_z, _y, _one);
        Driver.Require(Streams.cuStreamSynchronize(_one));
        Assert.That(Driver.Download<float>(_y, Count), Is.EqualTo(Enumerable.Range(0, Count).Select(i => 8f * i)));
        Driver.Require(Events.cuEventDestroy_v2(done));

        CUstream blocking = Driver.Stream(CUStreamFlags.None);
        Twice(_x, _y, blocking);
        Twice(_y, _z, default);
        Twice(_z, _y, blocking);
        Driver.Require(Streams.cuStreamSynchronize(blocking));
        Assert.That(Driver.Download<float>(_y, Count, blocking), Is.EqualTo(Enumerable.Range(0, Count).Select(i => 8f * i)));
        Driver.Require(Streams.cuStreamDestroy_v2(blocking));
        Assert.That(Emulator.TakeReports(), Is.Empty);
    }

    [Test]
    public void The_null_stream_does_not_order_a_stream_that_does_not_block()
    {
        Twice(_x, _y, _one);
        Twice(_y, _z, default);
        Assert.That(Emulator.TakeReports(), Does.Contain("no order between streams"));
    }

    [Test]
    public void An_event_recorded_before_the_work_orders_nothing()
    {
        CUevent early = Driver.Event();
        Driver.Require(Events.cuEventRecord(early, _one));
        Twice(_x, _y, _one);
        Driver.Require(Streams.cuStreamWaitEvent(_two, early, 0));
        Twice(_y, _z, _two);
        Assert.That(Emulator.TakeReports(), Does.Contain("no order between streams"));
        Driver.Require(Events.cuEventDestroy_v2(early));
    }

    [Test]
    public void Copies_of_different_parts_of_an_allocation_do_not_meet()
    {
        Driver.Require(MemsetAsync.cuMemsetD8Async(_y, 0, Bytes / 2, _one));
        Driver.Require(MemsetAsync.cuMemsetD8Async(Driver.Offset(_y, Bytes / 2), 0, Bytes / 2, _two));
        Assert.That(Emulator.TakeReports(), Is.Empty);
        Driver.Require(MemsetAsync.cuMemsetD8Async(Driver.Offset(_y, (Bytes / 2) - 1), 0, 2, _two));
        Assert.That(Emulator.TakeReports(), Does.Contain("no order between streams: a fill"));
    }

    [Test]
    public void Nothing_runs_before_somebody_waits_and_queries_let_time_pass()
    {
        using var pinned = new PinnedFloats(Count);
        Twice(_x, _y, _one);
        Download(pinned, _y, _one);
        Assert.That(pinned.Values.ToArray(), Is.All.NaN, "a result that is read too early");
        Assert.That(Driver.Query(_one), Is.EqualTo(CUResult.ErrorNotReady));
        CUResult result = CUResult.ErrorNotReady;
        for (int asked = 0; asked < 10 && result == CUResult.ErrorNotReady; asked++)
        {
            result = Driver.Query(_one);
        }

        Assert.That(result, Is.EqualTo(CUResult.Success));
        Assert.That(pinned.Values.ToArray(), Is.EqualTo(Enumerable.Range(0, Count).Select(i => 2f * i)));
    }

    [Test]
    public void Pinned_memory_that_changes_under_a_queued_upload_is_reported()
    {
        using var pinned = new PinnedFloats(Count);
        Upload(_y, pinned, _one);
        Driver.Require(Streams.cuStreamSynchronize(_one));
        pinned.Values[3] = 1;
        Assert.That(Emulator.TakeReports(), Is.Empty, "after the wait it may change");
        Upload(_y, pinned, _one);
        pinned.Values[3] = 2;
        Wait();
        Assert.That(Emulator.TakeReports(), Does.Contain("an upload: its pinned host memory was changed"));
        Download(pinned, _x, _one);
        pinned.Values[3] = 2;
        Wait();
        Assert.That(Emulator.TakeReports(), Does.Contain("a download: its pinned host memory was changed"));
    }

    [Test]
    public void Pinned_memory_that_is_freed_under_a_queued_copy_is_reported()
    {
        var early = new PinnedFloats(Count);
        Upload(_y, early, _one);
        early.Dispose();
        Assert.That(Emulator.TakeReports(), Does.Contain("freed while an upload of it was queued"));
        var late = new PinnedFloats(Count);
        Upload(_y, late, _one);
        Wait();
        late.Dispose();
        Assert.That(Emulator.TakeReports(), Is.Empty);
    }

    [Test]
    public void Pageable_memory_may_change_at_once()
    {
        float[] values = [.. Enumerable.Repeat(1f, Count)];
        Driver.Upload(_y, values, _one);
        Array.Clear(values);
        Assert.That(Driver.Download<float>(_y, Count, _one), Is.All.EqualTo(1f));
        Assert.That(Emulator.TakeReports(), Is.Empty);
    }

    [Test]
    public void A_stale_pointer_fails_when_the_kernel_runs()
    {
        CUdeviceptr gone = Driver.Allocate(Bytes);
        Driver.Free(gone);
        Assert.That(Driver.Launch(_twice, (1, 1), Count, 0, _one, _x, gone, Count), Is.EqualTo(CUResult.Success));
        Assert.That(Emulator.TakeReports(), Does.Contain("twice: address").And.Contain("in no live allocation"));
        Assert.That(Streams.cuStreamSynchronize(_one), Is.EqualTo(CUResult.ErrorIllegalAddress));
        Assert.That(Streams.cuStreamSynchronize(_one), Is.EqualTo(CUResult.ErrorIllegalAddress), "the error stays");
    }

    [Test]
    public void Copies_beyond_an_allocation_and_double_frees_are_refused()
    {
        Assert.That(MemsetAsync.cuMemsetD8Async(_x, 0, Bytes + 1, _one), Is.EqualTo(CUResult.ErrorInvalidValue));
        Assert.That(Emulator.TakeReports(), Does.Contain("too small"));
        CUdeviceptr once = Driver.Allocate(Bytes);
        Driver.Free(once);
        Assert.That(MemoryManagement.cuMemFree_v2(once), Is.EqualTo(CUResult.ErrorInvalidValue));
        Assert.That(MemoryManagement.cuMemFree_v2(Driver.Offset(_x, 4)), Is.EqualTo(CUResult.ErrorInvalidValue), "not its start");
        Assert.That(Emulator.TakeReports(), Does.Contain("not the start of a live allocation"));
    }

    [Test]
    public void A_thread_without_a_context_can_do_nothing()
    {
        CUResult result = CUResult.Success;
        CUdeviceptr address = default;
        var thread = new Thread(() => result = MemoryManagement.cuMemAlloc_v2(ref address, 16));
        thread.Start();
        thread.Join();
        Assert.That(result, Is.EqualTo(CUResult.ErrorInvalidContext));
    }

    [Test]
    public void Threads_with_streams_of_their_own_do_not_disturb_each_other()
    {
        CUcontext context = Driver.CurrentContext();
        Parallel.For(0, 4, thread =>
        {
            Driver.Require(ContextManagement.cuCtxSetCurrent(context));
            CUstream stream = Driver.Stream();
            for (int round = 0; round < 20; round++)
            {
                CUdeviceptr x = Driver.Allocate(Bytes), y = Driver.Allocate(Bytes);
                Driver.Upload(x, Enumerable.Repeat((float)thread, Count).ToArray(), stream);
                Twice(x, y, stream);
                Assert.That(Driver.Download<float>(y, Count, stream), Is.All.EqualTo(2f * thread));
                Driver.Free(x);
                Driver.Free(y);
            }

            Driver.Require(Streams.cuStreamDestroy_v2(stream));
        });
        Assert.That(Emulator.TakeReports(), Is.Empty);
    }

    [Test]
    public void What_is_not_given_back_is_named()
    {
        string before = Emulator.Leaks();
        CUstream stream = Driver.Stream();
        CUevent made = Driver.Event();
        var pinned = new PinnedFloats(1);
        CUdeviceptr memory = Driver.Allocate(1);
        string after = Emulator.Leaks();
        foreach (string kind in (string[])["streams", "events", "pinned host buffers", "allocations"])
        {
            Assert.That(Number(after, kind), Is.EqualTo(Number(before, kind) + 1), kind);
        }

        Driver.Require(Streams.cuStreamDestroy_v2(stream));
        Driver.Require(Events.cuEventDestroy_v2(made));
        pinned.Dispose();
        Driver.Free(memory);
        Assert.That(Emulator.Leaks(), Is.EqualTo(before));
    }

    [Test]
    public void A_kernel_tells_the_sizes_of_its_parameters_and_an_argument_that_is_missing_is_refused()
    {
        SizeT offset = 0, size = 0;
        Driver.Require(FunctionManagement.cuFuncGetParamInfo(_twice, 2, ref offset, ref size));
        Assert.That(((long)offset, (long)size), Is.EqualTo((16L, 4L)));
        Assert.That(FunctionManagement.cuFuncGetParamInfo(_twice, 3, ref offset, ref size), Is.EqualTo(CUResult.ErrorInvalidValue));
        Assert.That(DriverAPINativeMethods.Launch.cuLaunchKernel(_twice, 1, 1, 1, 1, 1, 1, 0, _one, [0, 0, 0], null), Is.EqualTo(CUResult.ErrorInvalidValue));
    }

    private static long Number(string leaks, string kind) => leaks.Split('\n').Where(line => line.Contains(kind, StringComparison.Ordinal))
        .Select(line => long.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture)).FirstOrDefault();

    private static void Wait() => Driver.Synchronize();

    private static void Upload(CUdeviceptr target, PinnedFloats source, CUstream stream) =>
        Driver.Require(AsynchronousMemcpy_v2.cuMemcpyHtoDAsync_v2(target, source.Address, 4L * source.Count, stream));

    private static void Download(PinnedFloats target, CUdeviceptr source, CUstream stream) =>
        Driver.Require(AsynchronousMemcpy_v2.cuMemcpyDtoHAsync_v2(target.Address, source, 4L * target.Count, stream));

    private void Twice(CUdeviceptr x, CUdeviceptr y, CUstream stream) => Driver.Require(Driver.Launch(_twice, (1, 1), Count, 0, stream, x, y, Count));
}
