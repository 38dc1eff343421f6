using PureHDF;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Image volumes in ISMRMRD's HDF5 files: a group <c>dataset/NAME</c> with <c>header</c>, <c>attributes</c> and
/// <c>data</c> [image, channel, z, y, x], as libismrmrd's appendImage writes them [INA17].</summary>
public static class IsmrmrdImages
{
    private const string GroupName = "image_0";

    /// <summary>Groups of images in an open file.</summary>
    internal static string[] Groups(Hdf5File file) =>
        [.. file.Groups().SelectMany(group => file.Groups(group).Select(inner => $"{group}/{inner}"))
            .Where(group => file.Has($"/{group}/header") && file.Has($"/{group}/data"))];

    /// <summary>Reads all images of the only group.</summary>
    /// <param name="path">File.</param>
    /// <param name="scope">Owner of the result.</param>
    /// <returns>[image, channel, z, y, x] float32 or complex64, and the place of the first image, if the file gives it.</returns>
    /// <exception cref="InputException">No images, several groups of them, damage, or images of different sizes or places.</exception>
    public static (Tensor Images, ImageGeometry? Geometry) Read(string path, TensorScope scope)
    {
        using Hdf5File file = Hdf5File.Open(path);
        string[] groups = Groups(file);
        if (groups.Length != 1)
        {
            throw new InputException($"'{path}' holds {(groups.Length == 0 ? "no images" : $"several groups of images ({string.Join(", ", groups)})")}; one group with 'header' and 'data' was expected.");
        }

        Hdf5Dataset data = file.Dataset($"/{groups[0]}/data"), headers = file.Dataset($"/{groups[0]}/header");
        int[] n = data.Dimensions;
        if (n.Length != 5 || headers.Dimensions is not [var count] || count != n[0] || count == 0 || headers.Class != H5DataTypeClass.Compound)
        {
            throw new InputException($"'{path}' has images {data.Describe()} with headers {headers.Describe()}; [image, channel, z, y, x] and one header for each were expected. The file is damaged.");
        }

        ImageHeader[] all = file.Read<ImageHeader[]>(headers, 0, count);
        if (all.FirstOrDefault(h => !h.Matrix.Select(v => (int)v).SequenceEqual([n[4], n[3], n[2]]) || h.Channels != n[1]) is { } wrong)
        {
            throw new InputException($"'{path}' has a header of {string.Join(" x ", wrong.Matrix)} pixels and {wrong.Channels} channels for images {data.Describe()}. The file is damaged.");
        }

        return (Hdf5Arrays.Read(path, file, data, scope), all[0].Geometry(path));
    }

    /// <summary>Writes volumes as one group of images of one channel, atomically.</summary>
    /// <param name="path">Destination.</param>
    /// <param name="images">[image, z, y, x], float32 or complex64.</param>
    /// <param name="geometry">Place of the voxels.</param>
    /// <exception cref="InputException">Another type or number of axes, more than 65535 pixels along one, or writing failed.</exception>
    public static void Write(string path, Tensor images, ImageGeometry geometry)
    {
        if (images.DType is not (DType.Float32 or DType.Complex64) || images.Shape.Rank != 4 || images.Count == 0 || images.Shape.Any(n => n > ushort.MaxValue))
        {
            throw new InputException($"'{path}' cannot hold {images.Describe()}; float32 or complex64 [image, z, y, x] with at most {ushort.MaxValue} pixels along an axis was expected.");
        }

        geometry.Checked(path);
        int count = images.Shape[0];
        bool isComplex = images.DType == DType.Complex64;
        AtomicFile.Write(path, stream =>
        {
            var file = new Hdf5Writer(stream);
            using var records = new MemoryStream();
            using var writer = new BinaryWriter(records);
            for (int image = 0; image < count; image++)
            {
                ImageHeader.Layout.Write(ImageHeader.For(images.Shape, image, isComplex, geometry), writer);
            }

            long header = file.Dataset(ImageHeader.Layout.Type, [count], records.WriteTo);
            long attributes = file.TextDataset([.. Enumerable.Repeat("", count)]);
            long data = file.Dataset(isComplex ? Hdf5Type.Complex : Hdf5Type.Single, [count, 1, .. images.Shape[1..]], target => TensorBytes.Write(images, target));
            long group = file.Group(("header", header), ("attributes", attributes), ("data", data));
            file.Finish(file.Group((IsmrmrdWriter.Group, file.Group((GroupName, group)))));
        });
    }
}
