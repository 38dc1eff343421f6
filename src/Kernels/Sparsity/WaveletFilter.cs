namespace Stardeq.Kernels;

/// <summary>Orthogonal wavelets with compact support, of 1, 2 and 4 vanishing moments.</summary>
public enum Wavelet
{
    /// <summary>Differences of neighbours, 2 taps.</summary>
    Haar,

    /// <summary>4 taps; blind to straight lines.</summary>
    Daubechies2,

    /// <summary>8 taps; blind to cubics.</summary>
    Daubechies4,
}

/// <summary>The two filters of an orthogonal wavelet [DAU88].</summary>
/// <param name="Low">h: Σ h = √2, Σ_n h[n] h[n + 2k] = δ_k.</param>
/// <param name="High">g[n] = (−1)ⁿ h[L − 1 − n].</param>
internal sealed record WaveletFilter(double[] Low, double[] High)
{
    private static readonly double s_root3 = Math.Sqrt(3), s_scale = 4 * Math.Sqrt(2);

    /// <summary>The filters of a wavelet.</summary>
    public static WaveletFilter Of(Wavelet wavelet) => FromLow(wavelet switch
    {
        Wavelet.Haar => [Math.Sqrt(0.5), Math.Sqrt(0.5)],
        Wavelet.Daubechies2 => [(1 + s_root3) / s_scale, (3 + s_root3) / s_scale, (3 - s_root3) / s_scale, (1 - s_root3) / s_scale],
        _ =>
        [
            0.2303778133088965, 0.7148465705529157, 0.6308807679298589, -0.027983769416859854, // [DAU88] table 1, with all digits of a double
            -0.18703481171909309, 0.030841381835560764, 0.0328830116668852, -0.010597401785069032,
        ],
    });

    private static WaveletFilter FromLow(double[] low) => new(low, [.. low.Select((_, n) => (n % 2 == 0 ? 1 : -1) * low[^(n + 1)])]);
}
