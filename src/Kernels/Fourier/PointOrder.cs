namespace Stardeq.Kernels;

/// <summary>
/// An order of points in which neighbours on the grid are neighbours in memory, cut into bands of grid rows. A point that
/// starts in a band touches that band and the next one only, so bands of equal parity can be filled at the same time, and
/// every cell receives its terms in one fixed order.
/// </summary>
internal sealed class PointOrder
{
    private const int BandRows = 16, TileColumns = 16; // a band of tiles of 16 x 16 complex64 stays in first-level cache

    /// <param name="firstRow">First grid row of each point, in 0..rows-1.</param>
    /// <param name="firstColumn">First grid column of each point, in 0..columns-1.</param>
    /// <param name="rows">Grid rows.</param>
    /// <param name="columns">Grid columns.</param>
    /// <param name="reach">Rows that a point touches, its first included.</param>
    public PointOrder(int[] firstRow, int[] firstColumn, int rows, int columns, int reach)
    {
        int bands = rows / (2 * Math.Max(reach, BandRows)) * 2;
        Bands = Math.Max(1, bands);
        int tiles = (columns + TileColumns - 1) / TileColumns;
        var start = new int[(Bands * tiles) + 1];
        int Bin(int point) => ((int)((long)firstRow[point] * Bands / rows) * tiles) + (firstColumn[point] / TileColumns);
        for (int point = 0; point < firstRow.Length; point++)
        {
            start[Bin(point) + 1]++;
        }

        for (int bin = 0; bin < start.Length - 1; bin++)
        {
            start[bin + 1] += start[bin];
        }

        BandStart = new int[Bands + 1];
        for (int band = 0; band <= Bands; band++)
        {
            BandStart[band] = start[band * tiles];
        }

        Original = new int[firstRow.Length];
        for (int point = 0; point < firstRow.Length; point++)
        {
            Original[start[Bin(point)]++] = point;
        }
    }

    /// <summary>1, or an even number.</summary>
    public int Bands { get; }

    /// <summary>First sorted position of each band, and the number of points at the end.</summary>
    public int[] BandStart { get; }

    /// <summary>Original index of each sorted position.</summary>
    public int[] Original { get; }

    /// <summary>Runs <paramref name="fill"/>(first, last) for the sorted positions of each band: even bands, then odd ones.</summary>
    public void ForEachBand(Engine.CpuDevice device, Action<int, int> fill)
    {
        for (int parity = 0; parity < Math.Min(2, Bands); parity++)
        {
            int first = parity;
            device.For((Bands + 1 - parity) / 2, pair => fill(BandStart[(2 * pair) + first], BandStart[(2 * pair) + first + 1]));
        }
    }
}
