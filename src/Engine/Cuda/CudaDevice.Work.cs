using ManagedCuda;
using ManagedCuda.BasicTypes;
using static ManagedCuda.DriverAPINativeMethods;

namespace Stardeq.Engine;

/// <content>Launches, copies and memory: what tensors and the pool ask of the device.</content>
public sealed partial class CudaDevice
{
    private readonly HashSet<IDisposable> _resources = []; // native objects that others hold and that end with the device
    private KernelTrace? _trace;

    /// <summary>Queues a kernel.</summary>
    /// <param name="launch">Geometry and argument values; on the caller's stack.</param>
    /// <param name="function">The kernel.</param>
    /// <param name="tensors">Its tensor arguments by position, for messages.</param>
    internal void Launch(ref readonly KernelLaunch launch, CudaFunction function, ReadOnlySpan<Tensor?> tensors)
    {
        using Lock.Scope call = Enter();
        if (IsRehearsal)
        {
            return;
        }

        function.AllowShared(launch.SharedBytes);
        launch.PointTo(function.Addresses);
        if (!_capturing)
        {
            _log.Add(function.Signature, tensors); // what is captured does not run
        }

        using (KernelTrace.OpenLaunch? traced = _trace?.Begin(LaunchKind.Kernel, function.Signature.Name, _trace.Describe(function, in launch)))
        {
            Require(
                DriverAPINativeMethods.Launch.cuLaunchKernel(function.Handle, launch.GridX, launch.GridY, launch.GridZ, launch.BlockX, launch.BlockY, launch.BlockZ,
                    (uint)launch.SharedBytes, _stream, function.Addresses, null),
                $"launching {function.Signature.Name}");
        }

        if (_synchronous)
        {
            Wait($"kernel {function.Signature.Name}");
        }
    }

    /// <inheritdoc/>
    public override IUploadQueue Uploads(MemoryOwner owner) => IsRehearsal ? new RehearsedUploads(this, owner) : new CudaUploads(this, owner);

    internal override nint AllocateFromSystem(long bytes)
    {
        using Lock.Scope call = Enter();
        RequireNoCapture($"an allocation of {bytes:N0} bytes that the pool cannot serve");
        if (IsRehearsal)
        {
            return AddressSpace.Take(bytes);
        }

        CUdeviceptr address = default;
        CUResult result = MemoryManagement.cuMemAlloc_v2(ref address, bytes);
        if (result == CUResult.ErrorOutOfMemory)
        {
            return 0; // The pool trims and retries, then reports who holds what.
        }

        Require(result, $"allocating {bytes:N0} bytes");
        return (nint)(long)address.Pointer;
    }

    internal override void FreeToSystem(nint address, long bytes)
    {
        using Lock.Scope call = EnterToRelease();
        RequireNoCapture("giving memory back to the driver");
        if (IsRehearsal)
        {
            AddressSpace.Release(address, bytes);
            return;
        }

        _ = MemoryManagement.cuMemFree_v2(Pointer(address)); // waits for work that uses it; fails only if the device is lost
    }

    internal override (long Free, long Total) SystemMemory()
    {
        try
        {
            return Memory();
        }
        catch (DeviceException)
        {
            return (0, 0); // asked for a message about another failure
        }
    }

    internal override unsafe void CopyFromHost(ReadOnlySpan<byte> source, MemoryBlock target, long targetOffset)
    {
        using Lock.Scope call = Enter();
        RequireNoCapture("an upload, which every launch of the graph would repeat from memory that may be gone,");
        if (IsRehearsal)
        {
            source.CopyTo(new Span<byte>((byte*)target.DeviceAddress() + targetOffset, source.Length)); // tables that are read back
            return;
        }

        using KernelTrace.OpenLaunch? traced = _trace?.Begin(LaunchKind.Memory, "copy from host");
        fixed (byte* bytes = source)
        {
            // From pageable memory the driver takes its own copy before it returns.
            Require(
                AsynchronousMemcpy_v2.cuMemcpyHtoDAsync_v2(Pointer(target, targetOffset), (nint)bytes, source.Length, _stream), $"uploading {source.Length:N0} bytes");
        }
    }

    internal override unsafe void CopyToHost(MemoryBlock source, long sourceOffset, Span<byte> target)
    {
        using Lock.Scope call = Enter();
        RequireNoCapture("a download");
        if (IsRehearsal)
        {
            new ReadOnlySpan<byte>((byte*)source.DeviceAddress() + sourceOffset, target.Length).CopyTo(target);
            return;
        }

        fixed (byte* bytes = target)
        {
            using (KernelTrace.OpenLaunch? traced = _trace?.Begin(LaunchKind.Memory, "copy to host"))
            {
                Require(
                    AsynchronousMemcpy_v2.cuMemcpyDtoHAsync_v2((nint)bytes, Pointer(source, sourceOffset), target.Length, _stream), $"downloading {target.Length:N0} bytes");
            }

            Wait($"waiting for a download of {target.Length:N0} bytes");
        }
    }

    internal override void Copy(MemoryBlock source, long sourceOffset, MemoryBlock target, long targetOffset, long bytes)
    {
        using Lock.Scope call = Enter();
        if (IsRehearsal)
        {
            return;
        }

        using KernelTrace.OpenLaunch? traced = _trace?.Begin(LaunchKind.Memory, "copy");
        Require(
            AsynchronousMemcpy_v2.cuMemcpyDtoDAsync_v2(Pointer(target, targetOffset), Pointer(source, sourceOffset), bytes, _stream), $"copying {bytes:N0} bytes");
    }

    internal override void Clear(MemoryBlock block, long offset, long bytes)
    {
        if (bytes > 0 && !IsRehearsal)
        {
            using Lock.Scope call = Enter();
            using KernelTrace.OpenLaunch? traced = _trace?.Begin(LaunchKind.Memory, "clear");
            Require(MemsetAsync.cuMemsetD8Async(Pointer(block, offset), 0, bytes, _stream), $"clearing {bytes:N0} bytes");
        }
    }

    internal static CUdeviceptr Pointer(nint address) => new() { Pointer = (long)address };

    /// <summary>Takes the device for one native call, with its context current, until the result is disposed.</summary>
    /// <exception cref="DeviceException">The device is lost.</exception>
    internal Lock.Scope Enter()
    {
        Lock.Scope call = _gate.EnterScope();
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (IsRehearsal)
            {
                return call;
            }

            RequireNotLost();
            Require(ContextManagement.cuCtxSetCurrent(_context), "making the context current");
            return call;
        }
        catch
        {
            call.Dispose();
            throw;
        }
    }

    /// <summary>As <see cref="Enter"/>, to release something: of a lost device too.</summary>
    internal Lock.Scope EnterToRelease()
    {
        Lock.Scope call = _gate.EnterScope();
        if (!_disposed && !IsRehearsal)
        {
            _ = ContextManagement.cuCtxSetCurrent(_context);
        }

        return call;
    }

    /// <summary>Who watches the launches; null when nobody does.</summary>
    internal KernelTrace? Tracing => _trace;

    internal void EndTrace(KernelTrace trace) => _trace = _trace == trace ? null : _trace;

    /// <summary>Lets the device dispose of something that its owner did not.</summary>
    internal void Track(IDisposable resource) => _resources.Add(resource);

    internal void Forget(IDisposable resource) => _resources.Remove(resource);

    private static CUdeviceptr Pointer(MemoryBlock block, long offset) => Pointer((nint)(block.DeviceAddress() + offset));

    /// <summary>Waits for the stream. What was queued before cannot be the cause of a later failure.</summary>
    private void Wait(string operation)
    {
        RequireNoCapture(operation);
        if (!IsRehearsal)
        {
            Require(Streams.cuStreamSynchronize(_stream), operation);
        }

        _log.Clear();
    }
}
