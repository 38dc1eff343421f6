using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

// y'[j] = √(M'/M) F' crop F⁻¹ y: the middle M' of M pixels of each spoke's projection, and samples at every R-th position.

/// <summary>Removal of readout oversampling. For spokes this shrinks the field of view to a disc whose diameter is the side of
/// the image: what lies outside, in the corners too, is cut off along each spoke, as an analogue filter would do it.</summary>
public static class ReadoutOversampling
{
    /// <summary>Keeps one in so many samples after the matching low-pass filter.</summary>
    /// <param name="kSpace">[coil, partition, spoke, readout] complex64, in host memory.</param>
    /// <param name="factor">R; the readout must be a multiple of it.</param>
    /// <param name="scope">Owner of the result.</param>
    /// <returns>[coil, partition, spoke, readout / R]: values of the filtered k-space at the positions of <see cref="Positions"/>. White
    /// noise stays white, with 1/R of the variance.</returns>
    /// <exception cref="InputException">The readout is no multiple of the factor.</exception>
    public static Tensor Remove(Tensor kSpace, int factor, TensorScope scope)
    {
        int readout = kSpace.Shape[3], kept = Positions(readout, factor).Length, spokes = kSpace.Shape[2];
        Tensor result = scope.New(DType.Complex64, [kSpace.Shape[0], kSpace.Shape[1], spokes, kept]);
        using var work = new TensorScope(scope.Device, MemoryOwner.Workspace);
        Tensor projections = work.New(DType.Complex64, [spokes, readout]);
        for (int line = 0; line < kSpace.Shape[0] * kSpace.Shape[1]; line++)
        {
            (int coil, int partition) = (line / kSpace.Shape[1], line % kSpace.Shape[1]);
            Tensor cropped = result.Slice(coil).Slice(partition);
            Fft.Inverse(kSpace.Slice(coil).Slice(partition), projections, axes: 1);
            int first = (readout / 2) - (kept / 2);
            for (int spoke = 0; spoke < spokes; spoke++)
            {
                projections.Slice(spoke).Slice(first, kept).Span<Complex64>().CopyTo(cropped.Slice(spoke).Span<Complex64>());
            }

            Fft.Forward(cropped, cropped, axes: 1);
            Scale.Run(Math.Sqrt((double)kept / readout), cropped, cropped);
        }

        return result;
    }

    /// <summary>The samples whose positions remain: index floor(M/2), the middle, is one of them.</summary>
    /// <param name="readout">M.</param>
    /// <param name="factor">R.</param>
    /// <exception cref="InputException">M is no multiple of R.</exception>
    public static int[] Positions(int readout, int factor)
    {
        if (factor < 1 || readout % factor != 0 || readout / factor < 2)
        {
            throw new InputException($"readout oversampling of {factor} for {readout} samples; a whole number that divides them was expected. Keep the oversampling, or correct the factor.");
        }

        int kept = readout / factor;
        return [.. Enumerable.Range(0, kept).Select(j => (readout / 2) + (factor * (j - (kept / 2))))];
    }

    /// <summary>The points that remain.</summary>
    /// <param name="points">[spoke, readout, 2] float64.</param>
    /// <param name="factor">R.</param>
    /// <param name="scope">Owner of the result.</param>
    public static Tensor KeepPoints(Tensor points, int factor, TensorScope scope)
    {
        (int spokes, int readout) = (points.Shape[0], points.Shape[1]);
        int[] positions = Positions(readout, factor);
        double[] all = points.ToArray<double>();
        return scope.From<double>(
            [spokes, positions.Length, 2],
            [.. from spoke in Enumerable.Range(0, spokes) from t in positions from axis in Enumerable.Range(0, 2) select all[(((spoke * readout) + t) * 2) + axis]]);
    }
}
