using System.Reflection;
using PureHDF;
using PureHDF.Selections;
using PureHDF.VOL.Native;

namespace Stardeq.Recon;

/// <summary>
/// An HDF5 file opened for reading, through the PureHDF package. Whatever that package throws on a damaged file becomes an
/// <see cref="InputException"/> here and nowhere else.
/// </summary>
internal sealed class Hdf5File : IDisposable
{
    private const int BestCompression = 1032; // deflate cannot shrink data by more (zlib's technical notes)

    private static readonly H5ReadOptions s_options = new(
        PropertyNameMapper: property => property.GetCustomAttribute<H5NameAttribute>()?.Name);

    private readonly string _path;
    private readonly long _length;
    private readonly NativeFile _file;

    private Hdf5File(string path, long length, NativeFile file) => (_path, _length, _file) = (path, length, file);

    /// <summary>The signature every HDF5 file starts with.</summary>
    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'H', (byte)'D', (byte)'F', (byte)'\r', (byte)'\n', 0x1A, (byte)'\n'];

    /// <summary>Opens a file.</summary>
    /// <exception cref="InputException">Missing, unreadable, or not an HDF5 file.</exception>
    public static Hdf5File Open(string path)
    {
        long length;
        using (FileStream stream = InputFile.Open(path))
        {
            length = stream.Length;
            Span<byte> start = stackalloc byte[8];
            if (stream.ReadAtLeast(start, 8, throwOnEndOfStream: false) < 8 || !start.SequenceEqual(Signature))
            {
                throw new InputException($"'{path}' is not an HDF5 file: it does not start with the signature of one. Check that it was copied whole and is of the right kind.");
            }
        }

        return new Hdf5File(path, length, Guarded(path, "the start of the file", () => H5File.OpenRead(path, s_options)));
    }

    /// <summary>Whether there is an object of that name, for example <c>/dataset/xml</c>.</summary>
    public bool Has(string name) => Guarded(_path, $"'{name}'", () => _file.LinkExists(name));

    /// <summary>Names of the groups in the root.</summary>
    public string[] Groups() => Guarded(_path, "the list of groups", () => (string[])[.. _file.Children().OfType<IH5Group>().Select(g => g.Name)]);

    /// <summary>Names of the groups in a group.</summary>
    public string[] Groups(string group) => Guarded(_path, $"the list of groups in '{group}'",
        () => (string[])[.. Group(group).Children().OfType<IH5Group>().Select(g => g.Name)]);

    /// <summary>Names of the datasets in a group.</summary>
    public string[] Datasets(string group) => Guarded(_path, $"the list of datasets in '{group}'",
        () => (string[])[.. Group(group).Children().OfType<IH5Dataset>().Select(d => d.Name)]);

    /// <summary>A dataset, described. One that claims more than a file of this length can hold is refused before anything is made of that size.</summary>
    public Hdf5Dataset Dataset(string name) => Guarded(_path, $"'{name}'", () =>
    {
        IH5Dataset dataset = _file.Dataset(name);
        ulong[] dimensions = dataset.Space.Type == H5DataspaceType.Simple ? dataset.Space.Dimensions : [];
        var described = new Hdf5Dataset(name, [.. dimensions.Select(n => checked((int)n))], dataset.Type.Class, dataset.Type);
        long bytes = checked(Math.Max(1, dataset.Type.Size) * described.Count);
        return bytes / BestCompression <= _length
            ? described
            : throw new InputException($"'{_path}' is damaged: '{name}' claims {string.Join(" x ", described.Dimensions)} elements, {bytes:N0} bytes, and the file has {_length:N0}. Copy the file again.");
    });

    /// <summary>Elements along part of the first axis.</summary>
    /// <typeparam name="T">An array, its elements with the members' names of a compound type; a box of several axes comes as one list.</typeparam>
    /// <param name="dataset">Which.</param>
    /// <param name="first">First index along the first axis.</param>
    /// <param name="count">How many.</param>
    public T Read<T>(Hdf5Dataset dataset, int first, int count) => dataset.Dimensions.Length == 0
        ? Read<T>(dataset, [], [])
        : Read<T>(dataset, [first, .. dataset.Dimensions.Skip(1).Select(_ => 0)], [count, .. dataset.Dimensions.Skip(1)]);

    /// <summary>Elements of a box.</summary>
    /// <typeparam name="T">As above.</typeparam>
    /// <param name="dataset">Which.</param>
    /// <param name="starts">First index along each axis.</param>
    /// <param name="counts">Extents of the box.</param>
    public T Read<T>(Hdf5Dataset dataset, int[] starts, int[] counts)
    {
        return Guarded(_path, $"'{dataset.Name}'", () =>
        {
            IH5Dataset source = _file.Dataset(dataset.Name);
            if (counts.Length == 0)
            {
                return source.Read<T>();
            }

            ulong[] from = [.. starts.Select(n => (ulong)n)], blocks = [.. counts.Select(n => (ulong)n)], ones = [.. counts.Select(_ => 1UL)];
            return source.Read<T>(new HyperslabSelection(blocks.Length, from, strides: blocks, ones, blocks), memoryDims: [blocks.Aggregate(1UL, (product, n) => product * n)]);
        });
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private IH5Group Group(string name) => name == "/" ? _file : _file.Group(name);

    private static T Guarded<T>(string path, string what, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception failure) when (failure is not InputException)
        {
            throw new InputException($"'{path}' is damaged or of an HDF5 variant that is not read: {what} cannot be read ({(failure.InnerException ?? failure).Message.TrimEnd('.')}). Copy the file again, or rewrite it with h5repack.", failure);
        }
    }
}
