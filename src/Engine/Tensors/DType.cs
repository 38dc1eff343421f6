namespace Stardeq.Engine;

/// <summary>Element type of a <see cref="Tensor"/>.</summary>
public enum DType
{
    /// <summary>IEEE single precision: the working precision.</summary>
    Float32,

    /// <summary>IEEE double precision: runs the plain definition of each operation.</summary>
    Float64,

    /// <summary>Two float32, (re, im) interleaved.</summary>
    Complex64,

    /// <summary>Two float64, (re, im) interleaved.</summary>
    Complex128,

    /// <summary>32-bit signed integer: indices.</summary>
    Int32,
}

/// <summary>Sizes of and relations between element types.</summary>
public static class DTypes
{
    /// <summary>Bytes of one element.</summary>
    public static int Bytes(this DType type) => type switch
    {
        DType.Float32 or DType.Int32 => 4,
        DType.Float64 or DType.Complex64 => 8,
        DType.Complex128 => 16,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    /// <summary>True for the two complex types.</summary>
    public static bool IsComplex(this DType type) => type is DType.Complex64 or DType.Complex128;

    /// <summary>True for float64 and complex128, which run plain definitions.</summary>
    public static bool IsDouble(this DType type) => type is DType.Float64 or DType.Complex128;

    /// <summary>The real type of the same precision: complex64 gives float32.</summary>
    public static DType ToReal(this DType type) => type switch
    {
        DType.Complex64 => DType.Float32,
        DType.Complex128 => DType.Float64,
        _ => type,
    };

    /// <summary>The complex type of the same precision: float32 gives complex64.</summary>
    public static DType ToComplex(this DType type) => type switch
    {
        DType.Float32 or DType.Complex64 => DType.Complex64,
        DType.Float64 or DType.Complex128 => DType.Complex128,
        _ => throw new ShapeException($"complex view: {type.Name()} has no complex type of the same precision."),
    };

    /// <summary>The element type that stores <typeparamref name="T"/>.</summary>
    public static DType Of<T>()
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            return DType.Float32;
        }

        if (typeof(T) == typeof(double))
        {
            return DType.Float64;
        }

        if (typeof(T) == typeof(Complex64))
        {
            return DType.Complex64;
        }

        if (typeof(T) == typeof(System.Numerics.Complex))
        {
            return DType.Complex128;
        }

        return typeof(T) == typeof(int)
            ? DType.Int32
            : throw new NotSupportedException(
                $"tensor element: {typeof(T).Name} is none of float, double, Complex64, Complex, int.");
    }

    /// <summary>Lower-case name as users write it: float32, complex64, ...</summary>
    public static string Name(this DType type) => type.ToString().ToLowerInvariant();
}

/// <summary>A complex number of two float32, the element of a complex64 tensor. Storage only.</summary>
/// <param name="Real">Real part.</param>
/// <param name="Imaginary">Imaginary part.</param>
public readonly record struct Complex64(float Real, float Imaginary)
{
    /// <summary>Widens to double precision.</summary>
    public System.Numerics.Complex ToComplex() => new(Real, Imaginary);

    /// <summary>Rounds a double-precision value to this precision.</summary>
    public static Complex64 From(System.Numerics.Complex value) => new((float)value.Real, (float)value.Imaginary);
}
