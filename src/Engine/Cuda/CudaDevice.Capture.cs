using ManagedCuda.BasicTypes;
using static ManagedCuda.DriverAPINativeMethods;

namespace Stardeq.Engine;

/// <content>Graphs: work recorded once and queued again by one call.</content>
public sealed partial class CudaDevice
{
    /// <summary>Environment variable; 0 makes <see cref="CanCapture"/> false.</summary>
    public const string GraphsVariable = "STARDEQ_CUDA_GRAPHS";

    private bool _graphsAllowed = Environment.GetEnvironmentVariable(GraphsVariable) != "0";
    private bool? _canCapture;
    private bool _capturing;
    private int _graphs;

    /// <summary>
    /// Whether work can be captured: the driver knows graphs (CUDA 11.4 and later), neither <see cref="GraphsVariable"/> nor
    /// <see cref="SynchronousVariable"/> is against it, nobody traces kernels or watches operations, and no capture is under way. Whoever gets false queues the work itself.
    /// </summary>
    public bool CanCapture
    {
        get
        {
            using Lock.Scope call = Enter();
            return _graphsAllowed && !_synchronous && _trace is null && Spans is null && !_capturing && (_canCapture ??= IsRehearsal || DriverCaptures());
        }
    }

    /// <summary>Turns graphs off or, where they are possible, on again.</summary>
    internal bool GraphsAllowed { set => _graphsAllowed = value; }

    internal bool HasGraphs => _graphs > 0;

    /// <summary>Records what <paramref name="work"/> queues, without running it. The device belongs to this thread meanwhile.</summary>
    /// <param name="work">
    /// Launches, transforms, products and copies on this device. Scalar arguments and addresses are recorded as they are now.
    /// It may not wait, read back, upload, or need memory beyond what the pool has idle: run it once before, uncaptured, so
    /// that modules, plans and memory are there.
    /// </param>
    /// <returns>The graph. The tensors that the work uses must live until its last launch.</returns>
    /// <exception cref="DeviceException">The work did something that cannot be recorded, or this device cannot capture. The
    /// stream is as before.</exception>
    public CudaGraph Capture(Action work)
    {
        using Lock.Scope call = Enter();
        if (!CanCapture)
        {
            throw new DeviceException($"cuda: {this} cannot capture graphs now; ask {nameof(CanCapture)} first.");
        }

        PoolReservation memory = Pool.Reserve();
        try
        {
            return Record(work, memory);
        }
        catch
        {
            memory.Release();
            throw;
        }
        finally
        {
            memory.Close();
        }
    }

    internal void RequireNoCapture(string operation)
    {
        if (_capturing)
        {
            throw new DeviceException(
                $"cuda: {operation} cannot be part of a graph. Do it before the capture, or set {GraphsVariable}=0 to run without graphs.");
        }
    }

    internal void Launch(CUgraphExec graph)
    {
        using Lock.Scope call = Enter();
        RequireNoCapture("a graph");
        if (IsRehearsal)
        {
            return;
        }

        _log.AddGraph();
        using KernelTrace.OpenLaunch? traced = _trace?.Begin(LaunchKind.Graph, "graph");
        Require(GraphManagment.cuGraphLaunch(graph, _stream), "launching a graph");
    }

    internal void Release(CudaGraph graph, CUgraphExec handle)
    {
        using Lock.Scope call = EnterToRelease();
        _ = IsRehearsal ? default : GraphManagment.cuGraphExecDestroy(handle); // one that is still running ends first
        Forget(graph);
        _graphs--;
    }

    private CudaGraph Record(Action work, PoolReservation memory)
    {
        if (IsRehearsal)
        {
            work();
            return Made(default, memory);
        }

        Require(Streams.cuStreamBeginCapture(_stream, CUstreamCaptureMode.Local), "starting a capture");
        _capturing = true;
        try
        {
            work();
        }
        catch
        {
            _ = EndCapture(out CUgraph unfinished);
            Destroy(unfinished);
            throw;
        }

        CUResult ended = EndCapture(out CUgraph graph);
        if (ended != CUResult.Success)
        {
            Destroy(graph);
        }

        Require(ended, "ending a capture");
        return Instantiate(graph, memory);
    }

    private CUResult EndCapture(out CUgraph graph)
    {
        graph = default;
        _capturing = false;
        return Streams.cuStreamEndCapture(_stream, ref graph);
    }

    private static void Destroy(CUgraph graph)
    {
        if (graph.Pointer != 0)
        {
            _ = GraphManagment.cuGraphDestroy(graph);
        }
    }

    private CudaGraph Instantiate(CUgraph graph, PoolReservation memory)
    {
        CUgraphExec handle = default;
        CUResult result = GraphManagment.cuGraphInstantiate(ref handle, graph, CUgraphInstantiate_flags.None);
        Destroy(graph);
        Require(result, "making a graph");
        return Made(handle, memory);
    }

    private CudaGraph Made(CUgraphExec handle, PoolReservation memory)
    {
        var made = new CudaGraph(this, handle, memory);
        Track(made);
        _graphs++;
        return made;
    }

    /// <summary>Tries it with nothing: old drivers lack the entry points, others may refuse.</summary>
    private bool DriverCaptures()
    {
        try
        {
            CUgraph graph = default;
            CUgraphExec handle = default;
            bool works = Streams.cuStreamBeginCapture(_stream, CUstreamCaptureMode.Local) == CUResult.Success
                && Streams.cuStreamEndCapture(_stream, ref graph) == CUResult.Success
                && GraphManagment.cuGraphInstantiate(ref handle, graph, CUgraphInstantiate_flags.None) == CUResult.Success;
            Destroy(graph);
            if (works)
            {
                _ = GraphManagment.cuGraphExecDestroy(handle);
            }

            return works;
        }
        catch (EntryPointNotFoundException)
        {
            return false;
        }
    }
}
