using System.Buffers.Binary;
using System.Text;

namespace Stardeq.Recon;

/// <summary>
/// One message in the wire format of Protocol Buffers, written field by field: a key of field number and wire type, then a
/// variable-length integer (type 0), four bytes (type 5), or a length and so many bytes (type 2).
/// </summary>
/// <remarks>Source: protobuf.dev/programming-guides/encoding.</remarks>
internal sealed class ProtobufMessage
{
    private const int VariableLength = 0, LengthDelimited = 2, FourBytes = 5;

    private readonly MemoryStream _bytes = new();

    /// <summary>The message so far.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.GetBuffer().AsSpan(0, (int)_bytes.Length);

    /// <summary>A whole number: int32, int64 or an enumeration.</summary>
    public ProtobufMessage Add(int field, long value)
    {
        Key(field, VariableLength);
        Variable((ulong)value);
        return this;
    }

    /// <summary>A single-precision number.</summary>
    public ProtobufMessage Add(int field, float value)
    {
        Key(field, FourBytes);
        Span<byte> bytes = stackalloc byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        _bytes.Write(bytes);
        return this;
    }

    /// <summary>A text, as UTF-8.</summary>
    public ProtobufMessage Add(int field, string text) => Add(field, Encoding.UTF8.GetBytes(text));

    /// <summary>A message inside this one.</summary>
    public ProtobufMessage Add(int field, ProtobufMessage inner) => Add(field, inner.Bytes);

    /// <summary>Bytes.</summary>
    public ProtobufMessage Add(int field, ReadOnlySpan<byte> bytes)
    {
        Key(field, LengthDelimited);
        Variable((ulong)bytes.Length);
        _bytes.Write(bytes);
        return this;
    }

    private void Key(int field, int type) => Variable((ulong)((field << 3) | type));

    /// <summary>Seven bits a byte, lowest first; the eighth bit says that more follow.</summary>
    private void Variable(ulong value)
    {
        for (; value > 0x7f; value >>= 7)
        {
            _bytes.WriteByte((byte)(value | 0x80));
        }

        _bytes.WriteByte((byte)value);
    }
}
