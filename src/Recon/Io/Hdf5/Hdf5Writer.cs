using System.Text;

namespace Stardeq.Recon;

/// <summary>
/// Writer of HDF5 files with groups and contiguous datasets, after the HDF5 File Format Specification 3.0. The PureHDF
/// package reads such files but cannot write arrays of fixed length inside compounds, which ISMRMRD's readouts contain.
/// Everything is appended; the superblock at the start is written last.
/// </summary>
internal sealed class Hdf5Writer
{
    private const long NoAddress = -1;
    private const int SuperblockBytes = 96;

    // Types of messages in object headers (IV.A.2).
    private const int Dataspace = 0x0001, LinkInfo = 0x0002, Datatype = 0x0003, FillValue = 0x0005, Link = 0x0006, Layout = 0x0008, GroupInfo = 0x000A;

    private readonly Stream _stream;

    /// <summary>Starts a file.</summary>
    /// <param name="stream">Empty and seekable.</param>
    public Hdf5Writer(Stream stream)
    {
        _stream = stream;
        _stream.Write(new byte[SuperblockBytes]);
        Heap = new Hdf5Heap(bytes => Append(bytes.Span));
    }

    /// <summary>Where sequences and texts go.</summary>
    public Hdf5Heap Heap { get; }

    /// <summary>Appends a dataset.</summary>
    /// <param name="type">Type of its elements.</param>
    /// <param name="dimensions">Extents, slowest first.</param>
    /// <param name="write">Writes the elements.</param>
    /// <returns>Address of its object header.</returns>
    public long Dataset(Hdf5Type type, int[] dimensions, Action<Stream> write)
    {
        Heap.Flush();
        long data = Align();
        write(_stream);
        long bytes = _stream.Position - data, expected = dimensions.Aggregate((long)type.Size, (size, n) => size * n);
        if (bytes != expected)
        {
            throw new InvalidOperationException($"hdf5: {bytes} bytes were written for a dataset of {expected}.");
        }

        return ObjectHeader(
        [
            (Dataspace, writer =>
            {
                writer.Write([1, (byte)dimensions.Length, 0, 0, 0, 0, 0, 0]);
                Array.ForEach(dimensions, n => writer.Write((long)n));
            }),
            (Datatype, type.Describe),
            (FillValue, writer => writer.Write([2, 1, 2, 0])), // none; space is allocated early
            (Layout, writer =>
            {
                writer.Write([3, 1]); // version, contiguous
                writer.Write(data);
                writer.Write(bytes);
            }),
        ]);
    }

    /// <summary>Appends a dataset of texts, ASCII.</summary>
    public long TextDataset(params string[] texts)
    {
        using var references = new MemoryStream();
        using var writer = new BinaryWriter(references);
        foreach (string text in texts)
        {
            byte[] bytes = Encoding.ASCII.GetBytes(text);
            Heap.Add(bytes, bytes.Length, writer);
        }

        Heap.Flush();
        return Dataset(Hdf5Type.Text, [texts.Length], references.WriteTo);
    }

    /// <summary>Appends a group.</summary>
    /// <param name="members">Names and addresses of what is in it.</param>
    /// <returns>Address of its object header.</returns>
    public long Group(params (string Name, long Address)[] members) => ObjectHeader(
    [
        (LinkInfo, writer =>
        {
            writer.Write([0, 0]); // links are in this header, without an index
            writer.Write(NoAddress);
            writer.Write(NoAddress);
        }),
        (GroupInfo, writer => writer.Write([0, 0])), // default sizes
        .. members.Select(member => (Link, (Action<BinaryWriter>)(writer =>
        {
            writer.Write([1, 0, (byte)member.Name.Length]); // version, hard link
            writer.Write(Encoding.ASCII.GetBytes(member.Name));
            writer.Write(member.Address);
        }))),
    ]);

    /// <summary>Writes the superblock; the file is complete then.</summary>
    /// <param name="root">Address of the root group.</param>
    public void Finish(long root)
    {
        const short LeafEntries = 4, InternalEntries = 16; // of B-trees, which these files do not have: library defaults
        long end = Align();
        _stream.SetLength(end);
        _stream.Position = 0;
        using var writer = new BinaryWriter(_stream, Encoding.ASCII, leaveOpen: true);
        writer.Write(Hdf5File.Signature);
        writer.Write([0, 0, 0, 0, 0, 8, 8, 0]); // versions of the parts; bytes of an address and of a length
        writer.Write(LeafEntries);
        writer.Write(InternalEntries);
        writer.Write(0);
        writer.Write(0L); // base address
        writer.Write(NoAddress); // free space
        writer.Write(end);
        writer.Write(NoAddress); // driver
        writer.Write(0L); // entry of the root group: its name, address, nothing cached
        writer.Write(root);
        writer.Write(new byte[24]);
        writer.Flush();
        _stream.Position = end;
    }

    private long ObjectHeader(params (int Type, Action<BinaryWriter> Write)[] messages)
    {
        using var body = new MemoryStream();
        using var writer = new BinaryWriter(body);
        foreach ((int type, Action<BinaryWriter> write) in messages)
        {
            using var message = new MemoryStream();
            using (var content = new BinaryWriter(message, Encoding.ASCII, leaveOpen: true))
            {
                write(content);
                content.Write(new byte[-(int)content.BaseStream.Position & 7]);
            }

            writer.Write((ushort)type);
            writer.Write(checked((ushort)message.Length));
            writer.Write(0); // flags
            message.WriteTo(body);
        }

        long address = Align();
        using var header = new BinaryWriter(_stream, Encoding.ASCII, leaveOpen: true);
        header.Write([1, 0]); // version
        header.Write((ushort)messages.Length);
        header.Write(1); // links to it
        header.Write((int)body.Length);
        header.Write(0);
        header.Flush();
        body.WriteTo(_stream);
        return address;
    }

    private long Append(ReadOnlySpan<byte> bytes)
    {
        long address = Align();
        _stream.Write(bytes);
        return address;
    }

    private long Align()
    {
        _stream.Write(new byte[-_stream.Position & 7]);
        return _stream.Position;
    }
}
