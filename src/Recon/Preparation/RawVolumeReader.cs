using System.Globalization;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Reads stack-of-stars measurements: ISMRMRD files, or arrays with a trajectory.</summary>
public static class RawVolumeReader
{
    /// <summary>Reads one measurement.</summary>
    /// <param name="path">.h5 or .mrd in ISMRMRD's format; .npy [coil, partition, spoke, readout]; .cfl in BART's order
    /// [1, readout, spoke, coil, ..., partition].</param>
    /// <param name="source">What the user says about the data.</param>
    /// <param name="scope">Owner of the arrays, in host memory.</param>
    /// <exception cref="InputException">The file cannot be used, or something that it does not say is missing.</exception>
    public static RawVolume Read(string path, RawSource source, TensorScope scope)
    {
        bool array = Path.GetExtension(path).ToLowerInvariant() is ".npy" or ".cfl" or ".hdr";
        RawVolume volume = array ? FromArray(path, source, scope) : FromIsmrmrd(path, source, scope);
        for (int coil = 0; coil < volume.Coils; coil++)
        {
            ArrayFile.RequireFinite(volume.KSpace.Slice(coil), path);
        }

        return volume;
    }

    private static RawVolume FromIsmrmrd(string path, RawSource source, TensorScope scope) =>
        source.Noise is null && source.CentrePartition is null && source.Partitions is null
            ? IsmrmrdVolume.Read(path, source, scope)
            : throw new InputException($"'{path}' says itself which partitions it holds and has its own noise scans; --noise, --partitions and --centre-partition belong to arrays. Leave them out.");

    private static RawVolume FromArray(string path, RawSource source, TensorScope scope)
    {
        int matrix = source.Matrix ?? throw new InputException($"'{path}' is an array and does not say the size of the image; give --size.");
        Tensor measured = Ordered(path, ArrayFile.Read(path, scope), scope);
        int partitions = source.Partitions ?? measured.Shape[1], centre = source.CentrePartition ?? measured.Shape[1] / 2;
        Tensor kSpace = PartitionGrid.ZeroFill(measured, [.. Enumerable.Range(0, measured.Shape[1])], centre, partitions, scope);
        var notes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (partitions > measured.Shape[1])
        {
            notes["partial kz"] = string.Create(CultureInfo.InvariantCulture, $"{measured.Shape[1]} of {partitions} partitions measured, the rest zero");
            scope.Free(measured);
        }

        return new RawVolume(kSpace, source.Points(path, kSpace.Shape[2], kSpace.Shape[3], matrix, scope), matrix, SlabGeometry.Centred(partitions, partitions, 1))
        {
            Noise = source.Noise is { } noise ? Noise(noise, kSpace.Shape[0], scope) : null,
            Notes = notes,
        };
    }

    private static Tensor Ordered(string path, Tensor stored, TensorScope scope)
    {
        Shape shape = stored.Shape;
        if (stored.DType == DType.Complex64 && !ArrayFile.IsBart(path) && shape.Rank == 4 && stored.Count > 0)
        {
            return stored;
        }

        int[] outer = shape.Rank > 4 ? [.. shape[..^4].Where(extent => extent > 1)] : [];
        if (stored.DType != DType.Complex64 || !ArrayFile.IsBart(path) || shape.Rank < 4 || shape[^1] != 1 || outer.Length > 1 || stored.Count == 0)
        {
            throw new InputException($"'{path}' is {stored.Describe()}; complex64 [coil, partition, spoke, readout] was expected, or BART's [1, readout, spoke, coil, ..., partition] in a .cfl file.");
        }

        int partitions = outer.Length == 1 ? outer[0] : 1, coils = shape[^4];
        Tensor from = stored.Reshape([partitions, coils, shape[^3], shape[^2]]), ordered = scope.New(DType.Complex64, [coils, partitions, shape[^3], shape[^2]]);
        for (int coil = 0; coil < coils; coil++)
        {
            for (int partition = 0; partition < partitions; partition++)
            {
                ordered.Slice(coil).Slice(partition).CopyFrom(from.Slice(partition).Slice(coil));
            }
        }

        scope.Free(stored);
        return ordered;
    }

    private static Tensor Noise(string path, int coils, TensorScope scope)
    {
        Tensor stored = ArrayFile.Read(path, scope);
        int[] axes = [.. stored.Shape.SkipWhile(extent => extent == 1 && coils > 1)];
        if (stored.DType != DType.Complex64 || axes.Length == 0 || axes[0] != coils)
        {
            throw new InputException($"'{path}' is {stored.Describe()}; noise of {coils} coils, complex64 [{coils}, ...], was expected.");
        }

        ArrayFile.RequireFinite(stored, path);
        return stored.Reshape([coils, (int)(stored.Count / coils)]);
    }
}
