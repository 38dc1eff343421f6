namespace Stardeq.Engine;

/// <summary>The queue of a CPU: everything is there already.</summary>
internal sealed class HostUploads(CpuDevice device) : IUploadQueue
{
    public StagedTensors Prefetch(params IReadOnlyList<Tensor> sources) => sources.FirstOrDefault(source => !source.Device.IsHost) is { } elsewhere
        ? throw new DeviceException($"upload: {elsewhere.Describe()} is on {elsewhere.Device}; host memory was expected, for {device}.")
        : new Sources(sources);

    public void Dispose()
    {
    }

    private sealed class Sources(IReadOnlyList<Tensor> tensors) : StagedTensors
    {
        public override IReadOnlyList<Tensor> Tensors { get; } = tensors;

        private protected override void Release()
        {
        }
    }
}
