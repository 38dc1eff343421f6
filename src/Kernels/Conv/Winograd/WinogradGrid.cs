namespace Stardeq.Kernels;

/// <summary>
/// How a batch of images is cut into tiles of 4 x 4 outputs, and tiles into vectors. A run is one vector's width of pixels
/// of four rows: a quarter as many tiles, side by side. Four runs, from wherever they come, transposed as 4 x 4 matrices,
/// make one vector of tiles for each of the four columns. Runs are counted through rows of tiles and images, so that
/// narrow images fill the vectors too.
/// </summary>
/// <param name="Batch">Images.</param>
/// <param name="Rows">Rows of an image.</param>
/// <param name="Columns">Columns of an image.</param>
/// <param name="Width">Lanes of a vector.</param>
internal readonly record struct WinogradGrid(int Batch, int Rows, int Columns, int Width)
{
    /// <summary>Runs that make one vector of tiles.</summary>
    public const int RunsPerVector = 4;

    /// <summary>Rows of tiles of an image.</summary>
    public int TileRows => (Rows + WinogradTransform.Outputs - 1) / WinogradTransform.Outputs;

    /// <summary>Runs in a row of tiles.</summary>
    public int RunsPerRow => (Columns + Width - 1) / Width;

    /// <summary>All runs.</summary>
    public int Runs => Batch * TileRows * RunsPerRow;

    /// <summary>Part of the lanes and rows that carry pixels.</summary>
    public double Occupancy => (double)Batch * Rows * Columns / ((double)Blocks(1) * RunsPerVector * Width * WinogradTransform.Outputs);

    /// <summary>Blocks of a number of vectors of tiles.</summary>
    public int Blocks(int vectors) => (Runs + (RunsPerVector * vectors) - 1) / (RunsPerVector * vectors);

    /// <summary>Where a run begins.</summary>
    /// <returns>Image, first row and first column; an image of -1 past the last run.</returns>
    public (int Image, int Row, int Column) Place(int run)
    {
        if (run >= Runs)
        {
            return (-1, 0, 0);
        }

        (int tileRow, int inRow) = Math.DivRem(run, RunsPerRow);
        (int image, int row) = Math.DivRem(tileRow, TileRows);
        return (image, row * WinogradTransform.Outputs, inRow * Width);
    }
}
