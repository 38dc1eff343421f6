namespace Stardeq.Engine;

/// <summary>
/// Brings tensors from host memory to a device while the device works on something else: prefetch the next input, work
/// on the present one, take the next. On a CPU nothing has to be brought. Not thread-safe.
/// </summary>
/// <example>
/// <code>
/// using IUploadQueue uploads = device.Uploads(MemoryOwner.Data);
/// using StagedTensors next = uploads.Prefetch([image, maps]);   // returns at once
/// Train(present);
/// Train(next.Tensors);
/// </code>
/// </example>
public interface IUploadQueue : IDisposable
{
    /// <summary>Starts to bring tensors to the device; returns without waiting for their arrival.</summary>
    /// <param name="sources">Tensors in host memory, whose values are taken now, or on the device, which are passed on as they are.</param>
    /// <exception cref="DeviceException">A tensor is on a third device, or a graph is being captured.</exception>
    /// <exception cref="OutOfDeviceMemoryException">The device has no room.</exception>
    StagedTensors Prefetch(params IReadOnlyList<Tensor> sources);
}

/// <summary>Tensors on their way to a device. Dispose it when the work that uses them has been queued.</summary>
public abstract class StagedTensors : IDisposable
{
    /// <summary>
    /// One tensor per source, in order. Asking for them lets the device's later work wait for their arrival; the host does
    /// not wait. They may share bytes with the sources: only read them.
    /// </summary>
    public abstract IReadOnlyList<Tensor> Tensors { get; }

    /// <summary>Gives the device's copies back.</summary>
    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private protected abstract void Release();
}
