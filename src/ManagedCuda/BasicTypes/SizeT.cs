namespace ManagedCuda.BasicTypes;

/// <summary>The native <c>size_t</c>.</summary>
public struct SizeT
{
    private readonly nuint _value;

    private SizeT(nuint value) => _value = value;

    /// <summary>The value as a signed integer.</summary>
    public static implicit operator long(SizeT t) => (long)t._value;

    /// <summary>The value as an unsigned integer.</summary>
    public static implicit operator ulong(SizeT t) => t._value;

    /// <summary>A size of <paramref name="value"/>.</summary>
    public static implicit operator SizeT(int value) => new((nuint)value);

    /// <summary>A size of <paramref name="value"/>.</summary>
    public static implicit operator SizeT(long value) => new((nuint)value);
}
