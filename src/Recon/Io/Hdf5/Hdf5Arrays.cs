using PureHDF;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Numeric HDF5 datasets as tensors: numbers become float32, pairs of numbers complex64.</summary>
internal static class Hdf5Arrays
{
    /// <summary>Whether the dataset holds numbers or pairs of them.</summary>
    public static bool IsNumeric(Hdf5Dataset dataset) => ElementType(dataset) is not null;

    /// <summary>Reads a whole dataset, row by row along its first axis.</summary>
    /// <param name="path">File, for messages.</param>
    /// <param name="file">The open file.</param>
    /// <param name="dataset">The dataset.</param>
    /// <param name="scope">Owner of the result.</param>
    /// <exception cref="InputException">The elements are something else.</exception>
    public static Tensor Read(string path, Hdf5File file, Hdf5Dataset dataset, TensorScope scope)
    {
        DType type = ElementType(dataset) ?? throw new InputException($"'{path}': '{dataset.Name}' is {dataset.Describe()}; numbers or pairs (real, imaginary) were expected.");
        Tensor array = scope.New(type, Shape.Create(dataset.Dimensions));
        int rows = dataset.Dimensions.Length == 0 ? 1 : dataset.Dimensions[0];
        for (int row = 0; row < rows && array.Count > 0; row++)
        {
            Tensor target = dataset.Dimensions.Length == 0 ? array : array.Slice(row);
            if (type == DType.Complex64)
            {
                Complex(file, dataset, row).CopyTo(target.Span<Complex64>());
            }
            else
            {
                Real(file, dataset, row).CopyTo(target.Span<float>());
            }
        }

        return array;
    }

    private static DType? ElementType(Hdf5Dataset dataset) => (dataset.Class, dataset.Type.Size) switch
    {
        (H5DataTypeClass.FloatingPoint, 4 or 8) or (H5DataTypeClass.FixedPoint, 1 or 2 or 4) => DType.Float32,
        (H5DataTypeClass.Compound, 8 or 16) when IsPair(dataset.Type.Compound.Members) => DType.Complex64,
        _ => null,
    };

    private static bool IsPair(CompoundMember[] members) => members.Length == 2 && members.All(m => m.Type.Class == H5DataTypeClass.FloatingPoint)
        && members[0].Offset == 0 && members[1].Offset == members[0].Type.Size && members[0].Type.Size == members[1].Type.Size;

    private static Complex64[] Complex(Hdf5File file, Hdf5Dataset dataset, int row) => dataset.Type.Size == 8
        ? file.Read<Complex64[]>(dataset, row, 1)
        : Array.ConvertAll(file.Read<System.Numerics.Complex[]>(dataset, row, 1), v => new Complex64((float)v.Real, (float)v.Imaginary));

    private static float[] Real(Hdf5File file, Hdf5Dataset dataset, int row) => (dataset.Class, dataset.Type.Size) switch
    {
        (H5DataTypeClass.FloatingPoint, 4) => file.Read<float[]>(dataset, row, 1),
        (H5DataTypeClass.FloatingPoint, _) => Array.ConvertAll(file.Read<double[]>(dataset, row, 1), v => (float)v),
        (_, 1) when dataset.Type.FixedPoint.IsSigned => Array.ConvertAll(file.Read<sbyte[]>(dataset, row, 1), v => (float)v),
        (_, 1) => Array.ConvertAll(file.Read<byte[]>(dataset, row, 1), v => (float)v),
        (_, 2) when dataset.Type.FixedPoint.IsSigned => Array.ConvertAll(file.Read<short[]>(dataset, row, 1), v => (float)v),
        (_, 2) => Array.ConvertAll(file.Read<ushort[]>(dataset, row, 1), v => (float)v),
        _ when dataset.Type.FixedPoint.IsSigned => Array.ConvertAll(file.Read<int[]>(dataset, row, 1), v => (float)v),
        _ => Array.ConvertAll(file.Read<uint[]>(dataset, row, 1), v => (float)v),
    };
}
