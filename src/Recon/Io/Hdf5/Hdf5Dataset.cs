using PureHDF;

namespace Stardeq.Recon;

/// <summary>An array in an HDF5 file, described.</summary>
/// <param name="Name">Full name.</param>
/// <param name="Dimensions">Extents, slowest first; empty for a single value.</param>
/// <param name="Class">Kind of its elements.</param>
/// <param name="Type">Their type.</param>
internal sealed record Hdf5Dataset(string Name, int[] Dimensions, H5DataTypeClass Class, IH5DataType Type)
{
    /// <summary>Number of elements.</summary>
    public long Count => Dimensions.Aggregate(1L, (product, n) => checked(product * n));

    /// <summary>Type and extents for messages, for example <c>compound (real, imag) [4, 32, 32]</c>.</summary>
    public string Describe()
    {
        string type = Class switch
        {
            H5DataTypeClass.Compound => $"compound ({string.Join(", ", Type.Compound.Members.Select(m => m.Name))})",
            H5DataTypeClass.FloatingPoint => $"float{8 * Type.Size}",
            H5DataTypeClass.FixedPoint => $"{(Type.FixedPoint.IsSigned ? "int" : "uint")}{8 * Type.Size}",
            _ => Class.ToString().ToLowerInvariant(),
        };
        return $"{type} [{string.Join(", ", Dimensions)}]";
    }
}
