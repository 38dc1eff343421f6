using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Stardeq.Kernels;

/// <summary>
/// The inner loop of the weight gradient: sums[o, i] += Σ_t m_o[t] · v_i[t] for 4 output and 4 input channels over the tiles of
/// a block, all sums in registers.
/// </summary>
internal static unsafe class WinogradDot
{
    /// <summary>Channels per tile, of either kind.</summary>
    public const int Tile = 4;

    /// <summary>One tile.</summary>
    /// <param name="m">[4, tiles].</param>
    /// <param name="v">[4, tiles].</param>
    /// <param name="tiles">Tiles of the block, a multiple of the vector width.</param>
    /// <param name="sums">Four sums for each of the four outputs, added to.</param>
    /// <param name="step">Floats from one output to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<TLanes>(float* m, float* v, nint tiles, float* sums, nint step)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        if (TLanes.Width == 16)
        {
            Four<TLanes>(m, v, tiles, sums, step); // 32 registers
        }
        else
        {
            Two<TLanes>(m, v, tiles, sums, step);
            Two<TLanes>(m + (2 * tiles), v, tiles, sums + (2 * step), step);
        }
    }

    private static void Four<TLanes>(float* m, float* v, nint tiles, float* sums, nint step)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes a0 = TLanes.Zero, a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
        TLanes c0 = a0, c1 = a0, c2 = a0, c3 = a0, d0 = a0, d1 = a0, d2 = a0, d3 = a0;
        float* v1 = v + tiles, v2 = v1 + tiles, v3 = v2 + tiles;
        float* m1 = m + tiles, m2 = m1 + tiles, m3 = m2 + tiles;
        for (nint t = 0; t < tiles; t += TLanes.Width)
        {
            TLanes x0 = TLanes.Load(v + t), x1 = TLanes.Load(v1 + t), x2 = TLanes.Load(v2 + t), x3 = TLanes.Load(v3 + t);
            TLanes y = TLanes.Load(m + t);
            a0 = TLanes.MultiplyAdd(y, x0, a0);
            a1 = TLanes.MultiplyAdd(y, x1, a1);
            a2 = TLanes.MultiplyAdd(y, x2, a2);
            a3 = TLanes.MultiplyAdd(y, x3, a3);
            y = TLanes.Load(m1 + t);
            b0 = TLanes.MultiplyAdd(y, x0, b0);
            b1 = TLanes.MultiplyAdd(y, x1, b1);
            b2 = TLanes.MultiplyAdd(y, x2, b2);
            b3 = TLanes.MultiplyAdd(y, x3, b3);
            y = TLanes.Load(m2 + t);
            c0 = TLanes.MultiplyAdd(y, x0, c0);
            c1 = TLanes.MultiplyAdd(y, x1, c1);
            c2 = TLanes.MultiplyAdd(y, x2, c2);
            c3 = TLanes.MultiplyAdd(y, x3, c3);
            y = TLanes.Load(m3 + t);
            d0 = TLanes.MultiplyAdd(y, x0, d0);
            d1 = TLanes.MultiplyAdd(y, x1, d1);
            d2 = TLanes.MultiplyAdd(y, x2, d2);
            d3 = TLanes.MultiplyAdd(y, x3, d3);
        }

        AddTo(a0, a1, a2, a3, sums);
        AddTo(b0, b1, b2, b3, sums + step);
        AddTo(c0, c1, c2, c3, sums + (2 * step));
        AddTo(d0, d1, d2, d3, sums + (3 * step));
    }

    private static void Two<TLanes>(float* m, float* v, nint tiles, float* sums, nint step)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes a0 = TLanes.Zero, a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
        float* v1 = v + tiles, v2 = v1 + tiles, v3 = v2 + tiles, m1 = m + tiles;
        for (nint t = 0; t < tiles; t += TLanes.Width)
        {
            TLanes x0 = TLanes.Load(v + t), x1 = TLanes.Load(v1 + t), x2 = TLanes.Load(v2 + t), x3 = TLanes.Load(v3 + t);
            TLanes y = TLanes.Load(m + t);
            a0 = TLanes.MultiplyAdd(y, x0, a0);
            a1 = TLanes.MultiplyAdd(y, x1, a1);
            a2 = TLanes.MultiplyAdd(y, x2, a2);
            a3 = TLanes.MultiplyAdd(y, x3, a3);
            y = TLanes.Load(m1 + t);
            b0 = TLanes.MultiplyAdd(y, x0, b0);
            b1 = TLanes.MultiplyAdd(y, x1, b1);
            b2 = TLanes.MultiplyAdd(y, x2, b2);
            b3 = TLanes.MultiplyAdd(y, x3, b3);
        }

        AddTo(a0, a1, a2, a3, sums);
        AddTo(b0, b1, b2, b3, sums + step);
    }

    // The sums of all lanes of four vectors, in one vector of four.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddTo<TLanes>(TLanes s0, TLanes s1, TLanes s2, TLanes s3, float* target)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        (s0, s1, s2, s3) = TLanes.Transpose4(s0, s1, s2, s3);
        Vector128<float> sum = TLanes.Fold((s0 + s1) + (s2 + s3));
        (Vector128.Load(target) + sum).Store(target);
    }
}
