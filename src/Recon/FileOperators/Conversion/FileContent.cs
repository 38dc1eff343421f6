using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>What the numbers of a file are.</summary>
internal enum ContentKind
{
    /// <summary>An array that does not say what it is.</summary>
    Array,

    /// <summary>Images [image, z, y, x].</summary>
    Images,

    /// <summary>k-space [coil, kz, ky, kx].</summary>
    CartesianKSpace,

    /// <summary>k-space of single slices [slice, coil, ky, kx].</summary>
    SliceKSpace,

    /// <summary>k-space [coil, partition, spoke, sample].</summary>
    RadialKSpace,
}

/// <summary>A file in memory.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Values">The numbers.</param>
/// <param name="Geometry">Where images lie, if the file says so.</param>
/// <param name="Points">[partition, spoke, sample, dimension] of radial k-space, in the unit of the file, if it has them.</param>
/// <param name="PointsUnit">Cycles per field of view in that unit, or null if the file does not name it.</param>
internal sealed record FileContent(ContentKind Kind, Tensor Values, ImageGeometry? Geometry = null, Tensor? Points = null, double? PointsUnit = null)
{
    /// <summary>Reads any file that holds an array, images or k-space.</summary>
    /// <exception cref="InputException">It holds something else, or cannot be read.</exception>
    public static FileContent Read(string path, TensorScope scope)
    {
        switch (FileKinds.Of(path))
        {
            case FileKind.Npy or FileKind.Cfl:
                return new FileContent(ContentKind.Array, ArrayFile.Read(path, scope));
            case FileKind.Nifti:
                NiftiVolume volume = Nifti.ReadSeries(path, scope);
                (double z, double y, double x) = volume.VoxelSize;
                return new FileContent(ContentKind.Images, volume.Voxels, volume.Geometry ?? (x > 0 && y > 0 && z > 0 ? ImageGeometry.Axial((x, y, z)) : null));
            case FileKind.IsmrmrdImages:
                (Tensor images, ImageGeometry? place) = IsmrmrdImages.Read(path, scope);
                return images.Shape[1] == 1
                    ? new FileContent(ContentKind.Images, images.Reshape([images.Shape[0], .. images.Shape[2..]]), place)
                    : throw new InputException($"'{path}' holds images of {images.Shape[1]} coils, {images.Describe()}; combined images were expected.");
            case FileKind.FastMri:
                FastMriKSpace fastMri = FastMriFile.Read(path, scope);
                return new FileContent(fastMri.IsRadial ? ContentKind.RadialKSpace : ContentKind.SliceKSpace, fastMri.KSpace);
            case FileKind.IsmrmrdRaw:
                IsmrmrdFile file = IsmrmrdFile.Open(path);
                RawArray raw = RawArray.Read(file, scope);
                RawEncoding encoding = file.Header.Encodings[file.Acquisitions.First(h => h.IsImaging).Encoding];
                return new FileContent(encoding.IsCartesian ? ContentKind.CartesianKSpace : ContentKind.RadialKSpace, raw.KSpace, raw.Geometry, raw.Points, encoding.CyclesPerFieldOfView);
            case FileKind.Png:
                throw new InputException($"'{path}' is a picture of 8-bit colours; numbers cannot be had back from it. Convert the array or volume that it was drawn from.");
            case FileKind.Safetensors:
                throw new InputException($"'{path}' is a checkpoint or another file of tensors; 'stardeq export' writes its denoiser as ONNX, and safetensors itself is read by other tools.");
            case FileKind.Dataset:
                throw new InputException($"'{path}' is a dataset folder; its subjects' arrays are .npy files, which can be converted one by one.");
            default:
                throw new InputException($"'{path}' is an HDF5 file, but neither ISMRMRD nor fastMRI; 'stardeq info' lists what is in it. Extract the array with another tool, for example h5py.");
        }
    }
}
