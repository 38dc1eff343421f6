using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Coil maps of one subject, slice by slice: from a file, or estimated when they are asked for.</summary>
internal sealed class SubjectMaps
{
    private readonly Func<Tensor, int, TensorScope, Tensor> _maps;

    private SubjectMaps(Func<Tensor, int, TensorScope, Tensor> maps) => _maps = maps;

    /// <summary>Maps in a file, [slice, coil, y, x] complex64.</summary>
    public static SubjectMaps Stored(FileArray maps) => new((slices, first, scope) => maps.Slice(first, slices.Shape[0]).Read(scope));

    /// <summary>Maps of a simulation in a file, [slice, coil, y, x] complex64 of any scale, made unit vectors as estimates are.</summary>
    public static SubjectMaps True(FileArray maps) => new((slices, first, scope) =>
    {
        Tensor read = maps.Slice(first, slices.Shape[0]).Read(scope);
        UnitMaps.Normalise(read);
        return read;
    });

    /// <summary>Estimates, for which the whole volume is looked at first.</summary>
    /// <param name="data">The subject.</param>
    /// <param name="description">Its sizes.</param>
    /// <param name="choices">Method, and whether from all spokes.</param>
    /// <param name="source">Sampling of the spokes that maps are estimated from.</param>
    /// <param name="host">Host memory.</param>
    /// <exception cref="InputException">The data do not hold what the method needs.</exception>
    public static SubjectMaps Estimated(ISubjectSlices data, DatasetDescription description, SliceChoices choices, RadialEncoding source, Device host)
    {
        CoilMapChoice method = choices.Maps ?? new CoilMapChoice();
        var volume = new VolumeLook(source.Points, source.RawWeights, description.Matrix, description.Matrix);
        Tensor Seen(Tensor slices, TensorScope scope) => choices.MapsFromFull ? slices : Keep(slices, source, scope);
        int side = CoilMapChoice.SlicesTogether(description.Coils, description.Matrix, description.Matrix);
        foreach ((_, Tensor slices) in data.InTurn(description.Slices, side, host))
        {
            using var work = new TensorScope(host, MemoryOwner.Workspace);
            volume.Add(Seen(slices, work));
        }

        return new SubjectMaps((slices, first, scope) =>
        {
            using var work = new TensorScope(host, MemoryOwner.Workspace);
            return method.Estimate(Seen(slices, work), first, volume, source.Device, scope);
        });
    }

    /// <summary>Maps of some slices.</summary>
    /// <param name="slices">[slice, coil, sample] complex64: all spokes.</param>
    /// <param name="first">Index of the first among the used ones.</param>
    /// <param name="scope">Owner of the result, in host memory.</param>
    /// <returns>[slice, coil, y, x] complex64.</returns>
    public Tensor Of(Tensor slices, int first, TensorScope scope) => _maps(slices, first, scope);

    private static Tensor Keep(Tensor slices, RadialEncoding kept, TensorScope scope)
    {
        Tensor first = kept.Keep(slices.Slice(0), scope);
        Tensor all = scope.New(first.DType, [slices.Shape[0], .. first.Shape]);
        for (int s = 0; s < slices.Shape[0]; s++)
        {
            using var work = new TensorScope(scope.Device, MemoryOwner.Workspace);
            all.Slice(s).CopyFrom(kept.Keep(slices.Slice(s), work));
        }

        return all;
    }
}
