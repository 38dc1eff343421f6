using System.Runtime.InteropServices;

namespace Stardeq.Engine;

/// <summary>
/// A dense row-major array on one device. Its bytes belong to the <see cref="TensorScope"/> that made it; views
/// (<see cref="Reshape"/>, <see cref="Slice(int)"/>, <see cref="AsReal"/>) share them and own nothing.
/// </summary>
/// <remarks>Nothing is converted, copied or moved between devices implicitly, and no operator allocates.</remarks>
public sealed unsafe class Tensor
{
    private readonly MemoryBlock _block;
    private readonly long _byteOffset;

    internal Tensor(MemoryBlock block, long byteOffset, DType dtype, Shape shape)
    {
        _block = block;
        _byteOffset = byteOffset;
        DType = dtype;
        Shape = shape;
    }

    /// <summary>Device that holds the bytes.</summary>
    public Device Device => _block.Device;

    /// <summary>Element type.</summary>
    public DType DType { get; }

    /// <summary>Extents, slowest axis first.</summary>
    public Shape Shape { get; }

    /// <summary>Number of elements.</summary>
    public long Count => Shape.Count;

    /// <summary>Size of the elements in bytes, without the rounding of the pool.</summary>
    public long ByteCount => Count * DType.Bytes();

    internal MemoryBlock Block => _block;

    /// <summary>Same bytes, other extents.</summary>
    /// <exception cref="ShapeException">The element counts differ.</exception>
    public Tensor Reshape(Shape shape) => shape.Count == Count
        ? new Tensor(_block, _byteOffset, DType, shape)
        : throw new ShapeException($"reshape: {Describe()} has {Count} elements, {shape} needs {shape.Count}.");

    /// <summary>The sub-array at <paramref name="index"/> of the slowest axis.</summary>
    /// <exception cref="ShapeException">The index is out of range, or the tensor is a scalar.</exception>
    public Tensor Slice(int index) => Slice(index, 1).Reshape(Shape[1..]);

    /// <summary>The sub-array of <paramref name="count"/> entries from <paramref name="start"/> on the slowest axis.</summary>
    /// <exception cref="ShapeException">The range is not inside the axis, or the tensor is a scalar.</exception>
    public Tensor Slice(int start, int count)
    {
        if (Shape.Rank == 0 || start < 0 || count < 0 || start > Shape[0] - count)
        {
            throw new ShapeException($"slice: entries {start}..{(long)start + count} are not inside the first axis of {Describe()}.");
        }

        Shape inner = Shape[1..];
        Shape shape = Shape.Create([count]).Concat(inner);
        return new Tensor(_block, _byteOffset + (start * inner.Count * DType.Bytes()), DType, shape);
    }

    /// <summary>A complex tensor as a real one with a trailing axis (re, im); a real tensor as itself.</summary>
    public Tensor AsReal() => DType.IsComplex()
        ? new Tensor(_block, _byteOffset, DType.ToReal(), Shape.Concat([2]))
        : this;

    /// <summary>A real tensor whose last axis is (re, im) as a complex one.</summary>
    /// <exception cref="ShapeException">The last axis is not 2, or the type is not real floating point.</exception>
    public Tensor AsComplex()
    {
        if (DType is not (DType.Float32 or DType.Float64) || Shape.Rank == 0 || Shape[^1] != 2)
        {
            throw new ShapeException($"complex view: {Describe()} is not a real array whose last axis is 2 = (re, im).");
        }

        return new Tensor(_block, _byteOffset, DType.ToComplex(), Shape[..^1]);
    }

    /// <summary>Address of the first element on a CPU device.</summary>
    /// <exception cref="ShapeException"><typeparamref name="T"/> is not the element type.</exception>
    /// <exception cref="ObjectDisposedException">The owner of the bytes has been disposed.</exception>
    /// <exception cref="DeviceException">The bytes are not in host memory.</exception>
    public T* Pointer<T>()
        where T : unmanaged
    {
        RequireType<T>();
        return (T*)((byte*)_block.HostAddress() + _byteOffset);
    }

    /// <summary>The elements on a CPU device, as one span.</summary>
    /// <exception cref="ShapeException">The element type is another, or there are 2^31 elements or more.</exception>
    public Span<T> Span<T>()
        where T : unmanaged => Count <= int.MaxValue
        ? new Span<T>(Pointer<T>(), (int)Count)
        : throw new ShapeException($"span: {Describe()} has more than {int.MaxValue} elements; use Pointer.");

    /// <summary>The real scalars of a real or complex tensor on a CPU device: two per complex element.</summary>
    public Span<T> RealSpan<T>()
        where T : unmanaged => AsReal().Span<T>();

    /// <summary>Copies all elements, of a tensor on any device, to a new managed array.</summary>
    /// <exception cref="ShapeException"><typeparamref name="T"/> is not the element type.</exception>
    public T[] ToArray<T>()
        where T : unmanaged
    {
        RequireType<T>();
        using OpenSpan? span = Device.Spans?.Begin("copy to host", new WorkCount(0, ByteCount));
        T[] values = new T[Count];
        Device.CopyToHost(_block, _byteOffset, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    /// <summary>The one element of a float32 or float64 tensor with a single element, on any device; 1 in a rehearsal.</summary>
    /// <exception cref="ShapeException">There is not exactly one element.</exception>
    public double Item() => Count == 1
        ? Device.IsRehearsal ? 1 : DType == DType.Float64 ? ToArray<double>()[0] : ToArray<float>()[0]
        : throw new ShapeException($"item: {Describe()} has {Count} elements, one was expected.");

    /// <summary>Copies values from host memory into this tensor, on any device.</summary>
    /// <exception cref="ShapeException">Type or number of the values differ from the tensor's.</exception>
    public void CopyFromHost<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        RequireType<T>();
        if (values.Length != Count)
        {
            throw new ShapeException($"copy: {values.Length} values into {Describe()}, which holds {Count}.");
        }

        WriteFrom(values);
    }

    /// <summary>Copies the elements of <paramref name="source"/>, of the same type and shape, on any device, into this tensor.</summary>
    /// <exception cref="ShapeException">Type or shape differ.</exception>
    public void CopyFrom(Tensor source)
    {
        if (source.DType != DType || source.Shape != Shape)
        {
            throw new ShapeException($"copy: {source.Describe()} into {Describe()}; type and shape must be equal.");
        }

        if (source.Device == Device)
        {
            using OpenSpan? span = Device.Spans?.Begin("copy", new WorkCount(0, 2 * ByteCount));
            Device.Copy(source._block, source._byteOffset, _block, _byteOffset, ByteCount);
        }
        else
        {
            CopyAcross(source);
        }
    }

    /// <summary>Sets every byte to zero.</summary>
    public void Clear()
    {
        using OpenSpan? span = Device.Spans?.Begin("clear", new WorkCount(0, ByteCount));
        Device.Clear(_block, _byteOffset, ByteCount);
    }

    /// <summary>True if the two tensors share at least one byte.</summary>
    public bool Overlaps(Tensor other) => ReferenceEquals(_block, other._block)
        && _byteOffset < other._byteOffset + other.ByteCount && other._byteOffset < _byteOffset + ByteCount;

    /// <summary>Type and shape for messages: <c>float32 [2, 3]</c>.</summary>
    public string Describe() => $"{DType.Name()} {Shape}";

    /// <inheritdoc/>
    public override string ToString() => $"{Describe()} on {Device}";

    /// <summary>Takes values of the right type and number from host memory.</summary>
    internal void WriteFrom<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        using OpenSpan? span = Device.Spans?.Begin("copy from host", new WorkCount(0, ByteCount));
        Device.CopyFromHost(AsBytes(values), _block, _byteOffset);
    }

    internal nint DeviceAddress() => (nint)(_block.DeviceAddress() + _byteOffset);

    private void RequireType<T>()
        where T : unmanaged
    {
        if (DTypes.Of<T>() != DType)
        {
            throw new ShapeException($"access: {Describe()} does not hold {DTypes.Of<T>().Name()} elements.");
        }
    }

    /// <summary>Through host memory, in pieces, whichever of the two devices is the host.</summary>
    private void CopyAcross(Tensor source)
    {
        const int Piece = 1 << 24;
        using OpenSpan? leaving = source.Device.Spans?.Begin("copy to another device", new WorkCount(0, ByteCount));
        using OpenSpan? arriving = Device.Spans?.Begin("copy from another device", new WorkCount(0, ByteCount));
        byte[] staging = new byte[Math.Min(ByteCount, Piece)];
        for (long start = 0; start < ByteCount; start += Piece)
        {
            Span<byte> piece = staging.AsSpan(0, (int)Math.Min(Piece, ByteCount - start));
            source.Device.CopyToHost(source._block, source._byteOffset + start, piece);
            Device.CopyFromHost(piece, _block, _byteOffset + start);
        }
    }

    internal static ReadOnlySpan<byte> AsBytes<T>(ReadOnlySpan<T> values)
        where T : unmanaged => MemoryMarshal.AsBytes(values);
}
