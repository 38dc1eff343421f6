using System.Numerics;

namespace Stardeq.Recon;

/// <summary>Sums Σ e x of complex rows with complex coefficients, as two sums of real arrays that are joined at the end:
/// interleaved numbers then need no shuffling in the inner loop.</summary>
internal static class ComplexRows
{
    /// <summary>sumA += a x, sumB += b x, over the real views.</summary>
    public static void AddScaled(ReadOnlySpan<float> x, float a, float b, Span<float> sumA, Span<float> sumB)
    {
        int i = 0;
        Vector<float> va = new(a), vb = new(b);
        for (; i <= x.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> v = new(x[i..]);
            Vector.FusedMultiplyAdd(va, v, new Vector<float>(sumA[i..])).CopyTo(sumA[i..]);
            Vector.FusedMultiplyAdd(vb, v, new Vector<float>(sumB[i..])).CopyTo(sumB[i..]);
        }

        for (; i < x.Length; i++)
        {
            sumA[i] = float.FusedMultiplyAdd(a, x[i], sumA[i]);
            sumB[i] = float.FusedMultiplyAdd(b, x[i], sumB[i]);
        }
    }

    /// <summary>sumA + i sumB as complex numbers, in the place of sumA.</summary>
    public static void Join(Span<float> sumA, ReadOnlySpan<float> sumB)
    {
        for (int i = 0; i < sumA.Length; i += 2)
        {
            (sumA[i], sumA[i + 1]) = (sumA[i] - sumB[i + 1], sumA[i + 1] + sumB[i]);
        }
    }

    /// <summary>Σ a b over the real views.</summary>
    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        int i = 0;
        Vector<float> sum = Vector<float>.Zero;
        for (; i <= a.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            sum = Vector.FusedMultiplyAdd(new Vector<float>(a[i..]), new Vector<float>(b[i..]), sum);
        }

        float rest = Vector.Sum(sum);
        for (; i < a.Length; i++)
        {
            rest = float.FusedMultiplyAdd(a[i], b[i], rest);
        }

        return rest;
    }

    /// <summary>i x for complex x.</summary>
    public static void Rotate(ReadOnlySpan<float> x, Span<float> rotated)
    {
        for (int i = 0; i < x.Length; i += 2)
        {
            (rotated[i], rotated[i + 1]) = (-x[i + 1], x[i]);
        }
    }
}
