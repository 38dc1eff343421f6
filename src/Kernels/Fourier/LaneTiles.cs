using System.Runtime.CompilerServices;

namespace Stardeq.Kernels;

/// <summary>Moves interleaved complex numbers into and out of lanes: runs of a row, and transposed square tiles.</summary>
internal static unsafe class LaneTiles<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    /// <summary>Floats of scratch that the tile functions need: re tile, im tile, one spare.</summary>
    public static int TileFloats => 3 * TLanes.Width * TLanes.Width;

    /// <summary>Reads <paramref name="count"/> ≤ V complex numbers; the other lanes are zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (TLanes Re, TLanes Im) Load(float* source, int count)
    {
        if (count >= TLanes.Width)
        {
            return TLanes.Deinterleave(TLanes.Load(source), TLanes.Load(source + TLanes.Width));
        }

        return LoadPart(source, count);
    }

    /// <summary>Writes, or adds, <paramref name="count"/> ≤ V complex numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* target, int count, TLanes re, TLanes im, bool add)
    {
        (TLanes first, TLanes second) = TLanes.Interleave(re, im);
        if (count < TLanes.Width)
        {
            StorePart(target, count, first, second, add);
            return;
        }

        if (add)
        {
            first += TLanes.Load(target);
            second += TLanes.Load(target + TLanes.Width);
        }

        first.Store(target);
        second.Store(target + TLanes.Width);
    }

    /// <summary>Transposes a V x V tile of floats in place. Two perfect shuffles per step rotate the bits of the
    /// index (row, column) by two; after log2 V shuffles rows and columns have changed places.</summary>
    public static void Transpose(float* tile, float* spare)
    {
        int width = TLanes.Width;
        float* from = tile, to = spare;
        int rounds = width == 16 ? 4 : width == 8 ? 3 : 2;
        if (rounds % 2 == 1)
        {
            for (int i = 0; i < width / 2; i++)
            {
                (TLanes a, TLanes b) = TLanes.Interleave(TLanes.Load(from + (i * width)), TLanes.Load(from + ((i + (width / 2)) * width)));
                a.Store(to + (2 * i * width));
                b.Store(to + (((2 * i) + 1) * width));
            }

            from = spare;
            to = tile;
        }

        for (int round = 0; round < rounds / 2; round++)
        {
            int quarter = width / 4;
            for (int i = 0; i < quarter; i++)
            {
                float* row = from + (i * width);
                nint step = quarter * width;
                (TLanes a0, TLanes a1) = TLanes.Interleave(TLanes.Load(row), TLanes.Load(row + (2 * step)));
                (TLanes b0, TLanes b1) = TLanes.Interleave(TLanes.Load(row + step), TLanes.Load(row + (3 * step)));
                (TLanes c0, TLanes c1) = TLanes.Interleave(a0, b0);
                (TLanes d0, TLanes d1) = TLanes.Interleave(a1, b1);
                float* target = to + (4 * i * width);
                c0.Store(target);
                c1.Store(target + width);
                d0.Store(target + (2 * width));
                d1.Store(target + (3 * width));
            }

            float* next = from;
            from = to;
            to = next;
        }

        if (from != tile)
        {
            Unsafe.CopyBlock(tile, from, (uint)(width * width * sizeof(float)));
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (TLanes Re, TLanes Im) LoadPart(float* source, int count)
    {
        float* run = stackalloc float[2 * TLanes.Width];
        for (int i = 0; i < 2 * TLanes.Width; i++)
        {
            run[i] = i < 2 * count ? source[i] : 0;
        }

        return TLanes.Deinterleave(TLanes.Load(run), TLanes.Load(run + TLanes.Width));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void StorePart(float* target, int count, TLanes first, TLanes second, bool add)
    {
        float* run = stackalloc float[2 * TLanes.Width];
        first.Store(run);
        second.Store(run + TLanes.Width);
        for (int i = 0; i < 2 * count; i++)
        {
            target[i] = add ? target[i] + run[i] : run[i];
        }
    }
}
