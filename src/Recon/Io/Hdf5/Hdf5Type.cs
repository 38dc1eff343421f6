using System.Text;

namespace Stardeq.Recon;

/// <summary>The type of the elements of an HDF5 dataset, little-endian, as it is written into a datatype message
/// (HDF5 File Format Specification 3.0, IV.A.2.d).</summary>
/// <param name="Size">Bytes of one element.</param>
internal abstract record Hdf5Type(int Size)
{
    /// <summary>uint16.</summary>
    public static Hdf5Type UInt16 { get; } = new Integer(2, IsSigned: false);

    /// <summary>int32.</summary>
    public static Hdf5Type Int32 { get; } = new Integer(4, IsSigned: true);

    /// <summary>uint32.</summary>
    public static Hdf5Type UInt32 { get; } = new Integer(4, IsSigned: false);

    /// <summary>uint64.</summary>
    public static Hdf5Type UInt64 { get; } = new Integer(8, IsSigned: false);

    /// <summary>float32.</summary>
    public static Hdf5Type Single { get; } = new Float32();

    /// <summary>ASCII text of any length.</summary>
    public static Hdf5Type Text { get; } = new VariableLength(new Integer(1, IsSigned: false), IsText: true);

    /// <summary>complex64, as ISMRMRD names its parts.</summary>
    public static Hdf5Type Complex { get; } = new Compound([("real", Single), ("imag", Single)]);

    /// <summary>A fixed number of elements of this type.</summary>
    public Hdf5Type Times(int count) => new Repeated(this, count);

    /// <summary>Any number of elements of this type.</summary>
    public Hdf5Type Sequence() => new VariableLength(this, IsText: false);

    /// <summary>Writes the description of the type.</summary>
    public abstract void Describe(BinaryWriter writer);

    private void Start(BinaryWriter writer, int version, int kind, int bits)
    {
        writer.Write((byte)((version << 4) | kind));
        writer.Write((byte)bits);
        writer.Write((ushort)(bits >> 8));
        writer.Write(Size);
    }

    private sealed record Integer(int Size, bool IsSigned) : Hdf5Type(Size)
    {
        public override void Describe(BinaryWriter writer)
        {
            Start(writer, version: 1, kind: 0, IsSigned ? 8 : 0);
            writer.Write((ushort)0); // first bit
            writer.Write((ushort)(8 * Size));
        }
    }

    private sealed record Float32() : Hdf5Type(4)
    {
        public override void Describe(BinaryWriter writer)
        {
            const int ImpliedLeadingOne = 0x20, SignBit = 31;
            Start(writer, version: 1, kind: 1, ImpliedLeadingOne | (SignBit << 8));
            writer.Write((ushort)0);
            writer.Write((ushort)32);
            writer.Write([23, 8, 0, 23]); // exponent and mantissa: first bit, length
            writer.Write(127); // exponent bias
        }
    }

    private sealed record Repeated(Hdf5Type Element, int Count) : Hdf5Type(Element.Size * Count)
    {
        public override void Describe(BinaryWriter writer)
        {
            Start(writer, version: 2, kind: 10, 0);
            writer.Write(1); // number of axes, and three unused bytes
            writer.Write(Count);
            writer.Write(0); // order of axes, unused
            Element.Describe(writer);
        }
    }

    private sealed record VariableLength(Hdf5Type Element, bool IsText) : Hdf5Type(16)
    {
        public override void Describe(BinaryWriter writer)
        {
            Start(writer, version: 1, kind: 9, IsText ? 1 : 0); // text of ASCII: libraries do not convert it from UTF-8
            Element.Describe(writer);
        }
    }

    /// <summary>Named members, one after the other without gaps.</summary>
    internal sealed record Compound((string Name, Hdf5Type Type)[] Members) : Hdf5Type(Members.Sum(m => m.Type.Size))
    {
        public override void Describe(BinaryWriter writer)
        {
            Start(writer, version: 2, kind: 6, Members.Length);
            int offset = 0;
            foreach ((string name, Hdf5Type type) in Members)
            {
                byte[] padded = new byte[(name.Length + 8) / 8 * 8]; // ends in at least one zero
                Encoding.ASCII.GetBytes(name, padded);
                writer.Write(padded);
                writer.Write(offset);
                type.Describe(writer);
                offset += type.Size;
            }
        }
    }
}
