namespace Stardeq.Recon;

/// <summary>Arrays of a length that the format fixes.</summary>
internal static class FixedArrays
{
    /// <summary>Writes exactly <paramref name="count"/> numbers, little-endian.</summary>
    /// <exception cref="ArgumentException">The array has another length.</exception>
    public static void WriteAll<T>(this BinaryWriter writer, T[] values, int count)
        where T : unmanaged
    {
        if (values.Length != count)
        {
            throw new ArgumentException($"{values.Length} numbers came where the format holds {count}.", nameof(values));
        }

        writer.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
    }
}
