using System.Globalization;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Says what a file or dataset folder holds.</summary>
public static class FileInspector
{
    private const int MostNames = 12;

    /// <summary>Reads as much as is needed.</summary>
    /// <exception cref="InputException">Missing, damaged, or of no kind that is known here.</exception>
    public static FileDescription Describe(string path)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        switch (FileKinds.Of(path))
        {
            case FileKind.Npy:
                return new FileDescription("NumPy array", OfArray(ArrayFile.Read(path, scope)));
            case FileKind.Cfl:
                Tensor bart = ArrayFile.Read(path, scope);
                return new FileDescription("BART array", [("dimensions", $"{string.Join(" x ", bart.Shape.Reverse())}, fastest first"), .. OfArray(bart)]);
            case FileKind.Nifti:
                NiftiVolume volume = Nifti.ReadSeries(path, scope);
                return new FileDescription("NIfTI-1 volume", [("stored axes", $"{volume.StoredOrientation} (where x, y, z point to)"), .. OfImages(volume.Voxels, volume.Geometry)]);
            case FileKind.IsmrmrdRaw:
                return RawDescription.Of(IsmrmrdFile.Open(path));
            case FileKind.IsmrmrdImages:
                (Tensor images, ImageGeometry? place) = IsmrmrdImages.Read(path, scope);
                return new FileDescription("ISMRMRD images [image, channel, z, y, x]", OfImages(images, place));
            case FileKind.FastMri:
                return OfFastMri(path, scope);
            case FileKind.Hdf5:
                return OfHdf5(path);
            case FileKind.Png:
                Picture picture = PngFile.Read(path);
                return new FileDescription("PNG picture", [("size", $"{picture.Columns} x {picture.Rows} pixels")]);
            case FileKind.Safetensors:
                return OfTensors(path, scope);
            default:
                return OfDataset(path);
        }
    }

    private static (string Name, string Value)[] OfArray(Tensor array)
    {
        double[] magnitudes = array.DType == DType.Int32 ? [] : Magnitudes.Of(array);
        double[] finite = [.. magnitudes.Where(double.IsFinite)];
        return
        [
            ("type", array.DType.Name()),
            ("shape", $"{array.Shape}, slowest axis first"),
            .. finite.Length == 0 ? Array.Empty<(string, string)>() : [("magnitudes", string.Create(CultureInfo.InvariantCulture, $"{finite.Min():g5} to {finite.Max():g5}"))],
            .. finite.Length == magnitudes.Length ? Array.Empty<(string, string)>() : [("not finite", $"{magnitudes.Length - finite.Length} values are NaN or infinite")],
        ];
    }

    private static (string Name, string Value)[] OfImages(Tensor images, ImageGeometry? geometry) =>
        [.. OfArray(images), ("geometry", geometry?.Describe() ?? "not given")];

    private static FileDescription OfFastMri(string path, TensorScope scope)
    {
        FastMriKSpace content = FastMriFile.Read(path, scope);
        using Hdf5File file = Hdf5File.Open(path);
        return new FileDescription(
            content.IsRadial ? "fastMRI radial k-space, read as [coil, partition, spoke, sample]" : "fastMRI Cartesian k-space [slice, coil, ky, kx]",
            [.. OfArray(content.KSpace), ("also in it", string.Join(", ", file.Datasets("/").Where(name => name != "kspace").DefaultIfEmpty("nothing")))]);
    }

    private static FileDescription OfHdf5(string path)
    {
        using Hdf5File file = Hdf5File.Open(path);
        string[] groups = file.Groups();
        string[] datasets = [.. file.Datasets("/").Select(name => $"/{name}"), .. groups.SelectMany(group => file.Datasets(group).Select(name => $"/{group}/{name}"))];
        return new FileDescription(
            "HDF5 file of a kind that is not known here",
            [("groups", string.Join(", ", groups.DefaultIfEmpty("none"))), .. datasets.Take(MostNames).Select(name => (name, file.Dataset(name).Describe()))]);
    }

    private static FileDescription OfTensors(string path, TensorScope scope)
    {
        SafetensorsContent content = Safetensors.Read(path, scope);
        IEnumerable<(string, string)> metadata = content.Metadata.Where(m => m.Value.Length < 200).OrderBy(m => m.Key, StringComparer.Ordinal).Take(MostNames).Select(m => (m.Key, m.Value));
        return new FileDescription(
            content.Metadata.GetValueOrDefault("format", "").StartsWith("stardeq-checkpoint", StringComparison.Ordinal) ? "checkpoint of a training run" : "safetensors file",
            [
                ("tensors", $"{content.Tensors.Count}"),
                ("numbers", string.Create(CultureInfo.InvariantCulture, $"{content.Tensors.Values.Sum(t => t.Count):N0}")),
                .. metadata,
                .. content.Tensors.OrderBy(t => t.Key, StringComparer.Ordinal).Take(MostNames).Select(t => (t.Key, t.Value.Describe())),
            ]);
    }

    private static FileDescription OfDataset(string path)
    {
        DatasetDescription d = DatasetFolder.Open(path).Description;
        return new FileDescription(
            "dataset folder",
            [
                ("made by", $"version {d.Version}"),
                ("from", d.Source),
                ("subjects", string.Join(", ", d.Subjects.GroupBy(s => s.Split).Select(g => $"{g.Count()} {g.Key.ToString().ToLowerInvariant()}"))),
                ("images", $"{d.Slices} slices of {d.Matrix} x {d.Matrix} pixels per subject"),
                ("data", $"{d.Coils} coils, {d.Partitions} partitions, {d.Spokes} spokes of {d.Readout} samples"),
                .. d.Parameters.Select(p => (p.Key, p.Key == DatasetFolder.CoilMapsKey ? $"{PreparationPlan.Method(p.Value)}, from all spokes" : p.Value)),
            ]);
    }
}
