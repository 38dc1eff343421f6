using System.Buffers.Binary;
using System.IO.Compression;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Writer of NIfTI-1 single-file volumes with voxels of float32, little-endian (nifti1.h).</summary>
public static class NiftiWriter
{
    private const int HeaderBytes = 348, DataStart = 352, FloatType = 16, ScannerCode = 1, MillimetresAndSeconds = 2 | 8;

    /// <summary>Writes one or more volumes; a name that ends in .gz is compressed. The voxels keep their order; the affine says where they lie.</summary>
    /// <param name="path">Destination, .nii or .nii.gz.</param>
    /// <param name="images">[z, y, x] or [volume, z, y, x], float32.</param>
    /// <param name="geometry">Place of the voxels.</param>
    /// <exception cref="InputException">Another type or number of axes, more than 32767 voxels along one, a geometry that is none, or writing failed.</exception>
    public static void Write(string path, Tensor images, ImageGeometry geometry)
    {
        if (images.DType != DType.Float32 || images.Shape.Rank is not (3 or 4) || images.Count == 0 || images.Shape.Any(n => n > short.MaxValue))
        {
            throw new InputException($"'{path}' cannot hold {images.Describe()}; float32 [z, y, x] or [volume, z, y, x] with at most {short.MaxValue} voxels along an axis was expected.");
        }

        byte[] header = Header(images.Shape, geometry.Checked(path));
        AtomicFile.Write(path, stream =>
        {
            using Stream? packed = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(stream, CompressionLevel.Optimal, leaveOpen: true) : null;
            (packed ?? stream).Write(header);
            TensorBytes.Write(images, packed ?? stream);
        });
    }

    private static byte[] Header(Shape shape, ImageGeometry geometry)
    {
        byte[] header = new byte[DataStart];
        void Int16(int at, int value) => BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(at), (short)value);
        void Single(int at, double value) => BinaryPrimitives.WriteSingleLittleEndian(header.AsSpan(at), (float)value);

        BinaryPrimitives.WriteInt32LittleEndian(header, HeaderBytes);
        int[] extents = [shape[^1], shape[^2], shape[^3], shape.Rank == 4 ? shape[0] : 1, 1, 1, 1];
        Int16(40, shape.Rank);
        for (int axis = 0; axis < extents.Length; axis++)
        {
            Int16(42 + (2 * axis), extents[axis]);
            Single(80 + (4 * axis), 1);
        }

        Int16(70, FloatType);
        Int16(72, 32);
        Single(108, DataStart);
        Single(112, 1); // slope
        header[123] = MillimetresAndSeconds;
        "stardeq"u8.CopyTo(header.AsSpan(148));
        "n+1"u8.CopyTo(header.AsSpan(344));

        // World coordinates grow to the right and to the front, where the geometry's grow to the left and to the back.
        double[] size = [geometry.VoxelSize.X, geometry.VoxelSize.Y, geometry.VoxelSize.Z];
        double[][] direction = [Turned(geometry.X), Turned(geometry.Y), Turned(geometry.Z)];
        double[] first = Turned(geometry.PlaceOf((0, 0, 0), (extents[0], extents[1], extents[2])));
        (double handedness, double b, double c, double d) = Quaternion(direction);
        Int16(252, ScannerCode);
        Int16(254, ScannerCode);
        Single(76, handedness);
        foreach ((int at, double value) in new[] { (256, b), (260, c), (264, d), (268, first[0]), (272, first[1]), (276, first[2]) })
        {
            Single(at, value);
        }

        for (int row = 0; row < 3; row++)
        {
            Single(80 + (4 * row), size[row]);
            Single(292 + (16 * row), first[row]);
            for (int column = 0; column < 3; column++)
            {
                Single(280 + (16 * row) + (4 * column), size[column] * direction[column][row]);
            }
        }

        return header;
    }

    private static double[] Turned(double[] lps) => [-lps[0], -lps[1], lps[2]];

    /// <summary>The rotation as a unit quaternion with a ≥ 0, after the third axis was turned round if the three are left-handed.</summary>
    private static (double Handedness, double B, double C, double D) Quaternion(double[][] direction)
    {
        (double[] x, double[] y, double[] z) = (direction[0], direction[1], direction[2]);
        double[] cross = [(x[1] * y[2]) - (x[2] * y[1]), (x[2] * y[0]) - (x[0] * y[2]), (x[0] * y[1]) - (x[1] * y[0])];
        double handedness = cross.Zip(z, (p, q) => p * q).Sum() < 0 ? -1 : 1;
        z = [.. z.Select(v => v * handedness)];

        // 4 q qᵀ from the matrix with columns x, y, z; the column of the largest diagonal element, divided by its root, is q.
        double[,] products =
        {
            { 1 + x[0] + y[1] + z[2], y[2] - z[1], z[0] - x[2], x[1] - y[0] },
            { y[2] - z[1], 1 + x[0] - y[1] - z[2], x[1] + y[0], z[0] + x[2] },
            { z[0] - x[2], x[1] + y[0], 1 - x[0] + y[1] - z[2], y[2] + z[1] },
            { x[1] - y[0], z[0] + x[2], y[2] + z[1], 1 - x[0] - y[1] + z[2] },
        };
        int largest = Enumerable.Range(0, 4).MaxBy(i => products[i, i]);
        double scale = (products[0, largest] < 0 ? -1 : 1) / (2 * Math.Sqrt(products[largest, largest]));
        return (handedness, products[1, largest] * scale, products[2, largest] * scale, products[3, largest] * scale);
    }
}
