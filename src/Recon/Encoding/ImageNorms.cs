using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Which number of a magnitude image is its scale.</summary>
public enum ImageNorm
{
    /// <summary>Root of the sum of squares.</summary>
    L2,

    /// <summary>Root of the mean of squares.</summary>
    Rms,

    /// <summary>Maximum.</summary>
    Max,

    /// <summary>99.9th percentile, linear interpolation: insensitive to a few hot pixels, and voxels become order 1.</summary>
    P999,
}

/// <summary>Scales of images.</summary>
public static class ImageNorms
{
    /// <summary>The scale of an image, always in image units.</summary>
    /// <param name="image">Any shape, real or complex.</param>
    /// <param name="norm">Which number.</param>
    public static double Of(Tensor image, ImageNorm norm)
    {
        if (image.Device.IsRehearsal)
        {
            return 1;
        }

        double[] magnitude = Magnitudes.Of(image);
        return norm switch
        {
            ImageNorm.L2 => Math.Sqrt(magnitude.Sum(m => m * m)),
            ImageNorm.Rms => Math.Sqrt(magnitude.Sum(m => m * m) / magnitude.Length),
            ImageNorm.Max => magnitude.Max(),
            _ => Percentile(magnitude, 0.999),
        };
    }

    /// <summary>Linear interpolation at position p (n − 1) of the n sorted values.</summary>
    private static double Percentile(double[] values, double p)
    {
        double[] sorted = [.. values];
        Array.Sort(sorted);
        double position = p * (sorted.Length - 1);
        int below = (int)position, above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((position - below) * (sorted[above] - sorted[below]));
    }
}
