using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>How numbers become colours.</summary>
public enum ColourMap
{
    /// <summary>Black to white.</summary>
    Grey,

    /// <summary>Black, red, yellow, white: for errors.</summary>
    Heat,
}

/// <summary>An 8-bit RGB picture in memory, row 0 on top.</summary>
/// <param name="rows">Height in pixels.</param>
/// <param name="columns">Width in pixels.</param>
public sealed class Picture(int rows, int columns)
{
    private readonly byte[] _pixels = new byte[3 * rows * columns];

    /// <summary>Height in pixels.</summary>
    public int Rows { get; } = rows;

    /// <summary>Width in pixels.</summary>
    public int Columns { get; } = columns;

    /// <summary>Red, green, blue of one pixel.</summary>
    public Span<byte> this[int row, int column] => _pixels.AsSpan(3 * ((row * Columns) + column), 3);

    /// <summary>Draws the magnitude of an image.</summary>
    /// <param name="image">[y, x] real or complex, float32 or float64.</param>
    /// <param name="white">Magnitude drawn as the top of the colour map; larger ones are clipped. 0 means the maximum.</param>
    /// <param name="map">Colours.</param>
    /// <param name="zoom">Side in pixels of one image pixel.</param>
    /// <exception cref="ShapeException">The tensor is not of rank 2.</exception>
    public static Picture Magnitude(Tensor image, double white = 0, ColourMap map = ColourMap.Grey, int zoom = 1)
    {
        if (image.Shape.Rank != 2)
        {
            throw new ShapeException($"picture: {image.Describe()} came; one image [y, x] was expected. Pick a slice first.");
        }

        double[] magnitude = Magnitudes.Of(image);
        white = white > 0 ? white : Math.Max(magnitude.DefaultIfEmpty().Max(), double.Epsilon);
        int rows = image.Shape[0], columns = image.Shape[1];
        var picture = new Picture(rows * zoom, columns * zoom);
        for (int row = 0; row < picture.Rows; row++)
        {
            for (int column = 0; column < picture.Columns; column++)
            {
                Colour(magnitude[(row / zoom * columns) + (column / zoom)] / white, map, picture[row, column]);
            }
        }

        return picture;
    }

    /// <summary>Tiles of equal size in rows, with gaps of white.</summary>
    /// <param name="tiles">Pictures, row by row.</param>
    /// <param name="tilesPerRow">Tiles in one row.</param>
    /// <param name="gap">Pixels between tiles.</param>
    /// <exception cref="ShapeException">The tiles differ in size, or there are none.</exception>
    public static Picture Grid(IReadOnlyList<Picture> tiles, int tilesPerRow, int gap = 2)
    {
        if (tiles.Count == 0 || tilesPerRow < 1 || tiles.Any(t => t.Rows != tiles[0].Rows || t.Columns != tiles[0].Columns))
        {
            throw new ShapeException($"picture grid: {tiles.Count} tiles, {tilesPerRow} per row; at least one tile was expected, and all of one size.");
        }

        int across = Math.Min(tilesPerRow, tiles.Count), down = (tiles.Count + tilesPerRow - 1) / tilesPerRow;
        (int rows, int columns) = (tiles[0].Rows, tiles[0].Columns);
        var grid = new Picture((down * (rows + gap)) - gap, (across * (columns + gap)) - gap);
        Array.Fill(grid._pixels, (byte)255);
        for (int tile = 0; tile < tiles.Count; tile++)
        {
            int top = tile / tilesPerRow * (rows + gap), left = tile % tilesPerRow * (columns + gap);
            for (int row = 0; row < rows; row++)
            {
                tiles[tile]._pixels.AsSpan(3 * row * columns, 3 * columns).CopyTo(grid._pixels.AsSpan(3 * (((top + row) * grid.Columns) + left)));
            }
        }

        return grid;
    }

    private static void Colour(double value, ColourMap map, Span<byte> pixel)
    {
        double level = Math.Clamp(double.IsNaN(value) ? 1 : value, 0, 1);
        if (map == ColourMap.Grey)
        {
            pixel.Fill((byte)Math.Round(255 * level));
            return;
        }

        for (int channel = 0; channel < 3; channel++)
        {
            pixel[channel] = (byte)Math.Round(255 * Math.Clamp((3 * level) - channel, 0, 1));
        }
    }
}
