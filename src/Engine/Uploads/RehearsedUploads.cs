namespace Stardeq.Engine;

/// <summary>Uploads of a rehearsal: room on the device for what would arrive, and the ring of page-locked buffers that it would pass.</summary>
internal sealed class RehearsedUploads(CudaDevice device, MemoryOwner owner) : IUploadQueue
{
    private readonly TensorScope _staging = new(device.Host, MemoryOwner.Staging);
    private readonly long[] _ring = new long[CudaUploads.Buffers];
    private int _next;

    public StagedTensors Prefetch(params IReadOnlyList<Tensor> sources)
    {
        long bytes = sources.Where(source => source.Device != device).Sum(source => CudaUploads.Padded(source.ByteCount));
        if (bytes > _ring[_next])
        {
            _staging.New(DType.Complex128, [checked((int)((bytes - _ring[_next] + 15) / 16))]);
            _ring[_next] = bytes;
        }

        _next = (_next + 1) % _ring.Length;
        var scope = new TensorScope(device, owner);
        return new Arrived(scope, [.. sources.Select(source => source.Device == device ? source : scope.Like(source))]);
    }

    public void Dispose() => _staging.Dispose();

    private sealed class Arrived(TensorScope scope, Tensor[] tensors) : StagedTensors
    {
        public override IReadOnlyList<Tensor> Tensors { get; } = tensors;

        private protected override void Release() => scope.Dispose();
    }
}
