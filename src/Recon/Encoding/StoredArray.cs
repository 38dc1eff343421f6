using System.Security.Cryptography;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>An array of a slice in a file, and what it must hold whenever it is read again.</summary>
/// <param name="File">Where it is.</param>
/// <param name="Sum">SHA-256 of its bytes, or null as long as nobody has read it.</param>
internal sealed record StoredArray(FileArray File, byte[]? Sum = null)
{
    /// <summary>Bytes that it takes in memory.</summary>
    public long Bytes => MemoryPool.RoundUp(File.ByteCount);

    /// <summary>Reads the array.</summary>
    /// <param name="into">In host memory.</param>
    /// <exception cref="InputException">The file is gone, or holds something else than before.</exception>
    public void Read(Tensor into)
    {
        try
        {
            File.Read(into);
        }
        catch (InputException failure)
        {
            throw new InputException($"a slice that waits in a file cannot be read any more: {failure.Message} {Remedy}", failure);
        }

        if (Sum is not null && !Sum.AsSpan().SequenceEqual(SumOf(into)))
        {
            throw new InputException($"'{File.Path}' has changed since it was opened: the {File.ByteCount:N0} bytes at {File.Offset:N0} are others. {Remedy}");
        }
    }

    /// <summary>The array with its sum, read once for it.</summary>
    public StoredArray Sealed(Device host)
    {
        using var scope = new TensorScope(host, MemoryOwner.Workspace);
        return this with { Sum = SumOf(File.Read(scope)) };
    }

    /// <summary>The sum of an array in host memory.</summary>
    public static byte[] SumOf(Tensor array)
    {
        if (array.Device.IsRehearsal)
        {
            return [];
        }

        using Stream bytes = TensorBytes.Open(array);
        return SHA256.HashData(bytes);
    }

    private const string Remedy = "Put the file back as it was and call again; a training goes on from its last checkpoint with --resume.";
}
