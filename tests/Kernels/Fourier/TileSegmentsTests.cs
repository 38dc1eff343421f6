using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

/// <summary>The lists of points by which nufft_spread divides its work.</summary>
public sealed class TileSegmentsTests
{
    [TestCase(40, 52, 6, 900)]
    [TestCase(4, 18, 9, 300)] // a grid of fewer rows than the window
    [TestCase(16, 16, 6, 256)] // one tile with exactly one full segment
    [TestCase(16, 16, 6, 257)]
    [TestCase(33, 17, 6, 1)]
    public void Each_tile_gets_the_points_that_reach_it_once_and_in_order(int rows, int columns, int width, int count)
    {
        var draw = new CounterRandom(31);
        int[] row = [.. Enumerable.Range(0, count).Select(i => (int)draw.Uniform(2 * i, 0, rows))];
        int[] column = [.. Enumerable.Range(0, count).Select(i => (int)(columns * Math.Pow(draw.Uniform((2 * i) + 1, 0, 1), 3)))]; // crowded at one side
        var work = new TileSegments(row, column, rows, columns, width);
        int tiles = (rows + 15) / 16 * work.TileColumns;
        for (int tile = 0; tile < tiles; tile++)
        {
            int[] segments = [.. Enumerable.Range(0, work.TileOf.Length).Where(s => work.TileOf[s] == tile)];
            int[] points = [.. segments.SelectMany(s => work.Points[work.Start[s]..work.Start[s + 1]])];
            Assert.That(points, Is.EqualTo(Enumerable.Range(0, count).Where(p => Reaches(row[p], rows, tile / work.TileColumns) && Reaches(column[p], columns, tile % work.TileColumns))), $"tile {tile}");
            Assert.That(segments, Is.Not.Empty);
            Assert.That(segments.Select(s => work.Start[s + 1] - work.Start[s]), Is.All.AtMost(TileSegments.Most));
            Assert.That(segments.Length == 1 || work.SplitTile.Contains(tile));
        }

        int[] split = [.. Enumerable.Range(0, work.TileOf.Length).Where(s => work.SlotOf[s] >= 0)];
        Assert.That(split.Select(s => work.SlotOf[s]), Is.EqualTo(Enumerable.Range(0, work.Slots)));
        foreach (int s in split)
        {
            int index = Array.IndexOf(work.SplitTile, work.TileOf[s]);
            Assert.That(work.SlotOf[s], Is.InRange(work.SplitStart[index], work.SplitStart[index + 1] - 1));
        }

        bool Reaches(int first, int cells, int tile) => Enumerable.Range(0, width).Any(tap => (first + tap) % cells / TileSegments.Tile == tile);
    }
}
