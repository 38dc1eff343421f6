namespace Stardeq.Recon;

/// <summary>A class of objects as elements of an HDF5 dataset: names, types and values of its fields, in their order.</summary>
/// <typeparam name="T">The class.</typeparam>
/// <param name="fields">Name, type, and what writes the value.</param>
internal sealed class Hdf5Record<T>(params (string Name, Hdf5Type Type, Action<T, BinaryWriter> Write)[] fields)
{
    /// <summary>The compound type.</summary>
    public Hdf5Type Type { get; } = new Hdf5Type.Compound([.. fields.Select(f => (f.Name, f.Type))]);

    /// <summary>Writes one object.</summary>
    public void Write(T value, BinaryWriter writer)
    {
        foreach ((_, _, Action<T, BinaryWriter> write) in fields)
        {
            write(value, writer);
        }
    }
}
