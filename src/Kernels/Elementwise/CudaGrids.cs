using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>Launch shapes that several kernels share. All of these kernels walk on when a grid is smaller than their data.</summary>
internal static class CudaGrids
{
    /// <summary>Limit of the y and z extents of a grid.</summary>
    public const int LargestYz = 65535;

    private const int Threads = 256;
    private const long EnoughBlocks = 4096; // some four waves of the largest GPU

    /// <summary>Threads for a map that takes four scalars at a time.</summary>
    public static long Fours(long count) => (count + 3) / 4;

    /// <summary>x over <paramref name="period"/>, y over as many repeats as it takes to fill the GPU.</summary>
    public static KernelCall Repeated(KernelCall call, long period, long repeats)
    {
        long x = Math.Clamp((period + Threads - 1) / Threads, 1, int.MaxValue);
        return call.Grid(x, Math.Clamp(Math.Min(repeats, EnoughBlocks / x), 1, LargestYz)).Block(Threads);
    }

    /// <summary>x over the elements of a row, y over rows, z over planes.</summary>
    /// <remarks>Warps of 32 neighbouring elements waste at most 31 threads of a row; blocks of one row would waste up to 255.</remarks>
    public static KernelCall Boxes(KernelCall call, long planes, long rows, long columns)
    {
        (int width, int height) = rows >= 8 || (columns < Threads && rows > 1) ? (32, 8) : (Threads, 1);
        return call.Block(width, height).Grid(
            Math.Clamp((columns + width - 1) / width, 1, int.MaxValue),
            Math.Clamp((rows + height - 1) / height, 1, LargestYz),
            Math.Clamp(planes, 1, LargestYz));
    }

    /// <summary>to[p, r, c] = from[p, r, c] (or +=) for r below rows and c below columns; sizes are scalars.</summary>
    public static void CopyBox(CudaDevice cuda, Tensor from, Tensor to, int planes, int rows, long columns, (int Rows, long Columns) fromSize, (int Rows, long Columns) toSize, WriteMode mode) =>
        Boxes(cuda.Kernel("copy_box", from.DType), planes, rows, columns)
            .With(from).With(to).With(mode == WriteMode.Add ? 1 : 0).With(planes).With(rows).With(columns)
            .With(fromSize.Rows).With(fromSize.Columns).With(toSize.Rows).With(toSize.Columns).Launch();
}
