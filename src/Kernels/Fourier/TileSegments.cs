namespace Stardeq.Kernels;

/// <summary>
/// The work of nufft_spread: for each tile of the grid the points whose window reaches it, ascending, cut into segments of
/// bounded length, so that no block of the GPU is left alone with the crowded centre of a trajectory. Every tile has a
/// segment, if an empty one. The partial sums of a tile with several segments stand in consecutive slots.
/// </summary>
internal sealed class TileSegments
{
    /// <summary>Rows and columns of a tile, as in kernels.cu.</summary>
    public const int Tile = 16;

    /// <summary>Points of a segment at most.</summary>
    public const int Most = 256;

    /// <param name="firstRow">First row of each point's window, in 0..rows-1.</param>
    /// <param name="firstColumn">First column of each point's window, in 0..columns-1.</param>
    /// <param name="rows">Rows of the grid, which is periodic.</param>
    /// <param name="columns">Columns of the grid.</param>
    /// <param name="width">Rows and columns of a window; it may be wider than the grid.</param>
    public TileSegments(int[] firstRow, int[] firstColumn, int rows, int columns, int width)
    {
        TileColumns = Ceiling(columns, Tile);
        var reached = Enumerable.Range(0, Ceiling(rows, Tile) * TileColumns).Select(_ => new List<int>()).ToArray();
        Span<int> across = stackalloc int[width], along = stackalloc int[width];
        for (int point = 0; point < firstRow.Length; point++)
        {
            int acrossCount = TilesOf(firstRow[point], rows, across), alongCount = TilesOf(firstColumn[point], columns, along);
            foreach (int tileRow in across[..acrossCount])
            {
                foreach (int tileColumn in along[..alongCount])
                {
                    reached[(tileRow * TileColumns) + tileColumn].Add(point);
                }
            }
        }

        List<int> start = [0], tileOf = [], slotOf = [], splitStart = [0], splitTile = [];
        for (int tile = 0; tile < reached.Length; tile++)
        {
            int count = reached[tile].Count, segments = Math.Max(1, Ceiling(count, Most)), before = start[^1];
            for (int segment = 0; segment < segments; segment++)
            {
                tileOf.Add(tile);
                slotOf.Add(segments == 1 ? -1 : splitStart[^1] + segment);
                start.Add(before + Math.Min(count, (segment + 1) * Most));
            }

            if (segments > 1)
            {
                splitTile.Add(tile);
                splitStart.Add(splitStart[^1] + segments);
            }
        }

        (Start, TileOf, SlotOf, Points) = ([.. start], [.. tileOf], [.. slotOf], [.. reached.SelectMany(points => points)]);
        (SplitStart, SplitTile) = ([.. splitStart], [.. splitTile]);
    }

    /// <summary>Tiles along a row of the grid.</summary>
    public int TileColumns { get; }

    /// <summary>Points, tile by tile.</summary>
    public int[] Points { get; }

    /// <summary>First position in <see cref="Points"/> of each segment, and their number at the end.</summary>
    public int[] Start { get; }

    /// <summary>Tile of each segment.</summary>
    public int[] TileOf { get; }

    /// <summary>Slot of each segment's partial sums, -1 for the only one of a tile.</summary>
    public int[] SlotOf { get; }

    /// <summary>First slot of each tile with several segments, and the number of slots at the end.</summary>
    public int[] SplitStart { get; }

    /// <summary>Tiles with several segments.</summary>
    public int[] SplitTile { get; }

    /// <summary>Number of partial sums.</summary>
    public int Slots => SplitStart[^1];

    // The window may go round the end of the grid, and round all of a grid that is smaller than it.
    private static int TilesOf(int first, int cells, Span<int> tiles)
    {
        int count = 0;
        for (int tap = 0; tap < tiles.Length; tap++)
        {
            int tile = (first + tap) % cells / Tile;
            if (!tiles[..count].Contains(tile))
            {
                tiles[count++] = tile;
            }
        }

        return count;
    }

    private static int Ceiling(int count, int size) => (count + size - 1) / size;
}
