using ManagedCuda.BasicTypes;
using NUnit.Framework;
using static ManagedCuda.DriverAPINativeMethods;

namespace Stardeq.Tests;

/// <summary>Capture of graphs and stream-ordered memory on the software driver.</summary>
public sealed unsafe class GraphAndPoolTests
{
    private const int Bytes = 256;
    private const CUResult Unjoined = (CUResult)904, Isolation = (CUResult)905, Implicit = (CUResult)906, CapturedEvent = (CUResult)907;
    private const int ReleaseThreshold = 4, ReservedCurrent = 5, UsedCurrent = 7, UsedHigh = 8; // of CUmemPool_attribute

    private CUstream _one, _two;
    private CUdeviceptr _x;

    [SetUp]
    public void Open()
    {
        Emulator.Require();
        (_one, _two) = (Driver.Stream(), Driver.Stream());
        _x = Driver.Allocate(Bytes);
        Fill(0, default);
        Driver.Require(Driver.Synchronize());
    }

    [TearDown]
    public void Close()
    {
        Driver.Free(_x);
        Driver.Require(Streams.cuStreamDestroy_v2(_one));
        Driver.Require(Streams.cuStreamDestroy_v2(_two));
    }

    [Test]
    public void Captured_work_runs_when_its_graph_is_launched_and_each_time_again()
    {
        CUgraph graph = Capture(() => Fill(7, _one));
        CUgraphExec executable = default;
        Driver.Require(GraphManagment.cuGraphInstantiate(ref executable, graph, CUgraphInstantiate_flags.None));
        Assert.That(First(), Is.Zero, "captured, not run");
        Driver.Require(((delegate* unmanaged<CUgraphExec, CUstream, CUResult>)Emulator.Export("cuGraphUpload"))(executable, _one));
        Assert.That(First(), Is.Zero, "uploaded, not run");
        for (int launch = 0; launch < 2; launch++)
        {
            Driver.Require(GraphManagment.cuGraphLaunch(executable, _one));
            Assert.That(First(), Is.EqualTo(7));
            Fill(0, _one);
            Assert.That(First(), Is.Zero);
        }

        CUgraph other = Capture(() => Fill(9, _one)), longer = Capture(() => { Fill(1, _one); Fill(2, _one); });
        var update = (delegate* unmanaged<CUgraphExec, CUgraph, nint, CUResult>)Emulator.Export("cuGraphExecUpdate_v2");
        nint* result = stackalloc nint[3];
        Driver.Require(update(executable, other, (nint)result));
        Driver.Require(GraphManagment.cuGraphLaunch(executable, _one));
        Assert.That(First(), Is.EqualTo(9));
        Assert.That(update(executable, longer, (nint)result), Is.EqualTo((CUResult)910));
        Driver.Require(GraphManagment.cuGraphExecDestroy(executable));
        Array.ForEach([graph, other, longer], g => Driver.Require(GraphManagment.cuGraphDestroy(g)));
    }

    [Test]
    public void Waiting_or_allocating_breaks_a_capture()
    {
        CUdeviceptr address = default;
        CUevent made = Driver.Event();
        Func<CUResult>[] forbidden =
        [
            () => Streams.cuStreamSynchronize(_one), () => Driver.Query(_one), Driver.Synchronize,
            () => MemoryManagement.cuMemAlloc_v2(ref address, 16), () => MemoryManagement.cuMemFree_v2(_x), () => Driver.Query(made),
        ];
        foreach (Func<CUResult> call in forbidden)
        {
            Driver.Require(Streams.cuStreamBeginCapture(_one, CUstreamCaptureMode.Global));
            Assert.That(call(), Is.EqualTo(CUResult.ErrorStreamCaptureUnsupported));
            Assert.That(MemsetAsync.cuMemsetD8Async(_x, 1, Bytes, _one), Is.EqualTo(CUResult.ErrorStreamCaptureInvalidated));
            CUgraph graph = default;
            Assert.That(Streams.cuStreamEndCapture(_one, ref graph), Is.EqualTo(CUResult.ErrorStreamCaptureInvalidated));
        }

        Driver.Require(Events.cuEventDestroy_v2(made));
        Driver.Require(Streams.cuStreamBeginCapture(_one, CUstreamCaptureMode.Relaxed));
        Driver.Require(MemoryManagement.cuMemAlloc_v2(ref address, 16));
        CUgraph relaxed = default;
        Driver.Require(Streams.cuStreamEndCapture(_one, ref relaxed));
        Driver.Require(GraphManagment.cuGraphDestroy(relaxed));
        Driver.Free(address);
        Assert.That(Streams.cuStreamBeginCapture(default, CUstreamCaptureMode.Global), Is.EqualTo(CUResult.ErrorStreamCaptureUnsupported), "the null stream");
        Assert.That(First(), Is.Zero);
    }

    [Test]
    public void A_stream_that_joins_a_capture_must_be_joined_again()
    {
        CUevent fork = Driver.Event(), join = Driver.Event();
        CUgraph Forked(bool joined)
        {
            Driver.Require(Streams.cuStreamBeginCapture(_one, CUstreamCaptureMode.Global));
            Fill(1, _one);
            Driver.Require(Events.cuEventRecord(fork, _one));
            Driver.Require(Streams.cuStreamWaitEvent(_two, fork, 0));
            Fill(5, _two);
            if (joined)
            {
                Driver.Require(Events.cuEventRecord(join, _two));
                Driver.Require(Streams.cuStreamWaitEvent(_one, join, 0));
            }

            CUgraph graph = default;
            Assert.That(Streams.cuStreamEndCapture(_one, ref graph), Is.EqualTo(joined ? CUResult.Success : Unjoined));
            return graph;
        }

        Forked(joined: false);
        CUgraph whole = Forked(joined: true);
        Assert.That(Driver.Query(fork), Is.EqualTo(CapturedEvent));
        CUgraphExec executable = default;
        Driver.Require(GraphManagment.cuGraphInstantiate(ref executable, whole, CUgraphInstantiate_flags.None));
        Driver.Require(GraphManagment.cuGraphLaunch(executable, _two));
        Driver.Require(Streams.cuStreamSynchronize(_two));
        Assert.That(First(), Is.EqualTo(5));
        Driver.Require(GraphManagment.cuGraphExecDestroy(executable));
        Driver.Require(GraphManagment.cuGraphDestroy(whole));
        Array.ForEach([fork, join], e => Driver.Require(Events.cuEventDestroy_v2(e)));
    }

    [Test]
    public void A_capture_takes_no_order_from_outside()
    {
        CUevent outside = Driver.Event();
        Driver.Require(Events.cuEventRecord(outside, _two));
        Driver.Require(Streams.cuStreamBeginCapture(_one, CUstreamCaptureMode.Global));
        Assert.That(Streams.cuStreamWaitEvent(_one, outside, 0), Is.EqualTo(Isolation));
        CUgraph graph = default;
        Assert.That(Streams.cuStreamEndCapture(_one, ref graph), Is.EqualTo(CUResult.ErrorStreamCaptureInvalidated));
        Driver.Require(Events.cuEventDestroy_v2(outside));

        CUstream blocking = Driver.Stream(CUStreamFlags.None);
        Driver.Require(Streams.cuStreamBeginCapture(blocking, CUstreamCaptureMode.Global));
        Assert.That(MemsetAsync.cuMemsetD8Async(_x, 1, Bytes, default), Is.EqualTo(Implicit), "the null stream would wait for the captured one");
        Assert.That(Streams.cuStreamEndCapture(blocking, ref graph), Is.EqualTo(CUResult.ErrorStreamCaptureInvalidated));
        Driver.Require(Streams.cuStreamDestroy_v2(blocking));
    }

    [Test]
    public void A_graph_that_points_to_freed_memory_fails()
    {
        CUdeviceptr gone = Driver.Allocate(Bytes);
        CUgraph graph = Capture(() => Driver.Require(MemsetAsync.cuMemsetD8Async(gone, 1, Bytes, _one)));
        CUgraphExec executable = default;
        Driver.Require(GraphManagment.cuGraphInstantiate(ref executable, graph, CUgraphInstantiate_flags.None));
        Driver.Free(gone);
        Driver.Require(GraphManagment.cuGraphLaunch(executable, _one));
        Assert.That(Emulator.TakeReports(), Does.Contain("a fill: address").And.Contain("in no live allocation"));
        Assert.That(Streams.cuStreamSynchronize(_one), Is.EqualTo(CUResult.ErrorIllegalAddress));
        Emulator.Reset();
        Driver.Require(GraphManagment.cuGraphExecDestroy(executable));
        Driver.Require(GraphManagment.cuGraphDestroy(graph));
    }

    [Test]
    public void Stream_ordered_memory_lives_from_its_allocation_to_its_free()
    {
        CUdeviceptr made = AllocateAsync(Bytes, _one);
        Driver.Require(MemsetAsync.cuMemsetD8Async(made, 3, Bytes, _one));
        Assert.That(Driver.Download<byte>(made, Bytes, _one), Is.All.EqualTo(3));
        Driver.Require(FreeAsync(made, _one));
        Assert.That(Emulator.TakeReports(), Is.Empty);
        Assert.That(MemsetAsync.cuMemsetD8Async(made, 3, Bytes, _one), Is.EqualTo(CUResult.ErrorInvalidValue), "queued behind its free");
        Assert.That(FreeAsync(made, _one), Is.EqualTo(CUResult.ErrorInvalidValue), "freed twice");
        Assert.That(Emulator.TakeReports(), Does.Contain("whose free is queued").And.Contain("not the start of a live allocation"));
        Driver.Require(Streams.cuStreamSynchronize(_one));
    }

    [Test]
    public void Stream_ordered_memory_on_another_stream_needs_an_event()
    {
        CUdeviceptr made = AllocateAsync(Bytes, _one);
        Driver.Require(MemsetAsync.cuMemsetD8Async(made, 3, Bytes, _two));
        Assert.That(Emulator.TakeReports(), Does.Contain("no order between streams: a stream-ordered allocation"));
        Driver.Require(FreeAsync(made, _one));
        Assert.That(Emulator.TakeReports(), Does.Contain("a stream-ordered free"), "the fill may come after it");
        Driver.Synchronize();
        Emulator.Reset();
        Emulator.TakeReports();
    }

    [Test]
    public void The_pool_keeps_what_its_threshold_allows()
    {
        nint pool = 0;
        Driver.Require(((delegate* unmanaged<nint*, int, CUResult>)Emulator.Export("cuDeviceGetDefaultMemPool"))(&pool, 0));
        SetPool(pool, ReleaseThreshold, 1000);
        SetPool(pool, UsedHigh, 0);
        CUdeviceptr a = AllocateAsync(800, _one), b = AllocateAsync(700, _one);
        Driver.Require(FreeAsync(a, _one));
        Driver.Require(FreeAsync(b, _one));
        Driver.Require(Streams.cuStreamSynchronize(_one));
        Assert.That((GetPool(pool, UsedCurrent), GetPool(pool, UsedHigh), GetPool(pool, ReservedCurrent)), Is.EqualTo((0UL, 1500UL, 1000UL)));
        Driver.Require(((delegate* unmanaged<nint, nuint, CUResult>)Emulator.Export("cuMemPoolTrimTo"))(pool, 100));
        Assert.That(GetPool(pool, ReservedCurrent), Is.EqualTo(100));
        SetPool(pool, ReleaseThreshold, 0);
        Driver.Require(Streams.cuStreamSynchronize(_one));
        Assert.That(GetPool(pool, ReservedCurrent), Is.Zero);
    }

    private static void SetPool(nint pool, int attribute, ulong value) =>
        Driver.Require(((delegate* unmanaged<nint, int, ulong*, CUResult>)Emulator.Export("cuMemPoolSetAttribute"))(pool, attribute, &value));

    private static ulong GetPool(nint pool, int attribute)
    {
        ulong value = 0;
        Driver.Require(((delegate* unmanaged<nint, int, ulong*, CUResult>)Emulator.Export("cuMemPoolGetAttribute"))(pool, attribute, &value));
        return value;
    }

    private static CUdeviceptr AllocateAsync(nuint bytes, CUstream stream)
    {
        CUdeviceptr address = default;
        Driver.Require(((delegate* unmanaged<CUdeviceptr*, nuint, CUstream, CUResult>)Emulator.Export("cuMemAllocAsync"))(&address, bytes, stream));
        return address;
    }

    private static CUResult FreeAsync(CUdeviceptr address, CUstream stream) =>
        ((delegate* unmanaged<CUdeviceptr, CUstream, CUResult>)Emulator.Export("cuMemFreeAsync"))(address, stream);

    private CUgraph Capture(Action work)
    {
        Driver.Require(Streams.cuStreamBeginCapture(_one, CUstreamCaptureMode.Global));
        work();
        CUgraph graph = default;
        Driver.Require(Streams.cuStreamEndCapture(_one, ref graph));
        return graph;
    }

    private void Fill(byte value, CUstream stream) => Driver.Require(MemsetAsync.cuMemsetD8Async(_x, value, Bytes, stream));

    private byte First() => Driver.Download<byte>(_x, 1, _one)[0];
}
