namespace Stardeq.Kernels;

/// <summary>
/// The inner loop of the weight gradient: sums[o, s] = Σ_p y_o[p] · x_s[p] for 4 output channels o and 3 streams s over a
/// run of positions, all sums in registers.
/// </summary>
internal static unsafe class DotTile
{
    public const int Outputs = 4, Streams = 3;

    /// <summary>One tile.</summary>
    /// <param name="y">[4] addresses of the output channels at the first position.</param>
    /// <param name="x">Address from which the streams are counted, at the first position.</param>
    /// <param name="offsets">[3] distance of each stream.</param>
    /// <param name="count">Number of positions, a multiple of the vector width.</param>
    /// <param name="sums">[4, 3], replaced.</param>
    public static void Run<TLanes>(float** y, float* x, int* offsets, nint count, float* sums)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        float* y0 = y[0], y1 = y[1], y2 = y[2], y3 = y[3];
        float* x0 = x + offsets[0], x1 = x + offsets[1], x2 = x + offsets[2];
        TLanes a0 = TLanes.Zero, a1 = a0, a2 = a0, b0 = a0, b1 = a0, b2 = a0;
        TLanes c0 = a0, c1 = a0, c2 = a0, d0 = a0, d1 = a0, d2 = a0;
        for (nint p = 0; p < count; p += TLanes.Width)
        {
            TLanes s0 = TLanes.Load(x0 + p), s1 = TLanes.Load(x1 + p), s2 = TLanes.Load(x2 + p);
            TLanes v = TLanes.Load(y0 + p);
            a0 = TLanes.MultiplyAdd(v, s0, a0);
            a1 = TLanes.MultiplyAdd(v, s1, a1);
            a2 = TLanes.MultiplyAdd(v, s2, a2);
            v = TLanes.Load(y1 + p);
            b0 = TLanes.MultiplyAdd(v, s0, b0);
            b1 = TLanes.MultiplyAdd(v, s1, b1);
            b2 = TLanes.MultiplyAdd(v, s2, b2);
            v = TLanes.Load(y2 + p);
            c0 = TLanes.MultiplyAdd(v, s0, c0);
            c1 = TLanes.MultiplyAdd(v, s1, c1);
            c2 = TLanes.MultiplyAdd(v, s2, c2);
            v = TLanes.Load(y3 + p);
            d0 = TLanes.MultiplyAdd(v, s0, d0);
            d1 = TLanes.MultiplyAdd(v, s1, d1);
            d2 = TLanes.MultiplyAdd(v, s2, d2);
        }

        sums[0] = TLanes.Sum(a0);
        sums[1] = TLanes.Sum(a1);
        sums[2] = TLanes.Sum(a2);
        sums[3] = TLanes.Sum(b0);
        sums[4] = TLanes.Sum(b1);
        sums[5] = TLanes.Sum(b2);
        sums[6] = TLanes.Sum(c0);
        sums[7] = TLanes.Sum(c1);
        sums[8] = TLanes.Sum(c2);
        sums[9] = TLanes.Sum(d0);
        sums[10] = TLanes.Sum(d1);
        sums[11] = TLanes.Sum(d2);
    }
}
