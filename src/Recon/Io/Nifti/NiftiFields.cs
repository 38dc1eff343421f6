using System.Buffers.Binary;

namespace Stardeq.Recon;

/// <summary>Numbers at byte positions, of the file's byte order.</summary>
internal sealed class NiftiFields(byte[] file, bool little)
{
    public short Int16(long at) => little ? BinaryPrimitives.ReadInt16LittleEndian(At(at)) : BinaryPrimitives.ReadInt16BigEndian(At(at));

    public float Single(long at) => little ? BinaryPrimitives.ReadSingleLittleEndian(At(at)) : BinaryPrimitives.ReadSingleBigEndian(At(at));

    public double Element(int type, long at) => type switch
    {
        2 => file[at],
        256 => (sbyte)file[at],
        4 => Int16(at),
        512 => (ushort)Int16(at),
        8 => Int32(at),
        768 => (uint)Int32(at),
        16 => Single(at),
        _ => little ? BinaryPrimitives.ReadDoubleLittleEndian(At(at)) : BinaryPrimitives.ReadDoubleBigEndian(At(at)),
    };

    private int Int32(long at) => little ? BinaryPrimitives.ReadInt32LittleEndian(At(at)) : BinaryPrimitives.ReadInt32BigEndian(At(at));

    private ReadOnlySpan<byte> At(long at) => file.AsSpan((int)at);
}
