using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>The imaging readouts of a raw stack-of-stars file as arrays, as measured: nothing filled, whitened or corrected.</summary>
/// <param name="KSpace">[coil, measured partition, spoke, readout] complex64; spokes in order of acquisition within each partition.</param>
/// <param name="Points">[measured partition, spoke, readout, 2] = (kx, ky) float64, cycles per field of view of the image.</param>
/// <param name="PartitionIndices">kz index of each measured partition on the encoded grid, ascending.</param>
/// <param name="CentrePartition">kz index of the centre of k-space.</param>
/// <param name="Partitions">Partitions of the whole grid.</param>
/// <param name="Matrix">Side N of the square image in pixels.</param>
/// <param name="Geometry">Place of the image in the patient, or null if the file does not say.</param>
/// <param name="Readouts">For each measured partition and spoke, the index of the readout in the file.</param>
public sealed record RawStack(
    Tensor KSpace, Tensor Points, int[] PartitionIndices, int CentrePartition, int Partitions, int Matrix, ImageGeometry? Geometry, int[][] Readouts)
{
    /// <summary>Whether some partitions of the grid were not measured.</summary>
    public bool IsPartial => PartitionIndices.Length < Partitions;

    /// <summary>The acquisition on the whole grid of partitions.</summary>
    /// <param name="name">File, for messages.</param>
    /// <param name="scope">Owner of the result.</param>
    /// <exception cref="InputException">Partitions are rotated against each other, or spokes are not straight, of one set of radii and through the centre.</exception>
    public StackOfStarsAcquisition ToAcquisition(string name, TensorScope scope)
    {
        const double RadiusTolerance = 1e-4; // cycles per pixel: float32 points are good to 1e-7, and at N = 512 this is 0.05 cycles per field of view
        SpokeGeometry spokes = SpokeGeometry.FromPoints(PartitionGrid.RequireAligned(Points, name), Matrix, Matrix);
        double[] radius = spokes.Radius[..spokes.Readout], opposite = Array.ConvertAll(radius, r => -r), angles = [.. spokes.Angles];
        for (int spoke = 0; spoke < angles.Length; spoke++)
        {
            ReadOnlySpan<double> own = spokes.Radius.AsSpan(spoke * spokes.Readout, spokes.Readout);
            bool isOpposite = Agree(own, opposite, RadiusTolerance);
            if (!isOpposite && !Agree(own, radius, RadiusTolerance))
            {
                throw new InputException($"'{name}': spoke {spoke} has other radii than spoke 0, from {own[0]:0.####} to {own[^1]:0.####} cycles per pixel where {radius[0]:0.####} to {radius[^1]:0.####} were expected. Give spokes that are sampled alike.");
            }

            angles[spoke] += isOpposite ? Math.PI : 0; // run through the other way round
        }

        Tensor kSpace = PartitionGrid.ZeroFill(KSpace, PartitionIndices, CentrePartition, Partitions, scope);
        return new StackOfStarsAcquisition(kSpace, angles, radius, Matrix);
    }

    private static bool Agree(ReadOnlySpan<double> a, ReadOnlySpan<double> b, double tolerance)
    {
        for (int i = 0; i < a.Length; i++)
        {
            if (!(Math.Abs(a[i] - b[i]) <= tolerance))
            {
                return false;
            }
        }

        return true;
    }
}
