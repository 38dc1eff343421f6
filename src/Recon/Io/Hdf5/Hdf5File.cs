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

    /// <summary>Names of the datasets in a group.</summary>
    public string[] Datasets(string group) => Guarded(_path, $"the list of datasets in '{group}'",
        () => (string[])[.. _file.Group(group).Children().OfType<IH5Dataset>().Select(d => d.Name)]);

    /// <summary>A dataset, described.</summary>
    public Hdf5Dataset Dataset(string name) => Guarded(_path, $"'{name}'", () =>
    {
        IH5Dataset dataset = _file.Dataset(name);
        ulong[] dimensions = dataset.Space.Type == H5DataspaceType.Simple ? dataset.Space.Dimensions : [];
        return new Hdf5Dataset(name, [.. dimensions.Select(n => checked((int)n))], dataset.Type.Class, dataset.Type);
    });

    /// <summary>Elements of a dataset of one axis, or of the first axis of one.</summary>
    /// <typeparam name="T">An array, its elements with the members' names of a compound type.</typeparam>
    /// <param name="dataset">Which.</param>
    /// <param name="first">First index along the first axis.</param>
    /// <param name="count">How many.</param>
    public T Read<T>(Hdf5Dataset dataset, int first, int count)
    {
        long bytes = dataset.Type.Size * dataset.Count;
        if (bytes / BestCompression > _length)
        {
            throw Damaged(_path, $"'{dataset.Name}' claims {string.Join(" x ", dataset.Dimensions)} elements, {bytes:N0} bytes, and the file has {_length:N0}");
        }

        return Guarded(_path, $"'{dataset.Name}'", () =>
        {
            IH5Dataset source = _file.Dataset(dataset.Name);
            if (dataset.Dimensions.Length == 0)
            {
                return source.Read<T>();
            }

            ulong[] starts = new ulong[dataset.Dimensions.Length], blocks = [.. dataset.Dimensions.Select(n => (ulong)n)];
            (starts[0], blocks[0]) = ((ulong)first, (ulong)count);
            ulong[] ones = [.. blocks.Select(_ => 1UL)];
            return source.Read<T>(new HyperslabSelection(blocks.Length, starts, strides: blocks, ones, blocks));
        });
    }

    /// <summary>Text of an attribute of the root, or null if there is none.</summary>
    public string? RootAttribute(string name) => Guarded(_path, $"the attribute '{name}'", () =>
    {
        if (!_file.AttributeExists(name))
        {
            return null;
        }

        IH5Attribute attribute = _file.Attribute(name);
        return attribute.Type.Class is H5DataTypeClass.String or H5DataTypeClass.VariableLength ? attribute.Read<string>() : $"{attribute.Read<double>()}";
    });

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

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

    private static InputException Damaged(string path, string what) => new($"'{path}' is damaged: {what}. Copy the file again.");
}
