namespace Stardeq.Recon;

/// <summary>Elements of variable length of an HDF5 file being written, in collections of the global heap (File Format
/// Specification 3.0, III.E).</summary>
/// <param name="append">Appends bytes to the file and returns their address.</param>
internal sealed class Hdf5Heap(Func<ReadOnlyMemory<byte>, long> append)
{
    private const int HeaderBytes = 16, SmallestCollection = 4096, FullCollection = 1 << 20, MostObjects = ushort.MaxValue;

    private readonly MemoryStream _objects = new();
    private readonly List<(BinaryWriter Target, long Position, int Index)> _pending = [];

    /// <summary>Stores a sequence, and writes the reference to it. The address in the reference is filled in by
    /// <see cref="Flush"/> at the latest.</summary>
    /// <param name="bytes">The sequence.</param>
    /// <param name="count">Its number of elements.</param>
    /// <param name="reference">Where the 16 bytes of the reference go; a seekable stream.</param>
    public void Add(ReadOnlySpan<byte> bytes, int count, BinaryWriter reference)
    {
        reference.Write(count);
        if (count == 0)
        {
            reference.Write(0L);
            reference.Write(0);
            return;
        }

        int index = _pending.Count + 1;
        _pending.Add((reference, reference.BaseStream.Position, index));
        reference.Write(0L);
        reference.Write(index);
        using (var writer = new BinaryWriter(_objects, System.Text.Encoding.UTF8, leaveOpen: true))
        {
            writer.Write((ushort)index);
            writer.Write((ushort)1); // references to it
            writer.Write(0);
            writer.Write((long)bytes.Length);
            writer.Write(bytes);
            writer.Write(new byte[-bytes.Length & 7]);
        }

        if (_objects.Length >= FullCollection || index == MostObjects)
        {
            Flush();
        }
    }

    /// <summary>Appends what has been collected and completes the references to it.</summary>
    public void Flush()
    {
        if (_pending.Count == 0)
        {
            return;
        }

        // What is left of a collection is an object of index 0, if there is room for its header.
        long used = HeaderBytes + _objects.Length, size = Math.Max(SmallestCollection, used);
        using var collection = new MemoryStream();
        using var writer = new BinaryWriter(collection);
        writer.Write("GCOL\u0001\0\0\0"u8);
        writer.Write(size);
        _objects.WriteTo(collection);
        if (size - used >= HeaderBytes)
        {
            writer.Write(0L);
            writer.Write(size - used);
        }

        collection.SetLength(size);
        long address = append(collection.GetBuffer().AsMemory(0, (int)size));
        foreach ((BinaryWriter target, long position, _) in _pending)
        {
            long end = target.BaseStream.Position;
            target.BaseStream.Position = position;
            target.Write(address);
            target.BaseStream.Position = end;
        }

        _pending.Clear();
        _objects.SetLength(0);
    }
}
