using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Settings of <see cref="AdaptiveCoilMaps"/>.</summary>
public sealed record CoilMapSettings
{
    /// <summary>Radius of the central k-space that is used, as a fraction of its full radius N/2.</summary>
    public double CalibrationRadius { get; init; } = 0.4;

    /// <summary>Half side of the square window of the local covariance, in pixels; 0 means N/32, at least 2.</summary>
    public int HalfWindow { get; init; }

    /// <summary>Support: pixels where the root sum of squares exceeds this part of its 95th percentile, with holes filled.</summary>
    public double SupportThreshold { get; init; } = 0.1;

    /// <summary>Power iterations per pixel.</summary>
    public int Iterations { get; init; } = 8;
}

// Local covariance R(r) = Σ_{r' in window} x(r') x(r')ᴴ of low-resolution coil images; the map is its dominant eigenvector
// v [WAL00], found by power iteration without forming R: v <- Σ x(r') (x(r')ᴴ v) [INA14]. Gauge: u the dominant eigenvector
// of the covariance of the whole volume (the first virtual coil), v multiplied so that uᴴ v is real and positive.

/// <summary>Coil maps from the centre of k-space by adaptive combination (Walsh, Inati), in host memory.</summary>
public static class AdaptiveCoilMaps
{
    /// <summary>Maps of some slices of a volume.</summary>
    /// <param name="slices">[slice, coil, sample] complex64 k-space.</param>
    /// <param name="first">Index of the first of them in the volume.</param>
    /// <param name="volume">The whole volume.</param>
    /// <param name="scope">Owner of the result.</param>
    /// <returns>[slice, coil, y, x] complex64: Σ|S|² = 1 inside the support, 0 outside.</returns>
    internal static Tensor Estimate(Tensor slices, int first, VolumeLook volume, TensorScope scope)
    {
        using var work = new TensorScope(scope.Device, MemoryOwner.Workspace);
        bool[][] support = [.. Enumerable.Range(first, slices.Shape[0]).Select(volume.Support)];
        return FromImages(volume.Images(slices, work), support, volume.Gauge, volume.Settings, scope);
    }

    /// <summary>Maps from low-resolution coil images.</summary>
    /// <param name="images">[slice, coil, y, x] complex64.</param>
    /// <param name="settings">Window and support.</param>
    /// <param name="scope">Owner of the result.</param>
    public static Tensor FromImages(Tensor images, CoilMapSettings settings, TensorScope scope) =>
        FromImages(images, SupportMask.Compute(images, settings.SupportThreshold), VirtualCoil.Of(images), settings, scope);

    private static Tensor FromImages(Tensor images, bool[][] support, Complex[] gauge, CoilMapSettings settings, TensorScope scope)
    {
        if (images.DType != DType.Complex64 || images.Shape.Rank != 4)
        {
            throw new ShapeException($"coil maps: {images.Describe()} came; complex64 [slice, coil, y, x] was expected.");
        }

        int coils = images.Shape[1], rows = images.Shape[2], columns = images.Shape[3], pixels = rows * columns;
        int half = settings.HalfWindow > 0 ? settings.HalfWindow : Math.Max(2, Math.Min(rows, columns) / 32);
        Tensor maps = scope.Zeros(DType.Complex64, images.Shape);
        ((CpuDevice)images.Device).For(images.Shape[0] * rows, item =>
        {
            int slice = item / rows, row = item % rows;
            Span<Complex64> image = images.Slice(slice).Span<Complex64>(), map = maps.Slice(slice).Span<Complex64>();
            var window = new LocalWindow(coils, half);
            for (int column = 0; column < half; column++)
            {
                window.Enter(image, row, column, rows, columns);
            }

            for (int column = 0; column < columns; column++)
            {
                window.Enter(image, row, column + half, rows, columns);
                if (support[slice][(row * columns) + column])
                {
                    Complex[] v = window.DominantVector(settings.Iterations, gauge);
                    for (int coil = 0; coil < coils; coil++)
                    {
                        map[(coil * pixels) + (row * columns) + column] = Complex64.From(v[coil]);
                    }
                }
            }
        });
        return maps;
    }
}
