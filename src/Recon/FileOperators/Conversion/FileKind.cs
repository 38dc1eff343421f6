namespace Stardeq.Recon;

/// <summary>What a file is, by its name and its first bytes.</summary>
public enum FileKind
{
    /// <summary>NumPy array.</summary>
    Npy,

    /// <summary>BART array.</summary>
    Cfl,

    /// <summary>NIfTI-1 volume.</summary>
    Nifti,

    /// <summary>ISMRMRD raw data.</summary>
    IsmrmrdRaw,

    /// <summary>ISMRMRD images.</summary>
    IsmrmrdImages,

    /// <summary>fastMRI k-space.</summary>
    FastMri,

    /// <summary>Another HDF5 file.</summary>
    Hdf5,

    /// <summary>Picture.</summary>
    Png,

    /// <summary>Checkpoint or other safetensors file.</summary>
    Safetensors,

    /// <summary>Dataset folder of this program.</summary>
    Dataset,
}

/// <summary>Recognises files.</summary>
public static class FileKinds
{
    /// <summary>The kind of an existing file or folder.</summary>
    /// <exception cref="InputException">Missing, or of no kind that is known here.</exception>
    public static FileKind Of(string path)
    {
        if (Directory.Exists(path))
        {
            return File.Exists(Path.Combine(path, DatasetFolder.RecordName))
                ? FileKind.Dataset
                : throw new InputException($"'{path}' is a folder without '{DatasetFolder.RecordName}'; a file or a dataset folder was expected. {DatasetFolder.WithoutRecord(path)}");
        }

        if (OfName(path) is { } known and not FileKind.IsmrmrdImages)
        {
            return known;
        }

        using Hdf5File file = Hdf5File.Open(path);
        return IsmrmrdFile.IsIn(file) ? FileKind.IsmrmrdRaw
            : IsmrmrdImages.Groups(file).Length > 0 ? FileKind.IsmrmrdImages
            : FastMriFile.IsIn(file) ? FileKind.FastMri
            : FileKind.Hdf5;
    }

    /// <summary>The kind that a name stands for where a file is to be written; .h5 and .mrd stand for images.</summary>
    /// <exception cref="InputException">No such ending is known.</exception>
    public static FileKind OfName(string path)
    {
        string name = path.ToLowerInvariant();
        return name switch
        {
            _ when name.EndsWith(".npy", StringComparison.Ordinal) => FileKind.Npy,
            _ when name.EndsWith(".cfl", StringComparison.Ordinal) || name.EndsWith(".hdr", StringComparison.Ordinal) => FileKind.Cfl,
            _ when name.EndsWith(".nii", StringComparison.Ordinal) || name.EndsWith(".nii.gz", StringComparison.Ordinal) => FileKind.Nifti,
            _ when name.EndsWith(".h5", StringComparison.Ordinal) || name.EndsWith(".hdf5", StringComparison.Ordinal) || name.EndsWith(".mrd", StringComparison.Ordinal) => FileKind.IsmrmrdImages,
            _ when name.EndsWith(".png", StringComparison.Ordinal) => FileKind.Png,
            _ when name.EndsWith(".safetensors", StringComparison.Ordinal) => FileKind.Safetensors,
            _ => throw new InputException($"'{path}' ends in none of .npy, .cfl, .hdr, .nii, .nii.gz, .h5, .hdf5, .mrd, .png, .safetensors, which tell what a file holds. Rename it."),
        };
    }
}
