using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Arrays in the order of BART's dimensions: read, phase 1, phase 2, coil, ..., slice as number 13. In memory the list
/// is reversed, slowest first.</summary>
internal static class BartOrder
{
    private const int BetweenCoilAndSlice = 9; // dimensions 4 to 12
    private const int Coordinates = 3;

    /// <summary>Points as BART keeps them: complex64 with three coordinates, fastest, the third 0 in the plane.</summary>
    /// <param name="points">[spoke, sample, dimension] float64.</param>
    /// <param name="scope">Owner of the result.</param>
    public static Tensor Points(Tensor points, TensorScope scope)
    {
        int dimensions = points.Shape[^1];
        double[] all = points.ToArray<double>();
        var padded = new Complex64[all.Length / dimensions * Coordinates];
        for (int i = 0; i < all.Length; i++)
        {
            padded[(i / dimensions * Coordinates) + (i % dimensions)] = new Complex64((float)all[i], 0);
        }

        return scope.From([.. points.Shape[..^1], Coordinates], padded);
    }

    /// <summary>Brings k-space into that order; images [.., z, y, x] and arrays have it already.</summary>
    /// <param name="kind">What the array is.</param>
    /// <param name="values">complex64 or float32.</param>
    /// <param name="scope">Owner of the result.</param>
    public static Tensor From(ContentKind kind, Tensor values, TensorScope scope)
    {
        int[] n = [.. values.Shape];
        int[] between = [.. Enumerable.Repeat(1, BetweenCoilAndSlice)];
        switch (kind)
        {
            case ContentKind.SliceKSpace: // [slice, coil, ky, kx]: no second phase encoding
                return values.Reshape([n[0], .. between, n[1], 1, n[2], n[3]]);
            case ContentKind.RadialKSpace: // [1, sample, spoke, coil, ..., partition], fastest first
                Tensor turned = scope.New(values.DType, [n[1], n[0], n[2], n[3]]);
                for (int coil = 0; coil < n[0]; coil++)
                {
                    for (int partition = 0; partition < n[1]; partition++)
                    {
                        turned.Slice(partition).Slice(coil).CopyFrom(values.Slice(coil).Slice(partition));
                    }
                }

                return turned.Reshape([n[1], .. between, n[0], n[2], n[3], 1]);
            default:
                return values;
        }
    }
}
