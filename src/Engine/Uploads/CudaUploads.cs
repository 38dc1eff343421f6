using ManagedCuda.BasicTypes;
using static ManagedCuda.DriverAPINativeMethods;

namespace Stardeq.Engine;

/// <summary>
/// Uploads on a second stream, from pinned memory, so that the copy engine works while kernels run. The values are first
/// copied to a ring of pinned buffers, by the host, which takes about as long as the transfer itself and much less than
/// the work that it hides behind.
/// </summary>
/// <remarks>
/// Three orders are kept by events. The target comes from the pool, where the compute stream may still use it: the upload
/// waits for what that stream had queued. The compute stream waits for the upload, when the tensors are first asked for or
/// when they go back to the pool. A pinned buffer is written to again only after its last upload has passed.
/// </remarks>
internal sealed class CudaUploads : IUploadQueue
{
    /// <summary>One on its way, one being filled.</summary>
    public const int Buffers = 2;
    private const int Alignment = 256;

    private readonly CudaDevice _device;
    private readonly MemoryOwner _owner;
    private readonly PinnedBuffer[] _ring;
    private readonly CUstream _stream;
    private readonly CUevent _reusable;
    private int _next;
    private bool _disposed;

    public CudaUploads(CudaDevice device, MemoryOwner owner)
    {
        (_device, _owner) = (device, owner);
        using Lock.Scope call = device.Enter();
        device.Require(Streams.cuStreamCreate(ref _stream, CUStreamFlags.NonBlocking), "making a stream for uploads");
        device.Require(Events.cuEventCreate(ref _reusable, CUEventFlags.DisableTiming), "making an event");
        _ring = [.. Enumerable.Range(0, Buffers).Select(_ => new PinnedBuffer(device))];
        device.Track(this);
    }

    public StagedTensors Prefetch(params IReadOnlyList<Tensor> sources)
    {
        using Lock.Scope call = _device.Enter();
        ObjectDisposedException.ThrowIf(_disposed, this);
        _device.RequireNoCapture("an upload");
        if (sources.FirstOrDefault(source => !source.Device.IsHost && source.Device != _device) is { } elsewhere)
        {
            throw new DeviceException($"upload: {elsewhere.Describe()} is on {elsewhere.Device}; host memory or {_device} was expected.");
        }

        var scope = new TensorScope(_device, _owner);
        try
        {
            Tensor[] targets = [.. sources.Select(source => source.Device == _device ? source : scope.Like(source))];
            return new Upload(this, scope, targets, Send([.. sources.Zip(targets).Where(pair => pair.First != pair.Second)]));
        }
        catch
        {
            scope.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        using Lock.Scope call = _device.EnterToRelease();
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _ = Streams.cuStreamSynchronize(_stream);
        foreach (PinnedBuffer buffer in _ring)
        {
            buffer.Dispose();
        }

        _ = Events.cuEventDestroy_v2(_reusable);
        _ = Streams.cuStreamDestroy_v2(_stream);
        _device.Forget(this);
    }

    /// <summary>Queues the copies and returns the buffer whose event follows them.</summary>
    private unsafe PinnedBuffer Send(IReadOnlyList<(Tensor Source, Tensor Target)> pairs)
    {
        PinnedBuffer buffer = _ring[_next];
        _next = (_next + 1) % Buffers;
        byte* staging = buffer.Claim(pairs.Sum(pair => Padded(pair.Source.ByteCount)));
        _device.Require(Events.cuEventRecord(_reusable, _device.Stream), "marking the compute stream");
        _device.Require(Streams.cuStreamWaitEvent(_stream, _reusable, 0), "ordering an upload behind queued work");
        foreach ((Tensor source, Tensor target) in pairs)
        {
            long bytes = source.ByteCount;
            Buffer.MemoryCopy((void*)source.DeviceAddress(), staging, bytes, bytes);
            if (bytes > 0)
            {
                _device.Require(
                    AsynchronousMemcpy_v2.cuMemcpyHtoDAsync_v2(CudaDevice.Pointer(target.DeviceAddress()), (nint)staging, bytes, _stream),
                    $"uploading {source.Describe()}");
            }

            staging += Padded(bytes);
        }

        _device.Require(Events.cuEventRecord(buffer.Passed, _stream), "marking an upload");
        return buffer;
    }

    /// <summary>Room that an array takes in a buffer.</summary>
    public static long Padded(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    private sealed class Upload(CudaUploads queue, TensorScope scope, Tensor[] tensors, PinnedBuffer buffer) : StagedTensors
    {
        private bool _ordered;

        public override IReadOnlyList<Tensor> Tensors
        {
            get
            {
                using Lock.Scope call = queue._device.Enter();
                Order();
                return tensors;
            }
        }

        private protected override void Release()
        {
            using Lock.Scope call = queue._device.EnterToRelease();
            if (queue._device.Loss is null)
            {
                Order(); // whoever gets the memory next must not be overtaken by the upload
            }

            scope.Dispose();
        }

        /// <summary>Orders the compute stream behind the upload. If the buffer was used again since, then behind that too.</summary>
        private void Order()
        {
            if (!_ordered && !queue._disposed)
            {
                queue._device.Require(Streams.cuStreamWaitEvent(queue._device.Stream, buffer.Passed, 0), "waiting for an upload");
            }

            _ordered = true;
        }
    }
}
