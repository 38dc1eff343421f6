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
public sealed record NiftiVolume(Tensor Voxels, (double Z, double Y, double X) VoxelSize, string StoredOrientation)
{
    /// <summary>Place of <see cref="Voxels"/> in the patient, or null if the file says nothing of it or its axes are not perpendicular.</summary>
    public ImageGeometry? Geometry { get; init; }
}

/// <summary>Reader of NIfTI-1 single-file volumes, <c>.nii</c> and <c>.nii.gz</c>, of either byte order.</summary>
public static class Nifti
{
    private const int HeaderBytes = 348;
    private static readonly string[] s_letters = ["RL", "AP", "SI"]; // positive and negative end of world axes 0, 1, 2

    /// <summary>Reads one 3-D volume and turns it into the orientation of <see cref="NiftiVolume"/>.</summary>
    /// <exception cref="InputException">Missing, truncated, not NIfTI-1, more than one volume, or an unknown type.</exception>
    public static NiftiVolume Read(string path, TensorScope scope)
    {
        NiftiVolume series = ReadSeries(path, scope);
        return series.Voxels.Shape[0] == 1
            ? series with { Voxels = series.Voxels.Slice(0) }
            : throw new InputException($"'{path}' has {series.Voxels.Shape[0]} volumes; one 3-D volume was expected. Extract one volume first.");
    }

    /// <summary>Reads one or more volumes of equal size, voxels [volume, z, y, x].</summary>
    /// <exception cref="InputException">Missing, truncated, not NIfTI-1, more than four axes, or an unknown type.</exception>
    public static NiftiVolume ReadSeries(string path, TensorScope scope)
    {
        byte[] file = ReadAll(path);
        bool little = file.Length >= HeaderBytes && BinaryPrimitives.ReadInt32LittleEndian(file) == HeaderBytes;
        if (file.Length < HeaderBytes || (!little && BinaryPrimitives.ReadInt32BigEndian(file) != HeaderBytes)
            || Encoding.ASCII.GetString(file, 344, 3) != "n+1")
        {
            throw new InputException($"'{path}' is not a single-file NIfTI-1 volume (header length 348 and magic 'n+1' were expected). Convert it to .nii or .nii.gz.");
        }

        var reader = new NiftiFields(file, little);
        int[] extents = ReadExtents(path, reader);
        (int type, int bytes) = (reader.Int16(70), ElementBytes(path, reader.Int16(70)));
        double start = reader.Single(108);
        long count = (long)extents[0] * extents[1] * extents[2];
        if (!(start >= HeaderBytes && start <= file.Length))
        {
            throw new InputException($"'{path}' says that its voxels start at byte {start:g9}; a place after the header of {HeaderBytes} bytes and within the {file.Length:N0} of the file was expected. It is damaged.");
        }

        long offset = (long)start;
        InputFile.RequireBytes(path, file.Length - offset, count * extents[3] * bytes, $"{extents[3]} volume of {extents[0]} x {extents[1]} x {extents[2]} voxels", orMore: true);
        float slope = reader.Single(112), intercept = reader.Single(116);
        (slope, intercept) = slope == 0 || !float.IsFinite(slope) || !float.IsFinite(intercept) ? (1, 0) : (slope, intercept);

        double[,] axes = NiftiAffine.Of(reader);
        (int[] world, int[] sign) = NiftiAffine.NearestOrientation(axes);
        Tensor voxels = scope.New(DType.Float32, [extents[3], .. TargetShape(extents, world)]);
        for (int volume = 0; volume < extents[3]; volume++)
        {
            long first = offset + (volume * count * bytes);
            Fill(voxels.Slice(volume), extents, world, sign, i => (slope * (float)reader.Element(type, first + (i * bytes))) + intercept);
        }

        double[] size = new double[3];
        string orientation = "";
        for (int axis = 0; axis < 3; axis++)
        {
            size[world[axis]] = Math.Sqrt((axes[0, axis] * axes[0, axis]) + (axes[1, axis] * axes[1, axis]) + (axes[2, axis] * axes[2, axis]));
            orientation += s_letters[world[axis]][sign[axis] > 0 ? 0 : 1];
        }

        return new NiftiVolume(voxels, (size[2], size[1], size[0]), orientation)
        {
            Geometry = NiftiAffine.IsGiven(reader) ? NiftiAffine.GeometryOf(axes, extents, world, sign) : null,
        };
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

    private static int[] ReadExtents(string path, NiftiFields reader)
    {
        int rank = reader.Int16(40);
        int[] extents = [.. Enumerable.Range(1, 7).Select(axis => axis <= rank ? reader.Int16(40 + (2 * axis)) : 1)];
        return rank is >= 2 and <= 7 && extents.All(n => n > 0) && extents[4..].All(n => n == 1)
            ? extents[..4]
            : throw new InputException($"'{path}' has {rank} axes of {string.Join(" x ", extents)}; volumes of at most three axes, one after the other, were expected. Extract some first.");
    }

    private static int ElementBytes(string path, int type) => type switch
    {
        2 or 256 => 1,
        4 or 512 => 2,
        8 or 16 or 768 => 4,
        64 => 8,
        _ => throw new InputException($"'{path}' holds voxels of NIfTI type {type}; 8 to 32-bit integers, float32 or float64 were expected. Convert it."),
    };

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
            bool backwards = NiftiAffine.IsBackwards(world[axis], sign[axis]);
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
}
