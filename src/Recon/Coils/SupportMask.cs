using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Where a subject is: bright pixels, and dark ones that they enclose.</summary>
public static class SupportMask
{
    /// <summary>One mask per slice.</summary>
    /// <param name="images">[slice, coil, y, x] complex64.</param>
    /// <param name="threshold">Part of the 95th percentile of the root sum of squares over coils, which a few very bright
    /// pixels do not move.</param>
    /// <returns>[slice][y · columns + x].</returns>
    public static bool[][] Compute(Tensor images, double threshold)
    {
        int slices = images.Shape[0], coils = images.Shape[1], rows = images.Shape[2], columns = images.Shape[3], pixels = rows * columns;
        ReadOnlySpan<Complex64> all = images.Span<Complex64>();
        double[] power = new double[slices * pixels];
        for (int i = 0; i < all.Length; i++)
        {
            int slice = i / pixels / coils;
            power[(slice * pixels) + (i % pixels)] += ((double)all[i].Real * all[i].Real) + ((double)all[i].Imaginary * all[i].Imaginary);
        }

        double[] sorted = [.. power];
        Array.Sort(sorted);
        double level = threshold * threshold * sorted[(int)(0.95 * (sorted.Length - 1))];
        var masks = new bool[slices][];
        for (int slice = 0; slice < slices; slice++)
        {
            bool[] bright = [.. power.Skip(slice * pixels).Take(pixels).Select(p => p > level)];
            masks[slice] = FillHoles(bright, rows, columns);
        }

        return masks;
    }

    /// <summary>Everything that cannot be reached from the border through dark pixels.</summary>
    private static bool[] FillHoles(bool[] bright, int rows, int columns)
    {
        bool[] outside = new bool[bright.Length];
        var queue = new Queue<int>();
        void Visit(int row, int column)
        {
            int i = (row * columns) + column;
            if (row >= 0 && row < rows && column >= 0 && column < columns && !bright[i] && !outside[i])
            {
                outside[i] = true;
                queue.Enqueue(i);
            }
        }

        for (int row = 0; row < rows; row++)
        {
            Visit(row, 0);
            Visit(row, columns - 1);
        }

        for (int column = 0; column < columns; column++)
        {
            Visit(0, column);
            Visit(rows - 1, column);
        }

        while (queue.TryDequeue(out int i))
        {
            Visit((i / columns) - 1, i % columns);
            Visit((i / columns) + 1, i % columns);
            Visit(i / columns, (i % columns) - 1);
            Visit(i / columns, (i % columns) + 1);
        }

        return Array.ConvertAll(outside, o => !o);
    }
}
