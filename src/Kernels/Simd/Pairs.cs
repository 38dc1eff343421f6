using System.Numerics;

namespace Stardeq.Kernels;

/// <summary>Rows of pairs (a0 b0 a1 b1 ...) apart and together: windows of two columns, complex numbers and their parts.</summary>
internal static unsafe class Pairs
{
    /// <summary>first[i] = pairs[2i], second[i] = pairs[2i + 1].</summary>
    public static void Split<T>(T* pairs, T* first, T* second, nint count)
        where T : unmanaged
    {
        nint done = 0;
        if (typeof(T) == typeof(float))
        {
            done = count / LaneKernels.Width * LaneKernels.Width;
            LaneKernels.Run(new SplitLanes((float*)pairs, (float*)first, (float*)second, done));
        }

        for (nint i = done; i < count; i++)
        {
            first[i] = pairs[2 * i];
            second[i] = pairs[(2 * i) + 1];
        }
    }

    /// <summary>pairs[2i] = offset + first[i], pairs[2i + 1] = offset + second[i].</summary>
    public static void Join<T>(T* first, T* second, T offset, T* pairs, nint count)
        where T : unmanaged, INumberBase<T>
    {
        nint done = 0;
        if (typeof(T) == typeof(float))
        {
            done = count / LaneKernels.Width * LaneKernels.Width;
            LaneKernels.Run(new JoinLanes((float*)first, (float*)second, float.CreateChecked(offset), (float*)pairs, done));
        }

        for (nint i = done; i < count; i++)
        {
            pairs[2 * i] = offset + first[i];
            pairs[(2 * i) + 1] = offset + second[i];
        }
    }

    private readonly struct SplitLanes(float* pairs, float* first, float* second, nint count) : ILaneKernel
    {
        public void Run<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes>
        {
            for (nint i = 0; i < count; i += TLanes.Width)
            {
                (TLanes a, TLanes b) = TLanes.Deinterleave(TLanes.Load(pairs + (2 * i)), TLanes.Load(pairs + (2 * i) + TLanes.Width));
                a.Store(first + i);
                b.Store(second + i);
            }
        }
    }

    private readonly struct JoinLanes(float* first, float* second, float offset, float* pairs, nint count) : ILaneKernel
    {
        public void Run<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes shift = TLanes.Broadcast(offset);
            for (nint i = 0; i < count; i += TLanes.Width)
            {
                (TLanes a, TLanes b) = TLanes.Interleave(shift + TLanes.Load(first + i), shift + TLanes.Load(second + i));
                a.Store(pairs + (2 * i));
                b.Store(pairs + (2 * i) + TLanes.Width);
            }
        }
    }
}
