using System.Runtime.CompilerServices;

namespace Stardeq.Kernels;

/// <summary>
/// The inner loop of the convolutions: target[o, p] = bias[o] + Σ_s w[s, o] · x[p + offset[s]] for 4 outputs o and a run
/// of positions p, all sums in registers. A stream s is one tap of one input channel.
/// </summary>
internal static unsafe class CorrelationTile
{
    /// <summary>Positions per tile: four vectors where there are 32 registers, else two.</summary>
    public static int Positions => LaneKernels.Width == 16 ? 64 : 2 * LaneKernels.Width;

    /// <summary>One tile.</summary>
    /// <param name="x">Input at the first position.</param>
    /// <param name="offsets">[streams] distance from a position to the stream's input.</param>
    /// <param name="streams">Number of streams.</param>
    /// <param name="weights">[streams, 4].</param>
    /// <param name="bias">[4].</param>
    /// <param name="target">[4, stride], at the first position.</param>
    /// <param name="stride">Floats from one output to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<TLanes>(float* x, int* offsets, nint streams, float* weights, float* bias, float* target, nint stride)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        if (TLanes.Width == 16)
        {
            FourVectors<TLanes>(x, offsets, streams, weights, bias, target, stride);
        }
        else
        {
            TwoVectors<TLanes>(x, offsets, streams, weights, bias, target, stride);
        }
    }

    private static void FourVectors<TLanes>(float* x, int* offsets, nint streams, float* weights, float* bias, float* target, nint stride)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes a0 = TLanes.Broadcast(bias[0]), a1 = a0, a2 = a0, a3 = a0;
        TLanes b0 = TLanes.Broadcast(bias[1]), b1 = b0, b2 = b0, b3 = b0;
        TLanes c0 = TLanes.Broadcast(bias[2]), c1 = c0, c2 = c0, c3 = c0;
        TLanes d0 = TLanes.Broadcast(bias[3]), d1 = d0, d2 = d0, d3 = d0;
        for (nint s = 0; s < streams; s++)
        {
            float* source = x + offsets[s];
            TLanes x0 = TLanes.Load(source), x1 = TLanes.Load(source + TLanes.Width);
            TLanes x2 = TLanes.Load(source + (2 * TLanes.Width)), x3 = TLanes.Load(source + (3 * TLanes.Width));
            TLanes w = TLanes.Broadcast(weights[4 * s]);
            a0 = TLanes.MultiplyAdd(w, x0, a0);
            a1 = TLanes.MultiplyAdd(w, x1, a1);
            a2 = TLanes.MultiplyAdd(w, x2, a2);
            a3 = TLanes.MultiplyAdd(w, x3, a3);
            w = TLanes.Broadcast(weights[(4 * s) + 1]);
            b0 = TLanes.MultiplyAdd(w, x0, b0);
            b1 = TLanes.MultiplyAdd(w, x1, b1);
            b2 = TLanes.MultiplyAdd(w, x2, b2);
            b3 = TLanes.MultiplyAdd(w, x3, b3);
            w = TLanes.Broadcast(weights[(4 * s) + 2]);
            c0 = TLanes.MultiplyAdd(w, x0, c0);
            c1 = TLanes.MultiplyAdd(w, x1, c1);
            c2 = TLanes.MultiplyAdd(w, x2, c2);
            c3 = TLanes.MultiplyAdd(w, x3, c3);
            w = TLanes.Broadcast(weights[(4 * s) + 3]);
            d0 = TLanes.MultiplyAdd(w, x0, d0);
            d1 = TLanes.MultiplyAdd(w, x1, d1);
            d2 = TLanes.MultiplyAdd(w, x2, d2);
            d3 = TLanes.MultiplyAdd(w, x3, d3);
        }

        Store(a0, a1, a2, a3, target);
        Store(b0, b1, b2, b3, target + stride);
        Store(c0, c1, c2, c3, target + (2 * stride));
        Store(d0, d1, d2, d3, target + (3 * stride));
    }

    private static void TwoVectors<TLanes>(float* x, int* offsets, nint streams, float* weights, float* bias, float* target, nint stride)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes a0 = TLanes.Broadcast(bias[0]), a1 = a0;
        TLanes b0 = TLanes.Broadcast(bias[1]), b1 = b0;
        TLanes c0 = TLanes.Broadcast(bias[2]), c1 = c0;
        TLanes d0 = TLanes.Broadcast(bias[3]), d1 = d0;
        for (nint s = 0; s < streams; s++)
        {
            float* source = x + offsets[s];
            TLanes x0 = TLanes.Load(source), x1 = TLanes.Load(source + TLanes.Width);
            TLanes w = TLanes.Broadcast(weights[4 * s]);
            a0 = TLanes.MultiplyAdd(w, x0, a0);
            a1 = TLanes.MultiplyAdd(w, x1, a1);
            w = TLanes.Broadcast(weights[(4 * s) + 1]);
            b0 = TLanes.MultiplyAdd(w, x0, b0);
            b1 = TLanes.MultiplyAdd(w, x1, b1);
            w = TLanes.Broadcast(weights[(4 * s) + 2]);
            c0 = TLanes.MultiplyAdd(w, x0, c0);
            c1 = TLanes.MultiplyAdd(w, x1, c1);
            w = TLanes.Broadcast(weights[(4 * s) + 3]);
            d0 = TLanes.MultiplyAdd(w, x0, d0);
            d1 = TLanes.MultiplyAdd(w, x1, d1);
        }

        a0.Store(target);
        a1.Store(target + TLanes.Width);
        b0.Store(target + stride);
        b1.Store(target + stride + TLanes.Width);
        c0.Store(target + (2 * stride));
        c1.Store(target + (2 * stride) + TLanes.Width);
        d0.Store(target + (3 * stride));
        d1.Store(target + (3 * stride) + TLanes.Width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TLanes>(TLanes v0, TLanes v1, TLanes v2, TLanes v3, float* target)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        v0.Store(target);
        v1.Store(target + TLanes.Width);
        v2.Store(target + (2 * TLanes.Width));
        v3.Store(target + (3 * TLanes.Width));
    }
}
