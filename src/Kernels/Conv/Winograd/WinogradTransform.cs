using System.Runtime.CompilerServices;

namespace Stardeq.Kernels;

/// <summary>
/// The one-dimensional maps of Winograd's minimal filtering F(4, 3) [LAV16]: four outputs of a filter of three taps from six
/// inputs with six products, y = Aᵀ((G g) ⊙ (Bᵀ d)). Interpolation at 0, ±3/4, ±3/2 and infinity: all entries of A and B
/// are exact in float32, and the rounding error is half of that of the usual points 0, ±1, ±2 (docs/derivations/winograd.md).
/// </summary>
internal static unsafe class WinogradTransform
{
    /// <summary>Outputs per tile and axis.</summary>
    public const int Outputs = 4;

    /// <summary>Inputs per tile and axis, which is also the number of products.</summary>
    public const int Inputs = 6;

    /// <summary>Products per tile.</summary>
    public const int Products = Inputs * Inputs;

    private const float P = 0.75f, P2 = P * P, P3 = P * P2;
    private const float Q = 1.5f, Q2 = Q * Q, Q3 = Q * Q2;

    // Reciprocals of the differences of the points multiplied up, the denominators of Lagrange's polynomials.
    private const float AtZero = 1 / (P2 * Q2), AtP = 1 / (2 * P2 * (P2 - Q2)), AtQ = 1 / (2 * Q2 * (Q2 - P2));

    /// <summary>v = Bᵀ d: from inputs to products.</summary>
    /// <param name="d0">Inputs.</param>
    /// <param name="d1">Inputs.</param>
    /// <param name="d2">Inputs.</param>
    /// <param name="d3">Inputs.</param>
    /// <param name="d4">Inputs.</param>
    /// <param name="d5">Inputs.</param>
    /// <param name="v">Where the first of six vectors goes.</param>
    /// <param name="step">Floats from one to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input<TLanes>(TLanes d0, TLanes d1, TLanes d2, TLanes d3, TLanes d4, TLanes d5, float* v, nint step)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes minusP2 = TLanes.Broadcast(-P2), minusQ2 = TLanes.Broadcast(-Q2), minusSum = TLanes.Broadcast(-(P2 + Q2)), product = TLanes.Broadcast(P2 * Q2);
        TLanes.MultiplyAdd(product, d0, TLanes.MultiplyAdd(minusSum, d2, d4)).Store(v);
        TLanes even = TLanes.MultiplyAdd(minusQ2, d2, d4), odd = TLanes.Broadcast(P) * TLanes.MultiplyAdd(minusQ2, d1, d3);
        (even + odd).Store(v + step);
        (even - odd).Store(v + (2 * step));
        even = TLanes.MultiplyAdd(minusP2, d2, d4);
        odd = TLanes.Broadcast(Q) * TLanes.MultiplyAdd(minusP2, d1, d3);
        (even + odd).Store(v + (3 * step));
        (even - odd).Store(v + (4 * step));
        TLanes.MultiplyAdd(product, d1, TLanes.MultiplyAdd(minusSum, d3, d5)).Store(v + (5 * step));
    }

    /// <summary>y = Aᵀ m: from products to outputs.</summary>
    /// <param name="m">Where the first of six vectors is.</param>
    /// <param name="step">Floats from one to the next.</param>
    /// <returns>The four outputs.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (TLanes Y0, TLanes Y1, TLanes Y2, TLanes Y3) Output<TLanes>(float* m, nint step)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes m1 = TLanes.Load(m + step), m2 = TLanes.Load(m + (2 * step)), m3 = TLanes.Load(m + (3 * step)), m4 = TLanes.Load(m + (4 * step));
        TLanes sumP = m1 + m2, sumQ = m3 + m4, differenceP = m1 - m2, differenceQ = m3 - m4;
        return (
            TLanes.Load(m) + (sumP + sumQ),
            TLanes.MultiplyAdd(TLanes.Broadcast(P), differenceP, TLanes.Broadcast(Q) * differenceQ),
            TLanes.MultiplyAdd(TLanes.Broadcast(P2), sumP, TLanes.Broadcast(Q2) * sumQ),
            TLanes.MultiplyAdd(TLanes.Broadcast(P3), differenceP, TLanes.MultiplyAdd(TLanes.Broadcast(Q3), differenceQ, TLanes.Load(m + (5 * step)))));
    }

    /// <summary>m = A y, the adjoint of <see cref="Output"/>.</summary>
    /// <param name="y0">Outputs.</param>
    /// <param name="y1">Outputs.</param>
    /// <param name="y2">Outputs.</param>
    /// <param name="y3">Outputs.</param>
    /// <param name="m">Where the first of six vectors goes.</param>
    /// <param name="step">Floats from one to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void OutputAdjoint<TLanes>(TLanes y0, TLanes y1, TLanes y2, TLanes y3, float* m, nint step)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        y0.Store(m);
        TLanes even = TLanes.MultiplyAdd(TLanes.Broadcast(P2), y2, y0), odd = TLanes.MultiplyAdd(TLanes.Broadcast(P3), y3, TLanes.Broadcast(P) * y1);
        (even + odd).Store(m + step);
        (even - odd).Store(m + (2 * step));
        even = TLanes.MultiplyAdd(TLanes.Broadcast(Q2), y2, y0);
        odd = TLanes.MultiplyAdd(TLanes.Broadcast(Q3), y3, TLanes.Broadcast(Q) * y1);
        (even + odd).Store(m + (3 * step));
        (even - odd).Store(m + (4 * step));
        y3.Store(m + (5 * step));
    }

    /// <summary>u = G g: from the taps of the filter to products.</summary>
    /// <param name="g0">Taps.</param>
    /// <param name="g1">Taps.</param>
    /// <param name="g2">Taps.</param>
    /// <param name="u">Where the first of six vectors goes.</param>
    /// <param name="step">Floats from one to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Filter<TLanes>(TLanes g0, TLanes g1, TLanes g2, float* u, nint step)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        (TLanes.Broadcast(AtZero) * g0).Store(u);
        TLanes even = TLanes.Broadcast(AtP) * TLanes.MultiplyAdd(TLanes.Broadcast(P2), g2, g0), odd = TLanes.Broadcast(P * AtP) * g1;
        (even + odd).Store(u + step);
        (even - odd).Store(u + (2 * step));
        even = TLanes.Broadcast(AtQ) * TLanes.MultiplyAdd(TLanes.Broadcast(Q2), g2, g0);
        odd = TLanes.Broadcast(Q * AtQ) * g1;
        (even + odd).Store(u + (3 * step));
        (even - odd).Store(u + (4 * step));
        g2.Store(u + (5 * step));
    }

    /// <summary>g = Gᵀ u, the adjoint of <see cref="Filter"/>.</summary>
    /// <param name="u">Where the first of six vectors is.</param>
    /// <param name="step">Floats from one to the next.</param>
    /// <returns>The three taps.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (TLanes G0, TLanes G1, TLanes G2) FilterAdjoint<TLanes>(float* u, nint step)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes u1 = TLanes.Load(u + step), u2 = TLanes.Load(u + (2 * step)), u3 = TLanes.Load(u + (3 * step)), u4 = TLanes.Load(u + (4 * step));
        TLanes sumP = TLanes.Broadcast(AtP) * (u1 + u2), sumQ = TLanes.Broadcast(AtQ) * (u3 + u4);
        return (
            TLanes.MultiplyAdd(TLanes.Broadcast(AtZero), TLanes.Load(u), sumP + sumQ),
            TLanes.MultiplyAdd(TLanes.Broadcast(P * AtP), u1 - u2, TLanes.Broadcast(Q * AtQ) * (u3 - u4)),
            TLanes.MultiplyAdd(TLanes.Broadcast(P2), sumP, TLanes.MultiplyAdd(TLanes.Broadcast(Q2), sumQ, TLanes.Load(u + (5 * step)))));
    }
}
