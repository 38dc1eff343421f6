using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>How coil maps are estimated.</summary>
public enum CoilMapMethod
{
    /// <summary>Local principal components of low-resolution coil images.</summary>
    Walsh,

    /// <summary>Image and maps together, from the calibration region.</summary>
    Jsense,

    /// <summary>Eigenvectors of the convolution that leaves the calibration region as it is.</summary>
    Espirit,
}

/// <summary>A method of estimating coil maps with its settings.</summary>
public sealed record CoilMapChoice
{
    private const long LargestImages = 1L << 28; // bytes of coil images at a time: five slices of 32 coils at 320 x 320

    /// <summary>The method.</summary>
    public CoilMapMethod Method { get; init; } = CoilMapMethod.Walsh;

    /// <summary>Settings of <see cref="CoilMapMethod.Jsense"/>.</summary>
    public JsenseSettings Jsense { get; init; } = new();

    /// <summary>Settings of <see cref="CoilMapMethod.Espirit"/>.</summary>
    public EspiritSettings Espirit { get; init; } = new();

    /// <summary>Maps of all slices of a volume.</summary>
    /// <param name="slices">[slice, coil, sample] complex64 k-space, in host memory.</param>
    /// <param name="points">[sample, 2] (kx, ky) in cycles per field of view.</param>
    /// <param name="weights">Density weight of each sample; any scale.</param>
    /// <param name="rows">Image height in pixels.</param>
    /// <param name="columns">Image width in pixels.</param>
    /// <param name="device">Where to compute what is not computed on the host.</param>
    /// <param name="scope">Owner of the result, in host memory.</param>
    /// <returns>[slice, coil, y, x] complex64: Σ|S|² = 1 inside the support, 0 outside.</returns>
    /// <exception cref="InputException">The data do not hold what the method needs.</exception>
    public Tensor Estimate(Tensor slices, Tensor points, double[] weights, int rows, int columns, Device device, TensorScope scope)
    {
        (int count, int coils) = (slices.Shape[0], slices.Shape[1]);
        int together = SlicesTogether(coils, rows, columns);
        var volume = new VolumeLook(points, weights, rows, columns);
        Tensor maps = scope.New(DType.Complex64, [count, coils, rows, columns]);
        for (int first = 0; first < count; first += together)
        {
            volume.Add(slices.Slice(first, Math.Min(together, count - first)));
        }

        for (int first = 0; first < count; first += together)
        {
            using var work = new TensorScope(scope.Device, MemoryOwner.Workspace);
            Tensor part = slices.Slice(first, Math.Min(together, count - first));
            maps.Slice(first, part.Shape[0]).CopyFrom(Estimate(part, first, volume, device, work));
        }

        return maps;
    }

    /// <summary>Maps of some slices of a volume.</summary>
    /// <param name="slices">[slice, coil, sample] complex64 k-space, in host memory.</param>
    /// <param name="first">Index of the first of them in the volume.</param>
    /// <param name="volume">The whole volume, all of which was looked at.</param>
    /// <param name="device">Where to compute what is not computed on the host.</param>
    /// <param name="scope">Owner of the result, in host memory.</param>
    /// <returns>[slice, coil, y, x] complex64: Σ|S|² = 1 inside the support, 0 outside.</returns>
    /// <exception cref="InputException">The data do not hold what the method needs.</exception>
    public Tensor Estimate(Tensor slices, int first, VolumeLook volume, Device device, TensorScope scope) => Method switch
    {
        CoilMapMethod.Jsense => JsenseCoilMaps.Estimate(slices, first, volume, Jsense, device, scope),
        CoilMapMethod.Espirit => EspiritCoilMaps.Estimate(slices, first, volume, Espirit, device, scope),
        _ => AdaptiveCoilMaps.Estimate(slices, first, volume, scope),
    };

    /// <summary>How many slices are worked on side by side, so that what is made on the way stays within some copies of a bounded size.</summary>
    internal static int SlicesTogether(int coils, int rows, int columns) =>
        (int)Math.Max(1, LargestImages / ((long)coils * rows * columns * DType.Complex64.Bytes()));

    /// <summary>Maps of measured radial data. Frames that share their spokes are estimated as slices of one volume, with one phase.</summary>
    /// <param name="data">k-space and trajectory, in host memory.</param>
    /// <param name="rows">Image height in pixels.</param>
    /// <param name="columns">Image width in pixels.</param>
    /// <param name="device">Where to compute what is not computed on the host.</param>
    /// <param name="scope">Owner of the result, in host memory.</param>
    /// <returns>[frame, coil, y, x] complex64.</returns>
    /// <exception cref="InputException">The data do not hold what the method needs.</exception>
    public Tensor Estimate(RadialData data, int rows, int columns, Device device, TensorScope scope)
    {
        if (data.Points.Shape[0] == 1)
        {
            return EstimateShared(data.KSpace, data.PointsOf(0), rows, columns, device, scope);
        }

        Tensor maps = scope.New(DType.Complex64, [data.Frames, data.Coils, rows, columns]);
        for (int frame = 0; frame < data.Frames; frame++)
        {
            using var work = new TensorScope(scope.Device, MemoryOwner.Workspace);
            maps.Slice(frame, 1).CopyFrom(EstimateShared(data.KSpace.Slice(frame, 1), data.PointsOf(frame), rows, columns, device, work));
        }

        return maps;
    }

    private Tensor EstimateShared(Tensor kSpace, Tensor points, int rows, int columns, Device device, TensorScope scope)
    {
        // Always with the areas of the samples, whatever weights a solver uses, so that methods compare on equal maps.
        DensityRule rule = SpokeGeometry.TryFromPoints(points, rows, columns) is null ? DensityRule.Pipe : DensityRule.Voronoi;
        double[] weights = DensityWeights.Compute(rule, points, rows, columns);
        Tensor slices = kSpace.Reshape([.. kSpace.Shape[..2], weights.Length]);
        return Estimate(slices, points.Reshape([weights.Length, 2]), weights, rows, columns, device, scope);
    }
}
