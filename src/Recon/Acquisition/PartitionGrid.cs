using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Where measured partitions lie along kz, and whether all of them have the same spokes.</summary>
/// <remarks>Partial kz is filled with zeros. Conjugate symmetry cannot fill it here: the partner of (kx, ky, kz) is (−kx, −ky, −kz), up to a
/// phase that is known only once there is an image, so that no filled line would be consistent with its slice.</remarks>
public static class PartitionGrid
{
    /// <summary>Largest distance between corresponding points of two partitions, in cycles per field of view: at the edge of the field
    /// of view it is a phase of π · 0.02, 3.6 degrees.</summary>
    public const double AlignmentTolerance = 0.02;

    /// <summary>Puts measured partitions on the whole grid, with kz = 0 at index floor(P/2) and zeros elsewhere.</summary>
    /// <param name="kSpace">[coil, measured partition, spoke, readout] complex64.</param>
    /// <param name="indices">kz index of each measured partition on the encoded grid.</param>
    /// <param name="centre">Encoded index of kz = 0.</param>
    /// <param name="partitions">P, partitions of the whole grid.</param>
    /// <param name="scope">Owner of the result.</param>
    /// <returns>[coil, P, spoke, readout]; <paramref name="kSpace"/> itself if nothing is missing and all is in order.</returns>
    /// <exception cref="InputException">A partition is off the grid or comes twice.</exception>
    public static Tensor ZeroFill(Tensor kSpace, ReadOnlySpan<int> indices, int centre, int partitions, TensorScope scope)
    {
        int[] targets = [.. indices.ToArray().Select(index => index - centre + (partitions / 2))];
        if (targets.Length != kSpace.Shape[1] || targets.Any(t => t < 0 || t >= partitions) || targets.Distinct().Count() != targets.Length)
        {
            throw new InputException($"partitions {string.Join(", ", indices.ToArray().Take(8))}{(indices.Length > 8 ? ", ..." : "")} with kz = 0 at {centre} do not fit a grid of {partitions}; "
                + $"{kSpace.Shape[1]} different indices from {centre - (partitions / 2)} to {centre - (partitions / 2) + partitions - 1} were expected. Check the number of partitions and the centre.");
        }

        if (targets.SequenceEqual(Enumerable.Range(0, partitions)))
        {
            return kSpace;
        }

        Tensor filled = scope.Zeros(DType.Complex64, [kSpace.Shape[0], partitions, .. kSpace.Shape[2..]]);
        for (int coil = 0; coil < kSpace.Shape[0]; coil++)
        {
            for (int p = 0; p < targets.Length; p++)
            {
                filled.Slice(coil).Slice(targets[p]).CopyFrom(kSpace.Slice(coil).Slice(p));
            }
        }

        return filled;
    }

    /// <summary>The points that all partitions share.</summary>
    /// <param name="points">[partition, spoke, readout, 2] float64, cycles per field of view.</param>
    /// <param name="name">File, for the message.</param>
    /// <returns>[spoke, readout, 2], a view of the first partition.</returns>
    /// <exception cref="InputException">Partitions are rotated against each other, or differ in another way.</exception>
    public static Tensor RequireAligned(Tensor points, string name)
    {
        ReadOnlySpan<double> first = points.Slice(0).Span<double>();
        for (int p = 1; p < points.Shape[0]; p++)
        {
            ReadOnlySpan<double> other = points.Slice(p).Span<double>();
            double largest = 0;
            for (int i = 0; i < first.Length; i++)
            {
                largest = Math.Max(largest, Math.Abs(first[i] - other[i]));
            }

            if (!(largest <= AlignmentTolerance))
            {
                double turn = Direction(other, points.Shape[2]) - Direction(first, points.Shape[2]);
                turn = 180 / Math.PI * Math.IEEERemainder(turn, 2 * Math.PI);
                throw new InputException($"'{name}': the first spoke of partition {p} is turned by {turn:0.0} degrees against that of partition 0, and points differ by up to {largest:0.00} cycles per field of view. "
                    + "Slices come from an inverse Fourier transform along kz, which needs the same spokes on every partition; rotated stars need a 3-D operator, which this program does not have. Acquire aligned stars, or reconstruct with a 3-D tool.");
            }
        }

        return points.Slice(0);
    }

    private static double Direction(ReadOnlySpan<double> points, int readout) =>
        Math.Atan2(points[(2 * readout) - 1] - points[1], points[(2 * readout) - 2] - points[0]);
}
