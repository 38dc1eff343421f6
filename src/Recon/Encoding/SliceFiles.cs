using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>A file of slices that have no room in memory and no place in the dataset, one behind the other. It lasts as long as the loader.</summary>
internal sealed class SliceFiles : IDisposable
{
    private readonly string _folder;
    private readonly string _path;
    private FileStream? _stream;

    /// <summary>Nothing is written before the first slice.</summary>
    /// <param name="folder">New folder.</param>
    public SliceFiles(string folder) => (_folder, _path) = (folder, Path.Combine(folder, "slices.bin"));

    /// <summary>Bytes that were written.</summary>
    public long Bytes { get; private set; }

    /// <summary>Appends a slice.</summary>
    /// <param name="slice">In host memory; only its spectra are needed afterwards.</param>
    /// <returns>The slice as it waits.</returns>
    /// <exception cref="InputException">There is no room on the disk.</exception>
    public StoredSlice Add(SliceProblem slice)
    {
        try
        {
            var stored = new StoredSlice
            {
                Subject = slice.Subject,
                Spectrum = slice.Spectrum,
                PlainSpectrum = slice.Plain?.Spectrum,
                Scale = slice.Scale,
                AreaScale = slice.AreaScale,
                Identity = slice.Identity,
                Maps = Append(slice.Maps),
                B = Append(slice.B),
                Target = slice.Target is { } target ? Append(target) : null,
                Gridded = slice.Gridded is { } gridded ? Append(gridded) : null,
                PlainB = slice.Plain is { } plain ? Append(plain.B) : null,
            };
            _stream?.Flush();
            return stored;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"slices that have no room in memory cannot be kept in '{_path}', which holds {ByteSize.Text(Bytes)}: {failure.Message} Free space there, allow more with data_memory, or store what the training asks for once with 'stardeq prepare'.", failure);
        }
    }

    /// <summary>Removes the file and its folder.</summary>
    public void Dispose()
    {
        if (_stream is not null)
        {
            _stream.Dispose();
            AtomicFile.Remove(_folder);
        }
    }

    private StoredArray Append(Tensor array)
    {
        var place = new StoredArray(new FileArray(_path, array.DType, array.Shape, Bytes), StoredArray.SumOf(array));
        Bytes += array.ByteCount;
        if (!array.Device.IsRehearsal)
        {
            TensorBytes.Write(array, Stream());
        }

        return place;
    }

    private FileStream Stream()
    {
        if (_stream is null)
        {
            Directory.CreateDirectory(_folder);
            _stream = new FileStream(_path, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete);
        }

        return _stream;
    }
}
