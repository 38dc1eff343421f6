using System.Runtime.CompilerServices;

namespace Stardeq.Kernels;

/// <summary>
/// One of the 36 matrix products between filters and tiles: m[o, t] = Σ_c u[c, o] · v[c, t] for 8 outputs o and two vectors
/// of tiles t, all sums in registers.
/// </summary>
internal static unsafe class WinogradProduct
{
    /// <summary>Vectors of tiles.</summary>
    public const int Vectors = 2;

    /// <summary>One product.</summary>
    /// <param name="u">[channels, 8].</param>
    /// <param name="v">[channels, 2 vectors].</param>
    /// <param name="channels">Number of channels.</param>
    /// <param name="m">[8, 2 vectors], replaced.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<TLanes>(float* u, float* v, nint channels, float* m)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        if (TLanes.Width == 16)
        {
            Eight<TLanes>(u, v, channels, m); // 32 registers
        }
        else
        {
            Four<TLanes>(u, v, channels, m);
            Four<TLanes>(u + 4, v, channels, m + (8 * TLanes.Width));
        }
    }

    private static void Eight<TLanes>(float* u, float* v, nint channels, float* m)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes a0 = TLanes.Zero, a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0;
        TLanes e0 = a0, e1 = a0, f0 = a0, f1 = a0, g0 = a0, g1 = a0, h0 = a0, h1 = a0;
        for (float* end = u + (8 * channels); u < end; u += 8)
        {
            TLanes x0 = TLanes.Load(v), x1 = TLanes.Load(v + TLanes.Width);
            v += 2 * TLanes.Width;
            TLanes w = TLanes.Broadcast(u[0]);
            a0 = TLanes.MultiplyAdd(w, x0, a0);
            a1 = TLanes.MultiplyAdd(w, x1, a1);
            w = TLanes.Broadcast(u[1]);
            b0 = TLanes.MultiplyAdd(w, x0, b0);
            b1 = TLanes.MultiplyAdd(w, x1, b1);
            w = TLanes.Broadcast(u[2]);
            c0 = TLanes.MultiplyAdd(w, x0, c0);
            c1 = TLanes.MultiplyAdd(w, x1, c1);
            w = TLanes.Broadcast(u[3]);
            d0 = TLanes.MultiplyAdd(w, x0, d0);
            d1 = TLanes.MultiplyAdd(w, x1, d1);
            w = TLanes.Broadcast(u[4]);
            e0 = TLanes.MultiplyAdd(w, x0, e0);
            e1 = TLanes.MultiplyAdd(w, x1, e1);
            w = TLanes.Broadcast(u[5]);
            f0 = TLanes.MultiplyAdd(w, x0, f0);
            f1 = TLanes.MultiplyAdd(w, x1, f1);
            w = TLanes.Broadcast(u[6]);
            g0 = TLanes.MultiplyAdd(w, x0, g0);
            g1 = TLanes.MultiplyAdd(w, x1, g1);
            w = TLanes.Broadcast(u[7]);
            h0 = TLanes.MultiplyAdd(w, x0, h0);
            h1 = TLanes.MultiplyAdd(w, x1, h1);
        }

        Store(a0, a1, m);
        Store(b0, b1, m + (2 * TLanes.Width));
        Store(c0, c1, m + (4 * TLanes.Width));
        Store(d0, d1, m + (6 * TLanes.Width));
        Store(e0, e1, m + (8 * TLanes.Width));
        Store(f0, f1, m + (10 * TLanes.Width));
        Store(g0, g1, m + (12 * TLanes.Width));
        Store(h0, h1, m + (14 * TLanes.Width));
    }

    private static void Four<TLanes>(float* u, float* v, nint channels, float* m)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes a0 = TLanes.Zero, a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0;
        for (float* end = u + (8 * channels); u < end; u += 8)
        {
            TLanes x0 = TLanes.Load(v), x1 = TLanes.Load(v + TLanes.Width);
            v += 2 * TLanes.Width;
            TLanes w = TLanes.Broadcast(u[0]);
            a0 = TLanes.MultiplyAdd(w, x0, a0);
            a1 = TLanes.MultiplyAdd(w, x1, a1);
            w = TLanes.Broadcast(u[1]);
            b0 = TLanes.MultiplyAdd(w, x0, b0);
            b1 = TLanes.MultiplyAdd(w, x1, b1);
            w = TLanes.Broadcast(u[2]);
            c0 = TLanes.MultiplyAdd(w, x0, c0);
            c1 = TLanes.MultiplyAdd(w, x1, c1);
            w = TLanes.Broadcast(u[3]);
            d0 = TLanes.MultiplyAdd(w, x0, d0);
            d1 = TLanes.MultiplyAdd(w, x1, d1);
        }

        Store(a0, a1, m);
        Store(b0, b1, m + (2 * TLanes.Width));
        Store(c0, c1, m + (4 * TLanes.Width));
        Store(d0, d1, m + (6 * TLanes.Width));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TLanes>(TLanes v0, TLanes v1, float* target)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        v0.Store(target);
        v1.Store(target + TLanes.Width);
    }
}
