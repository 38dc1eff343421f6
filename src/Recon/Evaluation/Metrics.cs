using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Which maximum stands for the data range in PSNR and SSIM.</summary>
public enum DataRange
{
    /// <summary>The maximum magnitude of the reference volume (fastMRI's rule; the default).</summary>
    VolumeMaximum,

    /// <summary>The maximum magnitude of each reference slice; PSNR is then the mean over slices.</summary>
    SliceMaximum,
}

/// <summary>Image quality of a magnitude volume against a reference.</summary>
/// <param name="Mse">Mean squared difference of the magnitudes, in squared image units.</param>
/// <param name="Nmse">Squared difference over squared norm of the reference.</param>
/// <param name="Psnr">Decibels.</param>
/// <param name="Ssim">Structural similarity, mean over all windows and slices.</param>
/// <param name="SsimSlices">Mean structural similarity of each slice.</param>
public sealed record ImageMetrics(double Mse, double Nmse, double Psnr, double Ssim, double[] SsimSlices);

/// <summary>
/// Metrics on magnitudes, without any rescaling of the prediction. SSIM: 7 x 7 uniform window, K1 = 0.01, K2 = 0.03,
/// sample (n − 1) covariances, windows inside the image only, as in scikit-image and fastMRI.
/// </summary>
public static class Metrics
{
    private const double K1 = 0.01, K2 = 0.03; // [WAN04]
    private const int Window = 7, Border = Window / 2;

    /// <summary>All metrics of a volume.</summary>
    /// <param name="prediction">[slices, y, x] or [y, x], real or complex.</param>
    /// <param name="reference">The truth, of the same shape.</param>
    /// <param name="range">Data-range policy.</param>
    /// <param name="mask">Optional, of the same shape, real: only elements above 0 count; the SSIM counts windows whose
    /// centre is inside.</param>
    /// <exception cref="ShapeException">Shapes differ, a slice is smaller than the window, or the mask is empty.</exception>
    public static ImageMetrics Compare(Tensor prediction, Tensor reference, DataRange range = DataRange.VolumeMaximum, Tensor? mask = null)
    {
        if (prediction.Shape != reference.Shape || reference.Shape.Rank is not (2 or 3) || (mask is not null && mask.Shape != reference.Shape))
        {
            throw new ShapeException($"metrics: prediction {prediction.Describe()}, reference {reference.Describe()}, mask {mask?.Describe() ?? "none"}; volumes [slices, y, x] of one shape were expected.");
        }

        double[] p = Magnitudes.Of(prediction), r = Magnitudes.Of(reference);
        double[]? inside = mask is null ? null : Magnitudes.Of(mask);
        int rows = reference.Shape[^2], columns = reference.Shape[^1], pixels = rows * columns, slices = p.Length / Math.Max(pixels, 1);
        if (rows < Window || columns < Window || slices < 1)
        {
            throw new ShapeException($"metrics: slices of {rows} x {columns} pixels; at least {Window} x {Window} were expected, the SSIM window.");
        }

        double volumeMaximum = r.Max(), error = 0, energy = 0, psnr = 0;
        long count = 0;
        double[] ssim = new double[slices];
        long[] windows = new long[slices];
        for (int slice = 0; slice < slices; slice++)
        {
            ReadOnlySpan<double> ps = p.AsSpan(slice * pixels, pixels), rs = r.AsSpan(slice * pixels, pixels);
            ReadOnlySpan<double> ms = inside is null ? default : inside.AsSpan(slice * pixels, pixels);
            (double sliceError, double sliceEnergy, long sliceCount) = Errors(ps, rs, ms);
            double dataRange = range == DataRange.VolumeMaximum ? volumeMaximum : r.Skip(slice * pixels).Take(pixels).Max();
            psnr += Decibels(dataRange, sliceError / Math.Max(1, sliceCount)) / slices;
            (ssim[slice], windows[slice]) = MeanSsim(SsimMap(ps, rs, rows, columns, dataRange), ms, rows, columns);
            error += sliceError;
            energy += sliceEnergy;
            count += sliceCount;
        }

        if (count == 0)
        {
            throw new ShapeException("metrics: the mask is empty; at least one element above 0 was expected.");
        }

        double mean = 0;
        for (int slice = 0; slice < slices; slice++)
        {
            mean += ssim[slice] * windows[slice] / Math.Max(1, windows.Sum());
        }

        double total = range == DataRange.VolumeMaximum ? Decibels(volumeMaximum, error / count) : psnr;
        return new ImageMetrics(error / count, error / energy, total, mean, ssim);
    }

    /// <summary>SSIM at every window position.</summary>
    /// <param name="prediction">[y, x] magnitudes, row-major.</param>
    /// <param name="reference">[y, x] magnitudes, row-major.</param>
    /// <param name="rows">Height.</param>
    /// <param name="columns">Width.</param>
    /// <param name="dataRange">In image units.</param>
    /// <returns>[rows − 6, columns − 6], row-major.</returns>
    public static double[] SsimMap(ReadOnlySpan<double> prediction, ReadOnlySpan<double> reference, int rows, int columns, double dataRange)
    {
        int height = rows - Window + 1, width = columns - Window + 1;
        double[] map = new double[height * width];
        double c1 = K1 * dataRange * K1 * dataRange, c2 = K2 * dataRange * K2 * dataRange;
        const double n = Window * Window;
        for (int row = 0; row < height; row++)
        {
            for (int column = 0; column < width; column++)
            {
                double a = 0, b = 0, aa = 0, bb = 0, ab = 0;
                for (int y = row; y < row + Window; y++)
                {
                    for (int x = column; x < column + Window; x++)
                    {
                        double u = prediction[(y * columns) + x], v = reference[(y * columns) + x];
                        (a, b, aa, bb, ab) = (a + u, b + v, aa + (u * u), bb + (v * v), ab + (u * v));
                    }
                }

                (a, b) = (a / n, b / n);
                double varianceA = (n / (n - 1)) * ((aa / n) - (a * a)), varianceB = (n / (n - 1)) * ((bb / n) - (b * b));
                double covariance = (n / (n - 1)) * ((ab / n) - (a * b));
                map[(row * width) + column] = ((2 * a * b) + c1) * ((2 * covariance) + c2)
                    / (((a * a) + (b * b) + c1) * (varianceA + varianceB + c2));
            }
        }

        return map;
    }

    private static (double Error, double Energy, long Count) Errors(ReadOnlySpan<double> p, ReadOnlySpan<double> r, ReadOnlySpan<double> mask)
    {
        double error = 0, energy = 0;
        long count = 0;
        for (int i = 0; i < r.Length; i++)
        {
            if (mask.IsEmpty || mask[i] > 0)
            {
                error += (r[i] - p[i]) * (r[i] - p[i]);
                energy += r[i] * r[i];
                count++;
            }
        }

        return (error, energy, count);
    }

    private static (double Mean, long Windows) MeanSsim(double[] map, ReadOnlySpan<double> mask, int rows, int columns)
    {
        int width = columns - Window + 1;
        double sum = 0;
        long count = 0;
        for (int i = 0; i < map.Length; i++)
        {
            if (mask.IsEmpty || mask[(((i / width) + Border) * columns) + (i % width) + Border] > 0)
            {
                sum += map[i];
                count++;
            }
        }

        return (sum / Math.Max(1, count), count);
    }

    private static double Decibels(double range, double mse) => 10 * Math.Log10(range * range / mse);
}
