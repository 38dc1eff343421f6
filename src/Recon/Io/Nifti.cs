using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>An image volume in a fixed orientation.</summary>
/// <param name="Voxels">float32 [z, y, x], scaled by the file's slope and intercept. x grows to the subject's left, y to
/// the back, z to the head ("LPS"), so that an axial slice drawn with row 0 on top is upright and radiological: the
/// front is up and the subject's right is on the left of the picture.</param>
/// <param name="VoxelSize">Extents of a voxel along (z, y, x), in the file's unit, usually millimetres.</param>
/// <param name="StoredOrientation">Three letters: where the file's own x, y and z axes point to, for example "RAS".</param>
public sealed record NiftiVolume(Tensor Voxels, (double Z, double Y, double X) VoxelSize, string StoredOrientation);

/// <summary>Reader of NIfTI-1 single-file volumes, <c>.nii</c> and <c>.nii.gz</c>, of either byte order.</summary>
public static class Nifti
{
    private const int HeaderBytes = 348;
    private static readonly string[] s_letters = ["RL", "AP", "SI"]; // positive and negative end of world axes 0, 1, 2

    /// <summary>Reads one 3-D volume and turns it into the orientation of <see cref="NiftiVolume"/>.</summary>
    /// <exception cref="InputException">Missing, truncated, not NIfTI-1, more than one volume, or an unknown type.</exception>
    public static NiftiVolume Read(string path, TensorScope scope)
    {
        byte[] file = ReadAll(path);
        bool little = file.Length >= HeaderBytes && BinaryPrimitives.ReadInt32LittleEndian(file) == HeaderBytes;
        if (file.Length < HeaderBytes || (!little && BinaryPrimitives.ReadInt32BigEndian(file) != HeaderBytes)
            || Encoding.ASCII.GetString(file, 344, 3) != "n+1")
        {
            throw new InputException($"'{path}' is not a single-file NIfTI-1 volume (header length 348 and magic 'n+1' were expected). Convert it to .nii or .nii.gz.");
        }

        var reader = new Fields(file, little);
        int[] extents = ReadExtents(path, reader);
        (int type, int bytes) = (reader.Int16(70), ElementBytes(path, reader.Int16(70)));
        long offset = (long)reader.Single(108);
        long count = (long)extents[0] * extents[1] * extents[2];
        InputFile.RequireBytes(path, file.Length - offset, count * bytes, $"a volume of {extents[0]} x {extents[1]} x {extents[2]} voxels", orMore: true);
        float slope = reader.Single(112), intercept = reader.Single(116);
        (slope, intercept) = slope == 0 || !float.IsFinite(slope) ? (1, 0) : (slope, intercept);

        double[,] axes = Axes(reader);
        (int[] world, int[] sign) = NearestOrientation(axes);
        Tensor voxels = scope.New(DType.Float32, TargetShape(extents, world));
        Fill(voxels, extents, world, sign, i => (slope * (float)reader.Element(type, offset + (i * bytes))) + intercept);

        double[] size = new double[3];
        string orientation = "";
        for (int axis = 0; axis < 3; axis++)
        {
            size[world[axis]] = Math.Sqrt((axes[0, axis] * axes[0, axis]) + (axes[1, axis] * axes[1, axis]) + (axes[2, axis] * axes[2, axis]));
            orientation += s_letters[world[axis]][sign[axis] > 0 ? 0 : 1];
        }

        return new NiftiVolume(voxels, (size[2], size[1], size[0]), orientation);
    }

    private static byte[] ReadAll(string path)
    {
        using FileStream stream = InputFile.Open(path);
        bool compressed = stream.ReadByte() == 0x1F && stream.ReadByte() == 0x8B; // gzip magic
        stream.Position = 0;
        using var memory = new MemoryStream();
        try
        {
            if (compressed)
            {
                using var gzip = new GZipStream(stream, CompressionMode.Decompress);
                gzip.CopyTo(memory);
            }
            else
            {
                stream.CopyTo(memory);
            }
        }
        catch (InvalidDataException failure)
        {
            throw new InputException($"'{path}' is damaged: {failure.Message} Copy it again.", failure);
        }

        return memory.ToArray();
    }

    private static int[] ReadExtents(string path, Fields reader)
    {
        int rank = reader.Int16(40);
        int[] extents = [.. Enumerable.Range(1, 7).Select(axis => axis <= rank ? reader.Int16(40 + (2 * axis)) : 1)];
        return rank is >= 2 and <= 7 && extents.All(n => n > 0) && extents[3..].All(n => n == 1)
            ? extents[..3]
            : throw new InputException($"'{path}' has {rank} axes of {string.Join(" x ", extents)}; one 3-D volume was expected. Extract one volume first.");
    }

    private static int ElementBytes(string path, int type) => type switch
    {
        2 or 256 => 1,
        4 or 512 => 2,
        8 or 16 or 768 => 4,
        64 => 8,
        _ => throw new InputException($"'{path}' holds voxels of NIfTI type {type}; 8 to 32-bit integers, float32 or float64 were expected. Convert it."),
    };

    /// <summary>Column j: the step in world space (right, front, up) of one voxel along file axis j.</summary>
    private static double[,] Axes(Fields reader)
    {
        double[,] axes = new double[3, 3];
        if (reader.Int16(254) > 0)
        {
            for (int row = 0; row < 3; row++)
            {
                for (int column = 0; column < 3; column++)
                {
                    axes[row, column] = reader.Single(280 + (16 * row) + (4 * column));
                }
            }

            return axes;
        }

        double[,] rotation = { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } };
        double handedness = 1;
        if (reader.Int16(252) > 0)
        {
            // Unit quaternion (a, b, c, d) of the qform, nifti1.h.
            double b = reader.Single(256), c = reader.Single(260), d = reader.Single(264);
            double a = Math.Sqrt(Math.Max(0, 1 - (b * b) - (c * c) - (d * d)));
            rotation = new[,]
            {
                { (a * a) + (b * b) - (c * c) - (d * d), 2 * ((b * c) - (a * d)), 2 * ((b * d) + (a * c)) },
                { 2 * ((b * c) + (a * d)), (a * a) + (c * c) - (b * b) - (d * d), 2 * ((c * d) - (a * b)) },
                { 2 * ((b * d) - (a * c)), 2 * ((c * d) + (a * b)), (a * a) + (d * d) - (b * b) - (c * c) },
            };
            handedness = reader.Single(76) < 0 ? -1 : 1;
        }

        for (int column = 0; column < 3; column++)
        {
            double size = reader.Single(80 + (4 * column)) * (column == 2 ? handedness : 1);
            for (int row = 0; row < 3; row++)
            {
                axes[row, column] = rotation[row, column] * size;
            }
        }

        return axes;
    }

    /// <summary>For each file axis, the world axis it runs along most nearly (each used once) and its direction.</summary>
    private static (int[] World, int[] Sign) NearestOrientation(double[,] axes)
    {
        int[] world = [-1, -1, -1], sign = new int[3];
        for (int pass = 0; pass < 3; pass++)
        {
            (double Cosine, int Row, int Column) best = (-1, 0, 0);
            for (int column = 0; column < 3; column++)
            {
                double length = Math.Sqrt((axes[0, column] * axes[0, column]) + (axes[1, column] * axes[1, column]) + (axes[2, column] * axes[2, column]));
                for (int row = 0; row < 3; row++)
                {
                    double cosine = length > 0 ? Math.Abs(axes[row, column]) / length : 0;
                    if (world[column] < 0 && !world.Contains(row) && cosine > best.Cosine)
                    {
                        best = (cosine, row, column);
                    }
                }
            }

            world[best.Column] = best.Row;
            sign[best.Column] = axes[best.Row, best.Column] < 0 ? -1 : 1;
        }

        return (world, sign);
    }

    private static Shape TargetShape(int[] extents, int[] world)
    {
        int[] target = new int[3];
        for (int axis = 0; axis < 3; axis++)
        {
            target[2 - world[axis]] = extents[axis];
        }

        return Shape.Create(target);
    }

    /// <summary>Copies voxel by voxel; world axes right and front are stored backwards (left, back), up forwards.</summary>
    private static void Fill(Tensor voxels, int[] extents, int[] world, int[] sign, Func<long, float> value)
    {
        Span<float> target = voxels.Span<float>();
        long[] worldStride = [1, voxels.Shape[2], (long)voxels.Shape[1] * voxels.Shape[2]];
        long start = 0;
        long[] stride = new long[3];
        for (int axis = 0; axis < 3; axis++)
        {
            bool backwards = sign[axis] > 0 ? world[axis] < 2 : world[axis] == 2;
            stride[axis] = backwards ? -worldStride[world[axis]] : worldStride[world[axis]];
            start += backwards ? (extents[axis] - 1) * worldStride[world[axis]] : 0;
        }

        long index = 0;
        for (int k = 0; k < extents[2]; k++)
        {
            for (int j = 0; j < extents[1]; j++)
            {
                for (int i = 0; i < extents[0]; i++)
                {
                    target[(int)(start + (i * stride[0]) + (j * stride[1]) + (k * stride[2]))] = value(index++);
                }
            }
        }
    }

    /// <summary>Numbers at byte positions, of the file's byte order.</summary>
    private sealed class Fields(byte[] file, bool little)
    {
        public short Int16(long at) => little ? BinaryPrimitives.ReadInt16LittleEndian(At(at)) : BinaryPrimitives.ReadInt16BigEndian(At(at));

        public float Single(long at) => little ? BinaryPrimitives.ReadSingleLittleEndian(At(at)) : BinaryPrimitives.ReadSingleBigEndian(At(at));

        public double Element(int type, long at) => type switch
        {
            2 => file[at],
            256 => (sbyte)file[at],
            4 => Int16(at),
            512 => (ushort)Int16(at),
            8 => Int32(at),
            768 => (uint)Int32(at),
            16 => Single(at),
            _ => little ? BinaryPrimitives.ReadDoubleLittleEndian(At(at)) : BinaryPrimitives.ReadDoubleBigEndian(At(at)),
        };

        private int Int32(long at) => little ? BinaryPrimitives.ReadInt32LittleEndian(At(at)) : BinaryPrimitives.ReadInt32BigEndian(At(at));

        private ReadOnlySpan<byte> At(long at) => file.AsSpan((int)at);
    }
}
