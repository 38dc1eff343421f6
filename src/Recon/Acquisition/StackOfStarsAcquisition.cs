using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Raw stack-of-stars data: radial in the plane, Cartesian along kz, the same angles on every partition.</summary>
/// <param name="KSpace">[coil, partition, spoke, readout] complex64, arbitrary unit. Partition floor(P/2) is kz = 0.</param>
/// <param name="Angles">Spoke angles in acquisition order, radians in [0, π).</param>
/// <param name="Radius">Signed radius of each readout sample, cycles per pixel.</param>
/// <param name="Matrix">Side N of the square image in pixels.</param>
public sealed record StackOfStarsAcquisition(Tensor KSpace, double[] Angles, double[] Radius, int Matrix)
{
    /// <summary>Number of receive coils.</summary>
    public int Coils => KSpace.Shape[0];

    /// <summary>Number of kz encodings.</summary>
    public int Partitions => KSpace.Shape[1];

    /// <summary>Number of spokes per partition.</summary>
    public int Spokes => KSpace.Shape[2];

    /// <summary>Samples per spoke.</summary>
    public int Readout => KSpace.Shape[3];

    /// <summary>Throws unless array and geometry belong together.</summary>
    /// <exception cref="InputException">Rank, type, or one of the sizes does not fit.</exception>
    public void Validate()
    {
        if (KSpace.DType != DType.Complex64 || KSpace.Shape.Rank != 4 || KSpace.Count == 0)
        {
            throw new InputException($"raw k-space is {KSpace.Describe()}; complex64 [coil, partition, spoke, readout] without empty axes was expected.");
        }

        if (Angles.Length != Spokes || Radius.Length != Readout)
        {
            throw new InputException($"raw k-space {KSpace.Shape} has {Spokes} spokes of {Readout} samples, but {Angles.Length} angles and {Radius.Length} radii came with it; the numbers must agree.");
        }

        if (Matrix < 1)
        {
            throw new InputException($"a matrix of {Matrix} pixels; at least 1 was expected.");
        }
    }
}
