using System.Security.Cryptography;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>
/// Names slices by what decides their fixed point besides the weights of the model: b, coil maps, sampling and density weights
/// (both in the spectrum), and scale. A slice of other spokes, maps or weights has another name, so nothing stale is ever found.
/// </summary>
public static class SliceIdentity
{
    private const int NameBytes = 16; // 128 of the 256 bits of the hash: no two of any number of slices will meet

    /// <summary>The same slices with their <see cref="SliceProblem.Identity"/>. Reads every byte of them once.</summary>
    /// <param name="slices">Slices; spectra may be shared.</param>
    /// <param name="host">Host memory.</param>
    public static IReadOnlyList<IWaitingSlice> Name(IReadOnlyList<IWaitingSlice> slices, Device host)
    {
        var spectra = slices.Select(slice => slice.Spectrum).Distinct().ToDictionary(spectrum => spectrum, Hash);
        return [.. slices.Zip(SliceReading.InTurn(slices, host), (slice, read) => slice.Named(Of(read, spectra[slice.Spectrum])))];
    }

    private static string Of(SliceProblem slice, byte[] spectrum)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Hash(slice.B));
        hash.AppendData(Hash(slice.Maps));
        hash.AppendData(spectrum);
        hash.AppendData(BitConverter.GetBytes(slice.Scale));
        hash.AppendData(BitConverter.GetBytes(slice.AreaScale));
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, NameBytes));
    }

    private static byte[] Hash(Tensor tensor)
    {
        using Stream bytes = TensorBytes.Open(tensor);
        return SHA256.HashData(bytes);
    }
}
