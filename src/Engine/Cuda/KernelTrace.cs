using ManagedCuda.BasicTypes;
using static ManagedCuda.DriverAPINativeMethods;

namespace Stardeq.Engine;

/// <summary>One launch of a kernel.</summary>
/// <param name="Kernel">Its name in kernels.cu.</param>
/// <param name="Microseconds">Time on the device, with what little the events around it add.</param>
public readonly record struct TracedLaunch(string Kernel, double Microseconds);

/// <summary>
/// Watches a device: which kernels run and how long each takes, from <see cref="CudaDevice.Trace"/> until it is disposed.
/// Launches of libraries are not seen. Costs two events per launch.
/// </summary>
public sealed class KernelTrace : IDisposable
{
    private readonly CudaDevice _device;
    private readonly List<(string Kernel, CUevent Start, CUevent End)> _launches = [];

    internal KernelTrace(CudaDevice device)
    {
        _device = device;
        device.Track(this);
    }

    /// <summary>The launches so far, in order; waits for them.</summary>
    /// <exception cref="DeviceException">A kernel failed.</exception>
    public IReadOnlyList<TracedLaunch> Read()
    {
        _device.Synchronize();
        using Lock.Scope call = _device.Enter();
        return [.. _launches.Select(launch =>
        {
            float milliseconds = 0;
            _device.Require(Events.cuEventElapsedTime(ref milliseconds, launch.Start, launch.End), $"timing {launch.Kernel}");
            return new TracedLaunch(launch.Kernel, 1000 * (double)milliseconds);
        })];
    }

    /// <summary>Stops watching and gives the events back.</summary>
    public void Dispose()
    {
        using Lock.Scope call = _device.EnterToRelease();
        _device.EndTrace(this);
        _device.Forget(this);
        foreach ((_, CUevent start, CUevent end) in _launches)
        {
            _ = Events.cuEventDestroy_v2(start);
            _ = Events.cuEventDestroy_v2(end);
        }

        _launches.Clear();
    }

    /// <summary>Marks the beginning of a launch.</summary>
    internal CUevent Begin() => Record();

    /// <summary>Marks its end.</summary>
    internal void End(string kernel, CUevent start) => _launches.Add((kernel, start, Record()));

    private CUevent Record()
    {
        CUevent mark = default;
        _device.Require(Events.cuEventCreate(ref mark, CUEventFlags.Default), "making an event");
        _device.Require(Events.cuEventRecord(mark, _device.Stream), "recording an event");
        return mark;
    }
}
