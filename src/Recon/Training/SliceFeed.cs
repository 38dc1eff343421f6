using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>
/// Brings slices from host memory to the device where a model works: while it works on some, those that were announced are
/// on their way. On a CPU slices are handed on as they are.
/// </summary>
public sealed class SliceFeed : IDisposable
{
    private readonly IUploadQueue _uploads;
    private StagedSlices? _next;

    /// <summary>A feed of a device.</summary>
    public SliceFeed(Device device) => _uploads = device.Uploads(MemoryOwner.Data);

    /// <summary>Starts to bring the slices that will be taken next; returns without waiting for them.</summary>
    public void Announce(IReadOnlyList<SliceProblem> slices)
    {
        _next?.Dispose();
        _next = null; // if there is no room for the new ones
        _next = new StagedSlices(_uploads, slices);
    }

    /// <summary>The slices on the device: those that were announced, or others that are brought now. The caller disposes the result.</summary>
    public StagedSlices Take(IReadOnlyList<SliceProblem> slices)
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

    private readonly StagedTensors _tensors;

    internal StagedSlices(IUploadQueue uploads, IReadOnlyList<SliceProblem> slices)
    {
        Sources = slices;
        _tensors = uploads.Prefetch([.. slices.Select(slice => slice.Spectrum).Distinct(), .. slices.SelectMany(Parts)]);
    }

    /// <summary>The slices in host memory.</summary>
    public IReadOnlyList<SliceProblem> Sources { get; }

    /// <summary>The slices on the device, with all that training needs, and no other images. Slices that share a spectrum go on doing so.</summary>
    public IReadOnlyList<SliceProblem> Slices
    {
        get
        {
            IReadOnlyList<Tensor> tensors = _tensors.Tensors;
            List<Tensor> spectra = [.. Sources.Select(slice => slice.Spectrum).Distinct()];
            return [.. Sources.Select((slice, i) =>
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

    /// <summary>Gives the device's copies back.</summary>
    public void Dispose() => _tensors.Dispose();

    private static Tensor[] Parts(SliceProblem slice) => [slice.Maps, slice.Support, slice.B, slice.Target ?? slice.B];
}
