using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>
/// A periodic grid of complex64 in memory: rows and columns beyond its own repeat the first ones, so that no window
/// wraps.
/// </summary>
/// <param name="Rows">Rows of a period.</param>
/// <param name="Columns">Columns of a period.</param>
/// <param name="HaloRows">Rows beyond it that windows reach.</param>
/// <param name="HaloColumns">Columns beyond it that windows reach.</param>
internal readonly unsafe record struct NufftGrid(int Rows, int Columns, int HaloRows, int HaloColumns)
{
    private const int RowGrain = 64;

    /// <summary>Floats from one row to the next.</summary>
    public nint Pitch => 2 * ((Columns + HaloColumns + 7) / 8 * 8);

    /// <summary>Floats of a grid and of the vector that may begin in its last cell.</summary>
    public long Floats => ((Rows + HaloRows) * Pitch) + LaneKernels.Width;

    public void Clear(CpuDevice device, float* grid)
    {
        nint pitch = Pitch;
        device.For(Rows + HaloRows, RowGrain, (first, last) => new Span<float>(grid + (first * pitch), (int)((last - first) * pitch)).Clear());
    }

    /// <summary>Copies the first columns and rows to the halo.</summary>
    public void CopyHalo(CpuDevice device, float* grid)
    {
        NufftGrid shape = this;
        device.For(Rows, RowGrain, (first, last) => shape.CopyColumns(grid, first, last));
        for (nint i = Rows * Pitch; i < (Rows + HaloRows) * Pitch; i++)
        {
            grid[i] = grid[i - (Rows * Pitch)];
        }
    }

    /// <summary>Adds the halo to the first rows and columns.</summary>
    public void FoldHalo(CpuDevice device, float* grid)
    {
        for (nint i = ((Rows + HaloRows) * Pitch) - 1; i >= Rows * Pitch; i--)
        {
            grid[i - (Rows * Pitch)] += grid[i];
        }

        NufftGrid shape = this;
        device.For(Rows, RowGrain, (first, last) => shape.FoldColumns(grid, first, last));
    }

    private void CopyColumns(float* grid, long first, long last)
    {
        int period = 2 * Columns;
        for (long row = first; row < last; row++)
        {
            float* cells = grid + (row * Pitch);
            for (nint i = period; i < Pitch; i++)
            {
                cells[i] = cells[i - period];
            }
        }
    }

    private void FoldColumns(float* grid, long first, long last)
    {
        int period = 2 * Columns;
        for (long row = first; row < last; row++)
        {
            float* cells = grid + (row * Pitch);
            for (nint i = Pitch - 1; i >= period; i--)
            {
                cells[i - period] += cells[i];
            }
        }
    }
}
