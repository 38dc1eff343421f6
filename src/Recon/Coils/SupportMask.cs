using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Where a subject is: large connected parts of bright pixels, and the dark ones that they enclose.</summary>
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
        var cpu = (CpuDevice)images.Device;
        double[] power = new double[slices * pixels];
        cpu.For(slices, slice =>
        {
            ReadOnlySpan<Complex64> all = images.Slice(slice).Span<Complex64>();
            Span<double> sums = power.AsSpan(slice * pixels, pixels);
            for (int i = 0; i < coils * pixels; i++)
            {
                sums[i % pixels] += ((double)all[i].Real * all[i].Real) + ((double)all[i].Imaginary * all[i].Imaginary);
            }
        });
        double[] sorted = [.. power];
        Array.Sort(sorted);
        double level = threshold * threshold * sorted[(int)(0.95 * (sorted.Length - 1))];
        bool[][] masks = [.. Enumerable.Range(0, slices).Select(_ => new bool[pixels])];
        cpu.For(slices, slice =>
        {
            bool[] bright = Array.ConvertAll(power[(slice * pixels)..((slice + 1) * pixels)], p => p > level);
            masks[slice] = FillHoles(KeepLargeParts(bright, rows, columns), rows, columns);
        });
        return masks;
    }

    /// <summary>Connected parts with at least a tenth of the pixels of the largest: streaks and noise are smaller.</summary>
    private static bool[] KeepLargeParts(bool[] bright, int rows, int columns)
    {
        int[] part = new int[bright.Length];
        var sizes = new List<int> { 0 };
        for (int seed = 0; seed < bright.Length; seed++)
        {
            if (bright[seed] && part[seed] == 0)
            {
                int label = sizes.Count;
                sizes.Add(Flood([seed], rows, columns, i => bright[i] && part[i] == 0, i => part[i] = label));
            }
        }

        int largest = sizes.Max();
        return Array.ConvertAll(part, label => label > 0 && sizes[label] * 10 >= largest);
    }

    /// <summary>Everything that cannot be reached from the border through dark pixels.</summary>
    private static bool[] FillHoles(bool[] bright, int rows, int columns)
    {
        bool[] outside = new bool[bright.Length];
        IEnumerable<int> border = Enumerable.Range(0, bright.Length)
            .Where(i => i / columns == 0 || i / columns == rows - 1 || i % columns == 0 || i % columns == columns - 1);
        Flood(border, rows, columns, i => !bright[i] && !outside[i], i => outside[i] = true);
        return Array.ConvertAll(outside, o => !o);
    }

    /// <summary>Marks all open pixels connected with the seeds by edges, and counts them.</summary>
    private static int Flood(IEnumerable<int> seeds, int rows, int columns, Predicate<int> open, Action<int> mark)
    {
        var queue = new Queue<int>();
        int count = 0;
        void Visit(int row, int column)
        {
            int i = (row * columns) + column;
            if (row >= 0 && row < rows && column >= 0 && column < columns && open(i))
            {
                mark(i);
                count++;
                queue.Enqueue(i);
            }
        }

        foreach (int seed in seeds)
        {
            Visit(seed / columns, seed % columns);
        }

        while (queue.TryDequeue(out int i))
        {
            Visit((i / columns) - 1, i % columns);
            Visit((i / columns) + 1, i % columns);
            Visit(i / columns, (i % columns) - 1);
            Visit(i / columns, (i % columns) + 1);
        }

        return count;
    }
}
