using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>
/// NumPy's array format, versions 1 to 3. float32, float64, complex64 and complex128 keep their type; float16, bool and
/// all integers become float32. Fortran order is turned into row-major; big-endian data are refused.
/// </summary>
public static partial class NpyFile
{
    private const int MaximumHeaderBytes = 1 << 20;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Reads a whole array.</summary>
    /// <exception cref="InputException">Missing, truncated, not an npy file, or of a type that is not supported.</exception>
    public static Tensor Read(string path, TensorScope scope)
    {
        using FileStream stream = InputFile.Open(path);
        (string descriptor, bool fortran, Shape shape) = ReadDescription(path, stream);
        Shape stored = fortran ? Shape.Create([.. shape.Reverse()]) : shape;
        Tensor array = ReadElements(stream, scope, descriptor, stored);
        return fortran && shape.Rank > 1 ? TransposeAll(array, scope) : array.Reshape(shape);
    }

    /// <summary>Where a file has its array, for readers of parts.</summary>
    /// <exception cref="InputException">As for <see cref="Read"/>; or the elements do not lie as they would in memory.</exception>
    public static FileArray Locate(string path)
    {
        using FileStream stream = InputFile.Open(path);
        (string descriptor, bool fortran, Shape shape) = ReadDescription(path, stream);
        return SameType(descriptor) is { } type && !(fortran && shape.Rank > 1)
            ? new FileArray(path, type, shape, stream.Position)
            : throw new InputException($"'{path}' holds '{descriptor}' in {(fortran ? "Fortran" : "C")} order; a float or complex array in C order was expected. Save it with numpy.ascontiguousarray.");
    }

    /// <summary>Writes an array in version 1, C order, atomically.</summary>
    public static void Write(string path, Tensor array)
    {
        byte[] header = Header(array.DType, array.Shape);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            TensorBytes.Write(array, stream);
        });
    }

    /// <summary>What stands before the elements of an array in version 1, C order.</summary>
    internal static byte[] Header(DType type, Shape shape)
    {
        string descriptor = type switch
        {
            DType.Float32 => "<f4",
            DType.Float64 => "<f8",
            DType.Complex64 => "<c8",
            DType.Complex128 => "<c16",
            _ => "<i4",
        };
        string extents = string.Concat(shape.Select(n => $"{n}, "));
        string tuple = shape.Rank == 1 ? extents.TrimEnd() : extents.TrimEnd(' ', ',');
        string text = $"{{'descr': '{descriptor}', 'fortran_order': False, 'shape': ({tuple}), }}";
        int padded = (Magic.Length + 4 + text.Length + 1 + 63) / 64 * 64; // data start on a multiple of 64 bytes
        text = text.PadRight(padded - Magic.Length - 5) + "\n";
        return [.. Magic, 1, 0, (byte)text.Length, (byte)(text.Length >> 8), .. Encoding.ASCII.GetBytes(text)];
    }

    /// <summary>What the header says; the stream stands at the first element.</summary>
    private static (string Descriptor, bool Fortran, Shape Shape) ReadDescription(string path, FileStream stream)
    {
        string header = ReadHeader(path, stream);
        string descriptor = Field(path, header, DescriptorField());
        Shape shape = ParseShape(path, Field(path, header, ShapeField()));
        InputFile.RequireBytes(path, stream.Length - stream.Position, shape.Count * ItemBytes(path, descriptor), $"an array {shape} of type '{descriptor}'");
        return (descriptor, Field(path, header, OrderField()) == "True", shape);
    }

    private static string ReadHeader(string path, FileStream stream)
    {
        Span<byte> start = stackalloc byte[12];
        int count = stream.ReadAtLeast(start, 12, throwOnEndOfStream: false);
        if (count < 12 || !start[..6].SequenceEqual(Magic))
        {
            throw new InputException($"'{path}' is not a .npy file: it starts with {Convert.ToHexString(start[..Math.Min(count, 6)])}, not with 934E554D5059 (\\x93NUMPY). Save it with numpy.save.");
        }

        int version = start[6];
        int length = version == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(start[8..]) : BinaryPrimitives.ReadInt32LittleEndian(start[8..]);
        if (version is < 1 or > 3 || length is <= 0 or > MaximumHeaderBytes)
        {
            throw new InputException($"'{path}' has npy version {version} and a header of {length} bytes; versions 1 to 3 were expected. Save it again with numpy.save.");
        }

        stream.Position = version == 1 ? 10 : 12;
        InputFile.RequireBytes(path, stream.Length - stream.Position, length, "its npy header", orMore: true);
        byte[] text = new byte[length];
        stream.ReadExactly(text);
        return Encoding.UTF8.GetString(text);
    }

    private static string Field(string path, string header, Regex field)
    {
        Match match = field.Match(header);
        return match.Success
            ? match.Groups[1].Value
            : throw new InputException($"'{path}' has the npy header {header.Trim()}; a simple type, fortran_order and shape were expected. Structured types are not read: save a plain array.");
    }

    private static Shape ParseShape(string path, string text)
    {
        var extents = new List<int>();
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            extents.Add(int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int extent)
                ? extent
                : throw new InputException($"'{path}' has the shape ({text}); each extent must be a whole number below 2^31. The file is damaged."));
        }

        return Shape.Create([.. extents]);
    }

    private static int ItemBytes(string path, string descriptor) => descriptor switch
    {
        "|b1" or "|u1" or "|i1" => 1,
        "<f2" or "<i2" or "<u2" => 2,
        "<f4" or "<i4" or "<u4" => 4,
        "<f8" or "<c8" or "<i8" or "<u8" => 8,
        "<c16" => 16,
        _ when descriptor.StartsWith('>') => throw new InputException($"'{path}' holds big-endian data ('{descriptor}'); little-endian was expected. Save it with array.astype(array.dtype.newbyteorder('<'))."),
        _ => throw new InputException($"'{path}' holds elements of type '{descriptor}'; float, complex, integer or bool was expected. Convert it with array.astype('complex64') or 'float32'."),
    };

    /// <summary>The type whose elements lie in memory as in the file, or null.</summary>
    private static DType? SameType(string descriptor) => descriptor switch
    {
        "<f4" => DType.Float32,
        "<f8" => DType.Float64,
        "<c8" => DType.Complex64,
        "<c16" => DType.Complex128,
        _ => null,
    };

    private static Tensor ReadElements(FileStream stream, TensorScope scope, string descriptor, Shape shape)
    {
        DType? same = SameType(descriptor);
        Tensor array = scope.New(same ?? DType.Float32, shape);
        if (same is not null)
        {
            TensorBytes.Read(stream, array);
        }
        else
        {
            Convert32(stream, descriptor, array);
        }

        return array;
    }

    private static void Convert32(FileStream stream, string descriptor, Tensor array)
    {
        int bytes = descriptor[^1] - '0';
        byte[] buffer = new byte[8192 * bytes];
        using Stream target = TensorBytes.Open(array);
        var values = new float[8192];
        for (long start = 0; start < array.Count; start += 8192)
        {
            int count = (int)Math.Min(8192, array.Count - start);
            stream.ReadExactly(buffer, 0, count * bytes);
            for (int i = 0; i < count; i++)
            {
                ReadOnlySpan<byte> item = buffer.AsSpan(i * bytes, bytes);
                values[i] = descriptor switch
                {
                    "|i1" => (sbyte)item[0],
                    "|b1" or "|u1" => item[0],
                    "<i2" => BinaryPrimitives.ReadInt16LittleEndian(item),
                    "<u2" => BinaryPrimitives.ReadUInt16LittleEndian(item),
                    "<f2" => (float)BinaryPrimitives.ReadHalfLittleEndian(item),
                    "<i4" => BinaryPrimitives.ReadInt32LittleEndian(item),
                    "<u4" => BinaryPrimitives.ReadUInt32LittleEndian(item),
                    "<i8" => BinaryPrimitives.ReadInt64LittleEndian(item),
                    _ => BinaryPrimitives.ReadUInt64LittleEndian(item),
                };
            }

            target.Write(MemoryMarshal.AsBytes(values.AsSpan(0, count)));
        }
    }

    /// <summary>Reverses all axes: element [i, j, ..., k] of the result is [k, ..., j, i] of the source.</summary>
    private static Tensor TransposeAll(Tensor source, TensorScope scope)
    {
        Tensor result = scope.New(source.DType, Shape.Create([.. source.Shape.Reverse()]));
        using Stream from = TensorBytes.Open(source), to = TensorBytes.Open(result);
        int bytes = source.DType.Bytes(), rank = source.Shape.Rank;
        var strides = new long[rank]; // of the source, in the result's axis order
        long stride = bytes;
        for (int axis = 0; axis < rank; axis++)
        {
            strides[axis] = stride;
            stride *= result.Shape[axis];
        }

        byte[] item = new byte[bytes];
        int[] position = new int[rank];
        long offset = 0;
        for (long i = 0; i < result.Count; i++)
        {
            from.Position = offset;
            from.ReadExactly(item);
            to.Write(item);
            int axis = rank - 1;
            for (offset += strides[axis]; axis > 0 && ++position[axis] == result.Shape[axis]; axis--)
            {
                offset += strides[axis - 1] - (result.Shape[axis] * strides[axis]);
                position[axis] = 0;
            }
        }

        scope.Free(source);
        return result;
    }

    [GeneratedRegex(@"'descr'\s*:\s*'([^']+)'")]
    private static partial Regex DescriptorField();

    [GeneratedRegex(@"'fortran_order'\s*:\s*(True|False)")]
    private static partial Regex OrderField();

    [GeneratedRegex(@"'shape'\s*:\s*\(([^)]*)\)")]
    private static partial Regex ShapeField();
}
