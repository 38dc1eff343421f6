using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>k-space of a file in the layouts of the fastMRI data sets.</summary>
/// <param name="KSpace">complex64: Cartesian [slice, coil, ky, kx], or radial [coil, partition, spoke, readout].</param>
/// <param name="IsRadial">Whether it is a stack of stars.</param>
public sealed record FastMriKSpace(Tensor KSpace, bool IsRadial);

/// <summary>
/// HDF5 files with a dataset <c>kspace</c>, as the fastMRI data sets have them. Cartesian: complex [slice, coil, ky, kx], or without
/// the coil axis; the zero frequency at floor(N/2). Radial (fastMRI breast): float32 [2, spoke, sample, coil, partition], or the
/// same axes in reverse, as older copies of the data have them; the first of the pair is the real part. The angles are not in the
/// file: spokes follow each other in golden angles, and sample t lies at (t - T/2)/T cycles per pixel.
/// </summary>
public static class FastMriFile
{
    private const string Name = "/kspace";

    /// <summary>Whether an HDF5 file has that dataset.</summary>
    internal static bool IsIn(Hdf5File file) => file.Has(Name);

    /// <summary>Reads the k-space.</summary>
    /// <exception cref="InputException">Not an HDF5 file, no such dataset, or another layout.</exception>
    public static FastMriKSpace Read(string path, TensorScope scope)
    {
        using Hdf5File file = Hdf5File.Open(path);
        if (!IsIn(file))
        {
            throw new InputException($"'{path}' is an HDF5 file without a dataset 'kspace'; a file of the fastMRI data sets was expected.");
        }

        Hdf5Dataset kSpace = file.Dataset(Name);
        int[] n = kSpace.Dimensions;
        bool isPairs = kSpace.Class == PureHDF.H5DataTypeClass.Compound;
        if (kSpace.Count == 0 || !Hdf5Arrays.IsNumeric(kSpace) || !(isPairs ? n.Length is 3 or 4 : n.Length == 5 && (n[0] == 2) != (n[4] == 2)))
        {
            throw new InputException($"'{path}' has k-space {kSpace.Describe()}; complex [slice, coil, ky, kx], or real [2, spoke, sample, coil, partition] or its reverse was expected.");
        }

        if (!isPairs)
        {
            return new FastMriKSpace(n[0] == 2 ? SpokeBySpoke(file, kSpace, scope) : PartitionByPartition(file, kSpace, scope), IsRadial: true);
        }

        Tensor array = Hdf5Arrays.Read(path, file, kSpace, scope);
        return new FastMriKSpace(n.Length == 4 ? array : array.Reshape([n[0], 1, n[1], n[2]]), IsRadial: false);
    }

    private static Tensor SpokeBySpoke(Hdf5File file, Hdf5Dataset source, TensorScope scope)
    {
        (int spokes, int samples, int coils, int partitions) = (source.Dimensions[1], source.Dimensions[2], source.Dimensions[3], source.Dimensions[4]);
        Tensor result = scope.New(DType.Complex64, [coils, partitions, spokes, samples]);
        int half = samples * coils * partitions;
        for (int spoke = 0; spoke < spokes; spoke++)
        {
            float[] values = file.Read<float[]>(source, [0, spoke, 0, 0, 0], [2, 1, samples, coils, partitions]);
            for (int coil = 0; coil < coils; coil++)
            {
                for (int partition = 0; partition < partitions; partition++)
                {
                    Span<Complex64> line = result.Slice(coil).Slice(partition).Slice(spoke).Span<Complex64>();
                    for (int sample = 0; sample < samples; sample++)
                    {
                        int at = (((sample * coils) + coil) * partitions) + partition;
                        line[sample] = new Complex64(values[at], values[half + at]);
                    }
                }
            }
        }

        return result;
    }

    private static Tensor PartitionByPartition(Hdf5File file, Hdf5Dataset source, TensorScope scope)
    {
        (int partitions, int coils, int samples, int spokes) = (source.Dimensions[0], source.Dimensions[1], source.Dimensions[2], source.Dimensions[3]);
        Tensor result = scope.New(DType.Complex64, [coils, partitions, spokes, samples]);
        for (int partition = 0; partition < partitions; partition++)
        {
            float[] values = file.Read<float[]>(source, partition, 1);
            for (int coil = 0; coil < coils; coil++)
            {
                for (int spoke = 0; spoke < spokes; spoke++)
                {
                    Span<Complex64> line = result.Slice(coil).Slice(partition).Slice(spoke).Span<Complex64>();
                    for (int sample = 0; sample < samples; sample++)
                    {
                        int at = 2 * ((((coil * samples) + sample) * spokes) + spoke);
                        line[sample] = new Complex64(values[at], values[at + 1]);
                    }
                }
            }
        }

        return result;
    }
}
