using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>A simulated scan as a scanner would hand it out: an ISMRMRD file with a noise scan, the nominal trajectory, and only what was measured.</summary>
internal static class RawSubjectFile
{
    /// <summary>Writes one file.</summary>
    /// <exception cref="InputException">It cannot be written.</exception>
    public static void Write(string path, SimulatedSubject subject, SimulationSettings settings, TensorScope scope)
    {
        double pixel = SimulationSettings.FieldOfView / settings.Matrix;
        var description = new StackOfStarsDescription
        {
            Geometry = ImageGeometry.Axial((pixel, pixel, settings.Slab / settings.Partitions)),
            Protocol = "simulated stack of stars",
            Partitions = settings.Partitions,
            PartitionIndices = [.. Enumerable.Range(settings.FirstPartition, settings.Partitions - settings.FirstPartition)],
            Noise = subject.NoiseScan,
        };
        StackOfStarsWriter.Write(path, Measured(subject.Acquisition, settings.FirstPartition, scope), description);
    }

    private static StackOfStarsAcquisition Measured(StackOfStarsAcquisition all, int first, TensorScope scope)
    {
        if (first == 0)
        {
            return all;
        }

        int measured = all.Partitions - first;
        Tensor kSpace = scope.New(DType.Complex64, [all.Coils, measured, all.Spokes, all.Readout]);
        for (int coil = 0; coil < all.Coils; coil++)
        {
            kSpace.Slice(coil).CopyFrom(all.KSpace.Slice(coil).Slice(first, measured));
        }

        return all with { KSpace = kSpace };
    }
}
