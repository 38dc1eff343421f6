using System.Runtime.InteropServices;

namespace Stardeq.Recon;

/// <summary>
/// Images as 32-bit words, for stores that know no element type. <c>float32</c>: the bits of re, im of each pixel.
/// <c>half</c>: one word e, then one word per pixel with the halves of 2^e re and 2^e im; 2^e brings the largest number into
/// [2^14, 2^15), so that numbers down to 2^-28 of the largest keep 11 bits, whatever the scale of the image.
/// </summary>
internal static class PackedImage
{
    private const int LargestExponent = 14; // halves end at 65504, just below 2^16

    /// <summary>Words of an image.</summary>
    /// <param name="precision">How it is packed.</param>
    /// <param name="reals">Its real numbers: two per pixel.</param>
    public static int Words(CachePrecision precision, long reals) =>
        checked((int)(precision == CachePrecision.Half ? 1 + (reals / 2) : reals));

    /// <summary>Packs an image.</summary>
    /// <param name="reals">re, im of each pixel; finite.</param>
    /// <param name="precision">How to pack.</param>
    /// <param name="words">As many as <see cref="Words"/>; overwritten.</param>
    public static void Pack(ReadOnlySpan<float> reals, CachePrecision precision, Span<int> words)
    {
        if (precision == CachePrecision.Float32)
        {
            MemoryMarshal.Cast<float, int>(reals).CopyTo(words);
            return;
        }

        float largest = 0;
        foreach (float value in reals)
        {
            largest = Math.Max(largest, Math.Abs(value));
        }

        int exponent = largest > 0 ? LargestExponent - Math.ILogB(largest) : 0;
        words[0] = exponent;
        Span<Half> halves = MemoryMarshal.Cast<int, Half>(words[1..]);
        for (int i = 0; i < reals.Length; i++)
        {
            halves[i] = (Half)Math.ScaleB(reals[i], exponent); // in double: exact before the one rounding
        }
    }

    /// <summary>Unpacks what <see cref="Pack"/> wrote.</summary>
    public static void Unpack(ReadOnlySpan<int> words, CachePrecision precision, Span<float> reals)
    {
        if (precision == CachePrecision.Float32)
        {
            MemoryMarshal.Cast<int, float>(words).CopyTo(reals);
            return;
        }

        ReadOnlySpan<Half> halves = MemoryMarshal.Cast<int, Half>(words[1..]);
        for (int i = 0; i < reals.Length; i++)
        {
            reals[i] = (float)Math.ScaleB((double)halves[i], -words[0]);
        }
    }
}
