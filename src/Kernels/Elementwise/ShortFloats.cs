using System.Numerics;
using System.Runtime.CompilerServices;
using Stardeq.Engine;

namespace Stardeq.Kernels;

// short floats: words[i] = s(x[2 i]) + 2^16 s(x[2 i + 1]), s the 16 bits of a number in bfloat16 or half; and back
// kernels.cu: pack_shorts, unpack_shorts · spec: tests/Kernels/Elementwise/ShortFloatsTests.cs

/// <summary>Formats of 16 bits in which numbers can wait.</summary>
public enum ShortFormat
{
    /// <summary>The upper half of a float32: its range, 8 bits of precision.</summary>
    BFloat16,

    /// <summary>IEEE binary16: up to 65 504, 11 bits of precision from 2^-14 on.</summary>
    Half,
}

/// <summary>
/// Storage of float32 numbers in 16 bits, two to a word. Rounded to nearest, ties to even, with two exceptions that keep what gradients of
/// rectifiers and sums need: a number other than zero never becomes zero, so that its sign stays, and a finite number never
/// becomes infinite.
/// </summary>
public static unsafe class ShortFloats
{
    private const long Grain = 32 * 1024; // numbers, some 10 microseconds

    /// <summary>Words that numbers take.</summary>
    public static long Words(long count) => (count + 1) / 2;

    /// <summary>words = x in 16 bits.</summary>
    /// <param name="x">Float32, any shape.</param>
    /// <param name="format">Which 16 bits.</param>
    /// <param name="words">Int32 [<see cref="Words"/>]; replaced.</param>
    /// <exception cref="ShapeException">A type or a size is another, or they overlap.</exception>
    public static void Pack(Tensor x, ShortFormat format, Tensor words)
    {
        Require("pack short floats", x, words);
        using OpenSpan? span = x.Device.Spans?.Begin("pack short floats", Work.Pass(0, words, x));
        if (x.Device is CudaDevice cuda)
        {
            cuda.Kernel("pack_shorts", DType.Float32).Over(words.Count).With(x).With((int)format).With(words).With(x.Count).Launch();
            return;
        }

        float* source = x.Pointer<float>();
        var target = (ushort*)words.Pointer<int>();
        ((CpuDevice)x.Device).For(x.Count, Grain, (start, end) =>
        {
            long i = start;
            for (; i <= end - Vector<ushort>.Count; i += Vector<ushort>.Count)
            {
                Vector<uint> first = Vector.Load((uint*)source + i), second = Vector.Load((uint*)source + i + Vector<uint>.Count);
                Vector.Narrow(Pack(first, format), Pack(second, format)).Store(target + i);
            }

            for (; i < end; i++)
            {
                target[i] = (ushort)Pack(new Vector<uint>(((uint*)source)[i]), format)[0];
            }
        });
        if (x.Count % 2 != 0)
        {
            target[x.Count] = 0;
        }
    }

    /// <summary>x = the numbers that words hold, exactly.</summary>
    /// <param name="words">What <see cref="Pack(Tensor, ShortFormat, Tensor)"/> wrote.</param>
    /// <param name="format">As it was packed.</param>
    /// <param name="x">Float32; replaced.</param>
    /// <exception cref="ShapeException">A type or a size is another, or they overlap.</exception>
    public static void Unpack(Tensor words, ShortFormat format, Tensor x)
    {
        Require("unpack short floats", x, words);
        using OpenSpan? span = x.Device.Spans?.Begin("unpack short floats", Work.Pass(0, x, words));
        if (x.Device is CudaDevice cuda)
        {
            cuda.Kernel("unpack_shorts", DType.Float32).Over(words.Count).With(words).With((int)format).With(x).With(x.Count).Launch();
            return;
        }

        var source = (ushort*)words.Pointer<int>();
        float* target = x.Pointer<float>();
        ((CpuDevice)x.Device).For(x.Count, Grain, (start, end) =>
        {
            long i = start;
            for (; i <= end - Vector<ushort>.Count; i += Vector<ushort>.Count)
            {
                Vector.Widen(Vector.Load(source + i), out Vector<uint> first, out Vector<uint> second);
                Unpack(first, format).Store((uint*)target + i);
                Unpack(second, format).Store((uint*)target + i + Vector<uint>.Count);
            }

            for (; i < end; i++)
            {
                ((uint*)target)[i] = Unpack(new Vector<uint>(source[i]), format)[0];
            }
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<uint> Pack(Vector<uint> bits, ShortFormat format)
    {
        Vector<uint> size = bits & new Vector<uint>(0x7fffffff), sign = Vector.ShiftRightLogical(bits, 16) & new Vector<uint>(0x8000);
        Vector<uint> packed = format == ShortFormat.BFloat16 ? PackBFloat16(size) : PackHalf(size);
        Vector<uint> lost = Vector.Equals(packed, Vector<uint>.Zero) & Vector.OnesComplement(Vector.Equals(size, Vector<uint>.Zero));
        return sign | packed | (lost & Vector<uint>.One);
    }

    // Adding just below half of the last place that stays, and one more if that is odd, carries into it where rounding is upwards.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<uint> PackBFloat16(Vector<uint> size)
    {
        Vector<uint> rounded = Vector.ShiftRightLogical(size + new Vector<uint>(0x7fff) + (Vector.ShiftRightLogical(size, 16) & Vector<uint>.One), 16);
        Vector<uint> finite = Vector.Min(rounded, new Vector<uint>(0x7f7f));
        return Vector.ConditionalSelect(Vector.LessThan(size, new Vector<uint>(0x7f800000)), finite, NotFinite(size, 0x7f80, 0x40));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<uint> PackHalf(Vector<uint> size)
    {
        Vector<uint> rounded = Vector.ShiftRightLogical(size - new Vector<uint>(0x38000000) + new Vector<uint>(0xfff) + (Vector.ShiftRightLogical(size, 13) & Vector<uint>.One), 13);
        Vector<uint> finite = Vector.Min(rounded, new Vector<uint>(0x7bff));

        // Below 2^-14 the last place is 2^-24, as that of float32 numbers from 1/2 to 1: the sum with 1/2 is rounded there.
        Vector<uint> small = Vector.AsVectorUInt32(Vector.AsVectorSingle(size) + new Vector<float>(0.5f)) - new Vector<uint>(0x3f000000);
        finite = Vector.ConditionalSelect(Vector.LessThan(size, new Vector<uint>(0x38800000)), small, finite);
        return Vector.ConditionalSelect(Vector.LessThan(size, new Vector<uint>(0x7f800000)), finite, NotFinite(size, 0x7c00, 0x200));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<uint> NotFinite(Vector<uint> size, uint infinity, uint quiet) =>
        new Vector<uint>(infinity) | (Vector.GreaterThan(size, new Vector<uint>(0x7f800000)) & new Vector<uint>(quiet));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<uint> Unpack(Vector<uint> packed, ShortFormat format)
    {
        if (format == ShortFormat.BFloat16)
        {
            return Vector.ShiftLeft(packed, 16);
        }

        Vector<uint> size = packed & new Vector<uint>(0x7fff), sign = Vector.ShiftLeft(packed & new Vector<uint>(0x8000), 16);
        Vector<uint> shifted = Vector.ShiftLeft(size, 13); // the number times 2^-112, small ones included
        Vector<uint> finite = Vector.AsVectorUInt32(Vector.AsVectorSingle(shifted) * new Vector<float>(5.192297e33f));
        Vector<uint> infinite = shifted | new Vector<uint>(0x7f800000);
        return sign | Vector.ConditionalSelect(Vector.LessThan(size, new Vector<uint>(0x7c00)), finite, infinite);
    }

    private static void Require(string operation, Tensor x, Tensor words)
    {
        Operands.Require(operation, nameof(x), x, DType.Float32, x.Shape, x.Device);
        Operands.Require(operation, nameof(words), words, DType.Int32, [checked((int)Words(x.Count))], x.Device);
        Operands.RequireApart(operation, nameof(x), x, nameof(words), words);
    }
}
