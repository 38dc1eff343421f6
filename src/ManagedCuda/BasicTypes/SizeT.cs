namespace ManagedCuda.BasicTypes;

/// <summary>The native <c>size_t</c>.</summary>
public struct SizeT
{
    private readonly nuint _value;

    /// <summary>A size of <paramref name="value"/>.</summary>
    public SizeT(long value) => _value = (nuint)value;

    /// <summary>A size of <paramref name="value"/>.</summary>
    public SizeT(ulong value) => _value = (nuint)value;

    /// <summary>The value as a signed integer.</summary>
    public static implicit operator long(SizeT t) => (long)t._value;

    /// <summary>The value as an unsigned integer.</summary>
    public static implicit operator ulong(SizeT t) => t._value;

    /// <summary>A size of <paramref name="value"/>.</summary>
    public static implicit operator SizeT(int value) => new((long)value);

    /// <summary>A size of <paramref name="value"/>.</summary>
    public static implicit operator SizeT(long value) => new(value);

    /// <summary>A size of <paramref name="value"/>.</summary>
    public static implicit operator SizeT(ulong value) => new(value);
}
