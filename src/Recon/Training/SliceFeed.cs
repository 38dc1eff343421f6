using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>
/// Brings slices to the device where a model works: while it works on some, those that were announced are on their way, from host
/// memory to the device or from files to host memory. On a CPU slices that are in memory are handed on as they are.
/// </summary>
public sealed class SliceFeed : IDisposable
{
    private readonly Device _host;
    private readonly IUploadQueue _uploads;
    private StagedSlices? _next;

    /// <summary>A feed of a device.</summary>
    public SliceFeed(Device device) => (_host, _uploads) = (device.Host, device.Uploads(MemoryOwner.Data));

    /// <summary>Starts to bring the slices that will be taken next; returns without waiting for them.</summary>
    public void Announce(IReadOnlyList<IWaitingSlice> slices)
    {
        _next?.Dispose();
        _next = null; // if there is no room for the new ones
        _next = new StagedSlices(_uploads, new SliceReading(slices, _host));
    }

    /// <summary>The slices on the device: those that were announced, or others that are brought now. The caller disposes the result.</summary>
    public StagedSlices Take(IReadOnlyList<IWaitingSlice> slices)
    {
        if (_next?.Sources.SequenceEqual(slices, ReferenceEqualityComparer.Instance) != true)
        {
            Announce(slices);
        }

        StagedSlices taken = _next!;
        _next = null;
        return taken;
    }

    /// <summary>Gives back what was announced and not taken.</summary>
    public void Dispose()
    {
        _next?.Dispose();
        _uploads.Dispose();
    }
}

/// <summary>Slices on their way to a device or there; see <see cref="SliceFeed"/>.</summary>
public sealed class StagedSlices : IDisposable
{
    private const int PerSlice = 4;

    private readonly IUploadQueue _uploads;
    private readonly SliceReading _reading;
    private StagedTensors? _tensors;

    internal StagedSlices(IUploadQueue uploads, SliceReading reading)
    {
        (_uploads, _reading) = (uploads, reading);
        if (reading.IsInMemory)
        {
            Send();
        }
    }

    /// <summary>The slices as they wait.</summary>
    public IReadOnlyList<IWaitingSlice> Sources => _reading.Sources;

    /// <summary>The slices on the device, with all that training needs, and no other images. Slices that share a spectrum go on doing so. Those that
    /// waited in files leave for the device now.</summary>
    /// <exception cref="InputException">A file is gone or has changed.</exception>
    public IReadOnlyList<SliceProblem> Slices
    {
        get
        {
            IReadOnlyList<Tensor> tensors = (_tensors ?? Send()).Tensors;
            IReadOnlyList<SliceProblem> sources = _reading.Slices;
            List<Tensor> spectra = [.. sources.Select(slice => slice.Spectrum).Distinct()];
            return [.. sources.Select((slice, i) =>
            {
                int first = spectra.Count + (PerSlice * i);
                return slice with
                {
                    Spectrum = tensors[spectra.IndexOf(slice.Spectrum)],
                    Maps = tensors[first],
                    Support = tensors[first + 1],
                    B = tensors[first + 2],
                    Target = slice.Target is null ? null : tensors[first + 3],
                    Gridded = null,
                    Plain = null,
                };
            })];
        }
    }

    /// <summary>Gives the device's copies back, and what was read for them.</summary>
    public void Dispose()
    {
        _tensors?.Dispose();
        _reading.Dispose();
    }

    private StagedTensors Send()
    {
        IReadOnlyList<SliceProblem> sources = _reading.Slices;
        return _tensors = _uploads.Prefetch([.. sources.Select(slice => slice.Spectrum).Distinct(), .. sources.SelectMany(Parts)]);
    }

    private static Tensor[] Parts(SliceProblem slice) => [slice.Maps, slice.Support, slice.B, slice.Target ?? slice.B];
}
