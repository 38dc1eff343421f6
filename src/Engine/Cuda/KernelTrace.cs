using ManagedCuda.BasicTypes;
using static ManagedCuda.DriverAPINativeMethods;

namespace Stardeq.Engine;

/// <summary>
/// Watches a device: what it was asked to launch and how long each launch takes there, from <see cref="CudaDevice.Trace"/>
/// until it is disposed. Costs two events per launch. What a second stream uploads meanwhile is not seen.
/// </summary>
public sealed class KernelTrace : IDisposable
{
    private readonly CudaDevice _device;
    private readonly CUevent _origin;
    private readonly List<Entry> _launches = [];
    private readonly Dictionary<(CudaFunction Function, uint Threads, int SharedBytes), LaunchGeometry> _known = [];

    internal KernelTrace(CudaDevice device)
    {
        _device = device;
        using Lock.Scope call = device.Enter();
        _origin = Mark();
        device.Track(this);
    }

    /// <summary>The launches so far, in order; waits for them.</summary>
    /// <exception cref="DeviceException">A kernel failed.</exception>
    public IReadOnlyList<TracedLaunch> Read()
    {
        _device.Synchronize();
        using Lock.Scope call = _device.Enter();
        return [.. _launches.Select(launch => new TracedLaunch(
            launch.Kind, launch.Name, Between(_origin, launch.Start, launch), Between(launch.Start, launch.End, launch), launch.Span, launch.Geometry))];
    }

    /// <summary>Stops watching and gives the events back.</summary>
    public void Dispose()
    {
        using Lock.Scope call = _device.EnterToRelease();
        _device.EndTrace(this);
        _device.Forget(this);
        foreach (Entry launch in _launches)
        {
            _ = Events.cuEventDestroy_v2(launch.Start);
            _ = Events.cuEventDestroy_v2(launch.End);
        }

        _ = Events.cuEventDestroy_v2(_origin);
        _launches.Clear();
    }

    /// <summary>Marks the beginning of a launch, whose end is where the result is disposed.</summary>
    internal OpenLaunch Begin(LaunchKind kind, string name, LaunchGeometry? geometry = null) =>
        new(this, new Entry(kind, name, Mark(), default, _device.Spans?.Open, geometry));

    /// <summary>The geometry of a launch, with what the driver knows about its kernel.</summary>
    internal LaunchGeometry Describe(CudaFunction function, ref readonly KernelLaunch launch)
    {
        uint threads = launch.BlockX * launch.BlockY * launch.BlockZ;
        if (!_known.TryGetValue((function, threads, launch.SharedBytes), out LaunchGeometry? kernel))
        {
            int blocks = 0;
            _device.Require(
                Occupancy.cuOccupancyMaxActiveBlocksPerMultiprocessor(ref blocks, function.Handle, (int)threads, launch.SharedBytes), $"asking for the occupancy of {function.Signature.Name}");
            kernel = new LaunchGeometry(
                default,
                default,
                launch.SharedBytes,
                function.Attribute(CUFunctionAttribute.SharedSizeBytes),
                function.Attribute(CUFunctionAttribute.NumRegs),
                function.Attribute(CUFunctionAttribute.LocalSizeBytes),
                (double)blocks * threads / _device.ThreadsPerMultiprocessor);
            _known[(function, threads, launch.SharedBytes)] = kernel;
        }

        return kernel with { Grid = (launch.GridX, launch.GridY, launch.GridZ), Block = (launch.BlockX, launch.BlockY, launch.BlockZ) };
    }

    private CUevent Mark()
    {
        CUevent mark = default;
        _device.Require(Events.cuEventCreate(ref mark, CUEventFlags.Default), "making an event");
        _device.Require(Events.cuEventRecord(mark, _device.Stream), "recording an event");
        return mark;
    }

    private double Between(CUevent from, CUevent to, Entry launch)
    {
        float milliseconds = 0;
        _device.Require(Events.cuEventElapsedTime(ref milliseconds, from, to), $"timing {launch.Name}");
        return 1000 * (double)milliseconds;
    }

    /// <summary>A launch that is being queued.</summary>
    internal readonly struct OpenLaunch(KernelTrace trace, Entry launch) : IDisposable
    {
        public void Dispose() => trace._launches.Add(launch with { End = trace.Mark() });
    }

    internal sealed record Entry(LaunchKind Kind, string Name, CUevent Start, CUevent End, int? Span, LaunchGeometry? Geometry);
}
