using System.Numerics;
using System.Runtime.CompilerServices;

namespace Stardeq.Recon;

/// <summary>The transform of a unit shape at many frequencies at once, in single precision.</summary>
internal interface IShapeProfile
{
    /// <summary>As <see cref="Blob.Profile"/>, to an absolute error below 1e-6.</summary>
    /// <param name="q">Frequencies in cycles per semi-axis, not negative.</param>
    static abstract Vector<float> At(Vector<float> q);

    /// <summary>Squared q beyond which nothing is left in single precision.</summary>
    static abstract float End { get; }
}

/// <summary>
/// 3 (sin s − s cos s)/s³ with s = 2πq, and its series where the difference would cancel. The terms of the series have
/// the ratio −s²/(2n (2n + 3)); at s = 2.5 the eighth is 5e-8.
/// </summary>
internal readonly struct BallProfile : IShapeProfile
{
    private const float Near = 2.5f;

    public static float End => float.PositiveInfinity;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> At(Vector<float> q)
    {
        Vector<float> s = q * (2 * MathF.PI), s2 = s * s;
        (Vector<float> sine, Vector<float> cosine) = Turns.SinCos(q);
        Vector<float> far = 3 * Vector.FusedMultiplyAdd(-s, cosine, sine) / (s2 * s);
        if (Vector.GreaterThanOrEqualAll(s, new Vector<float>(Near)))
        {
            return far;
        }

        Vector<float> h = Turns.Step(s2, 14 * 17, Vector<float>.One);
        h = Turns.Step(s2, 12 * 15, h);
        h = Turns.Step(s2, 10 * 13, h);
        h = Turns.Step(s2, 8 * 11, h);
        h = Turns.Step(s2, 6 * 9, h);
        h = Turns.Step(s2, 4 * 7, h);
        h = Turns.Step(s2, 2 * 5, h);
        return Vector.ConditionalSelect(Vector.LessThan(s, new Vector<float>(Near)), h, far);
    }
}

/// <summary>
/// 2 J1(s)/s with s = 2πq: Bessel's series, whose terms have the ratio −(s/2)²/(n (n + 1)), up to s = 6 (the next term is
/// 1e-7 there, rounding of the largest 4e-7), and Hankel's expansion beyond, whose coefficients have the ratio
/// a_k/a_(k−1) = (4 − (2k − 1)²)/(8k) (next term 2e-7 at s = 6).
/// </summary>
internal readonly struct DiscProfile : IShapeProfile
{
    private const float Near = 6;

    public static float End => float.PositiveInfinity;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> At(Vector<float> q)
    {
        Vector<float> s = q * (2 * MathF.PI), s2 = s * s;
        Vector<float> far = Hankel(q, s, Vector<float>.One / s2);
        if (Vector.GreaterThanOrEqualAll(s, new Vector<float>(Near)))
        {
            return far;
        }

        Vector<float> x = s2 * 0.25f;
        Vector<float> h = Turns.Step(x, 12 * 13, Vector<float>.One);
        h = Turns.Step(x, 11 * 12, h);
        h = Turns.Step(x, 10 * 11, h);
        h = Turns.Step(x, 9 * 10, h);
        h = Turns.Step(x, 8 * 9, h);
        h = Turns.Step(x, 7 * 8, h);
        h = Turns.Step(x, 6 * 7, h);
        h = Turns.Step(x, 5 * 6, h);
        h = Turns.Step(x, 4 * 5, h);
        h = Turns.Step(x, 3 * 4, h);
        h = Turns.Step(x, 2 * 3, h);
        h = Turns.Step(x, 1 * 2, h);
        return Vector.ConditionalSelect(Vector.LessThan(s, new Vector<float>(Near)), h, far);
    }

    /// <summary>√(2/(πs)) (P cos χ − Q sin χ) · 2/s, χ = s − 3π/4.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Hankel(Vector<float> q, Vector<float> s, Vector<float> inverse)
    {
        (Vector<float> sine, Vector<float> cosine) = Turns.SinCos(q - new Vector<float>(3 / 8f));
        Vector<float> even = Turns.Step(inverse, 64 * 56 / (165f * 221), Vector<float>.One);
        even = Turns.Step(inverse, 64 * 30 / (77f * 117), even);
        even = Turns.Step(inverse, 64 * 12 / (21f * 45), even);
        even = Turns.Step(inverse, -64 * 2 / (3f * 5), even);
        Vector<float> odd = Turns.Step(inverse, 64 * 72 / (221f * 285), Vector<float>.One);
        odd = Turns.Step(inverse, 64 * 42 / (117f * 165), odd);
        odd = Turns.Step(inverse, 64 * 20 / (45f * 77), odd);
        odd = Turns.Step(inverse, 64 * 6 / (5f * 21), odd) * (3 / 8f) / s;
        return ((even * cosine) - (odd * sine)) * (2 * MathF.Sqrt(2 / MathF.PI)) / (s * Vector.SquareRoot(s));
    }
}

/// <summary>exp(−s²/2), s = 2πq.</summary>
internal readonly struct GaussianProfile : IShapeProfile
{
    public static float End => 1; // exp(−2π²) = 3e-9

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> At(Vector<float> q) => Vector.Exp(q * q * (-2 * MathF.PI * MathF.PI));
}

/// <summary>Sine and cosine of angles in turns, single precision.</summary>
internal static class Turns
{
    private const float Rounder = 3 << 22; // 1.5 · 2²³: adding it rounds to a whole number, for |x| < 4e6

    // Coefficients of sin 2πx = Σ S_n xⁿ.
    private const double S1 = 2 * Math.PI, Square = S1 * S1, S3 = -S1 * Square / (2 * 3), S5 = -S3 * Square / (4 * 5),
        S7 = -S5 * Square / (6 * 7), S9 = -S7 * Square / (8 * 9), S11 = -S9 * Square / (10 * 11);

    /// <summary>sin 2πx and cos 2πx, to 1e-7 beyond what x itself is rounded to.</summary>
    /// <remarks>Both come from the sine series on a quarter turn to either side of 0, up to w¹¹: the next term is 6e-8.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector<float> Sine, Vector<float> Cosine) SinCos(Vector<float> x)
    {
        Vector<float> half = new(0.5f), big = new(Rounder), r = x - ((x + big) - big);
        Vector<float> folded = Vector.Max(Vector.Min(r, half - r), -half - r);
        return (QuarterSine(folded), QuarterSine(new Vector<float>(0.25f) - Vector.Abs(r)));
    }

    /// <summary>1 − x/divisor · next: one step from the tail of a power series to its head.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Step(Vector<float> x, float divisor, Vector<float> next) =>
        Vector.FusedMultiplyAdd(x * (-1 / divisor), next, Vector<float>.One);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> QuarterSine(Vector<float> x)
    {
        Vector<float> x2 = x * x, h = Vector.FusedMultiplyAdd(x2, new Vector<float>((float)S11), new Vector<float>((float)S9));
        h = Vector.FusedMultiplyAdd(x2, h, new Vector<float>((float)S7));
        h = Vector.FusedMultiplyAdd(x2, h, new Vector<float>((float)S5));
        h = Vector.FusedMultiplyAdd(x2, h, new Vector<float>((float)S3));
        return x * Vector.FusedMultiplyAdd(x2, h, new Vector<float>((float)S1));
    }
}
