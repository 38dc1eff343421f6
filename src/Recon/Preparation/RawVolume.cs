using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>One stack-of-stars measurement as its file holds it, on the whole grid of partitions.</summary>
/// <param name="KSpace">[coil, partition, spoke, readout] complex64 in host memory; kz = 0 at floor(P/2), zeros where partial kz has no data.</param>
/// <param name="Points">[spoke, readout, 2] float64, nominal (kx, ky) in cycles per field of view, in the order of acquisition.</param>
/// <param name="Matrix">Side N of the square image in pixels.</param>
/// <param name="Slab">Slices of the volume and of the image.</param>
public sealed record RawVolume(Tensor KSpace, Tensor Points, int Matrix, SlabGeometry Slab)
{
    /// <summary>[coil, sample] complex64 of noise scans, or null.</summary>
    public Tensor? Noise { get; init; }

    /// <summary>Variance of a data sample over that of a noise sample; see <see cref="Prewhitening.NoiseCovariance"/>.</summary>
    public double NoiseBandwidthRatio { get; init; } = 1;

    /// <summary>Place of the volume's image in the patient, or null where the file does not say.</summary>
    public ImageGeometry? Geometry { get; init; }

    /// <summary>What the reader noticed, by name, for the record.</summary>
    public SortedDictionary<string, string> Notes { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Receive coils.</summary>
    public int Coils => KSpace.Shape[0];

    /// <summary>Spokes of each partition.</summary>
    public int Spokes => KSpace.Shape[2];
}

/// <summary>Slices along z.</summary>
/// <param name="VolumeSlices">Nz of the transform along kz, at least the number of partitions; more interpolates between slices.</param>
/// <param name="First">First slice that is kept.</param>
/// <param name="Count">Slices that are kept.</param>
public readonly record struct SlabGeometry(int VolumeSlices, int First, int Count)
{
    /// <summary>The same place for other slices of the same slab: thinner or thicker ones, and a part of them.</summary>
    /// <param name="geometry">Place of the slices that the raw file means.</param>
    /// <param name="meant">Those slices.</param>
    public ImageGeometry Place(ImageGeometry geometry, SlabGeometry meant)
    {
        double step = geometry.VoxelSize.Z * meant.VolumeSlices / VolumeSlices;
        double before = (meant.First + (meant.Count / 2) - (meant.VolumeSlices / 2)) * geometry.VoxelSize.Z;
        double along = ((First + (Count / 2) - (VolumeSlices / 2)) * step) - before;
        return geometry with
        {
            Position = [.. geometry.Position.Zip(geometry.Z, (place, direction) => place + (along * direction))],
            VoxelSize = geometry.VoxelSize with { Z = step },
        };
    }

    /// <summary>Slices of a slab whose encoded field of view may be thicker than the image: the centres of both coincide.</summary>
    /// <param name="partitions">Encoded partitions.</param>
    /// <param name="slices">Slices of the image.</param>
    /// <param name="thicknessRatio">Encoded field of view over that of the image, along z.</param>
    public static SlabGeometry Centred(int partitions, int slices, double thicknessRatio)
    {
        int volume = Math.Max(partitions, (int)Math.Round(slices * thicknessRatio));
        int count = Math.Min(slices, volume);
        return new SlabGeometry(volume, (volume / 2) - (count / 2), count);
    }
}
