using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>What a phantom file holds.</summary>
public enum PhantomPart
{
    /// <summary>The object, [slice, y, x] complex64.</summary>
    Image,

    /// <summary>Coil sensitivities, [coil, slice, y, x] complex64.</summary>
    Maps,

    /// <summary>Noise-free k-space of golden-angle spokes, [coil, partition, spoke, readout] complex64, without the axis
    /// of partitions if there is one.</summary>
    KSpace,
}

/// <summary>The analytic abdomen phantom as array files.</summary>
public static class PhantomFile
{
    private const string Stream = "phantom";

    /// <summary>Makes one part of a phantom and writes it.</summary>
    /// <param name="path">Array file.</param>
    /// <param name="part">What to write.</param>
    /// <param name="matrix">Side of the image in pixels.</param>
    /// <param name="slices">Slices, or kz partitions of k-space.</param>
    /// <param name="coils">Receive coils.</param>
    /// <param name="spokes">Golden-angle spokes of k-space, matrix samples each.</param>
    /// <param name="seed">Which subject; equal seeds give parts that belong together.</param>
    /// <returns>Type and shape of the result.</returns>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public static string Write(string path, PhantomPart part, int matrix, int slices, int coils, int spokes, int seed)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        var phantom = new EllipsoidPhantom(coils, new CounterRandom((ulong)seed).Stream(Stream));
        Tensor result = part switch
        {
            PhantomPart.Image => phantom.Image(matrix, slices, 0, slices, scope),
            PhantomPart.Maps => phantom.Coils.Maps(matrix, slices, 0, slices, scope),
            _ => phantom.KSpace(
                matrix, slices, RadialTrajectory.Angles(SpokeOrder.Golden, spokes), RadialTrajectory.ReadoutPositions(matrix), scope),
        };
        if (part == PhantomPart.KSpace && slices == 1)
        {
            result = result.Reshape([coils, spokes, matrix]); // what 'reconstruct' reads
        }

        ArrayFile.Write(path, result);
        return result.Describe();
    }
}
