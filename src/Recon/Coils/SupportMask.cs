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
        double[][] power = Power(images);
        double level = Level(power, threshold);
        return [.. power.Select(slice => Of(slice, level, images.Shape[2], images.Shape[3]))];
    }

    /// <summary>Σ |image|² over the coils, [slice][y · columns + x].</summary>
    internal static double[][] Power(Tensor images)
    {
        int slices = images.Shape[0], coils = images.Shape[1], pixels = images.Shape[2] * images.Shape[3];
        double[][] power = [.. Enumerable.Range(0, slices).Select(_ => new double[pixels])];
        ((CpuDevice)images.Device).For(slices, slice =>
        {
            ReadOnlySpan<Complex64> all = images.Slice(slice).Span<Complex64>();
            double[] sums = power[slice];
            for (int i = 0; i < coils * pixels; i++)
            {
                sums[i % pixels] += ((double)all[i].Real * all[i].Real) + ((double)all[i].Imaginary * all[i].Imaginary);
            }
        });
        return power;
    }

    /// <summary>The power above which a pixel of the volume is bright.</summary>
    internal static double Level(IReadOnlyList<double[]> power, double threshold)
    {
        double[] sorted = [.. power.SelectMany(slice => slice)];
        Array.Sort(sorted);
        return threshold * threshold * sorted[(int)(0.95 * (sorted.Length - 1))];
    }

    /// <summary>The mask of one slice.</summary>
    internal static bool[] Of(double[] power, double level, int rows, int columns) =>
        FillHoles(KeepLargeParts(Array.ConvertAll(power, p => p > level), rows, columns), rows, columns);

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
