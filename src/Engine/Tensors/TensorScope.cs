using System.Runtime.CompilerServices;

namespace Stardeq.Engine;

/// <summary>
/// Owns tensors and gives their bytes back to the pool when it is disposed. Every byte has exactly one owner: a scope
/// with a <see cref="MemoryOwner"/> name under which the ledger counts it. Not thread-safe.
/// </summary>
/// <remarks>The last argument of whatever makes a tensor is the source file that calls, filled in by the compiler; the ledger
/// keeps it, so that the bytes of a tape are told apart by the operation that made them.</remarks>
/// <example>
/// <code>
/// using var scope = new TensorScope(device, MemoryOwner.Workspace);
/// Tensor grid = scope.Zeros(DType.Complex64, [8, 256, 256]);
/// </code>
/// </example>
public sealed class TensorScope : IDisposable
{
    private readonly List<MemoryBlock> _blocks = [];
    private bool _disposed;

    /// <summary>An empty scope.</summary>
    /// <param name="device">Device on which the tensors are made.</param>
    /// <param name="owner">Name under which the ledger counts their bytes.</param>
    public TensorScope(Device device, MemoryOwner owner)
    {
        Device = device;
        Owner = owner;
    }

    /// <summary>Device on which the tensors are made.</summary>
    public Device Device { get; }

    /// <summary>Name under which the ledger counts the bytes.</summary>
    public MemoryOwner Owner { get; }

    /// <summary>A tensor with undefined content.</summary>
    public Tensor New(DType dtype, Shape shape, [CallerFilePath] string origin = "")
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        MemoryBlock block = Device.Pool.Rent(shape.Count * dtype.Bytes(), Owner, origin);
        _blocks.Add(block);
        return new Tensor(block, 0, dtype, shape);
    }

    /// <summary>A tensor of zeros.</summary>
    public Tensor Zeros(DType dtype, Shape shape, [CallerFilePath] string origin = "")
    {
        Tensor tensor = New(dtype, shape, origin);
        tensor.Clear();
        return tensor;
    }

    /// <summary>A tensor with the type and shape of <paramref name="other"/>, content undefined.</summary>
    public Tensor Like(Tensor other, [CallerFilePath] string origin = "") => New(other.DType, other.Shape, origin);

    /// <summary>A tensor with the type, shape and content of <paramref name="other"/>.</summary>
    public Tensor Clone(Tensor other, [CallerFilePath] string origin = "")
    {
        Tensor copy = Like(other, origin);
        copy.CopyFrom(other);
        return copy;
    }

    /// <summary>A tensor with the given elements.</summary>
    /// <exception cref="ShapeException">The number of values is not that of the shape.</exception>
    public Tensor From<T>(Shape shape, ReadOnlySpan<T> values, [CallerFilePath] string origin = "")
        where T : unmanaged
    {
        if (values.Length != shape.Count)
        {
            throw new ShapeException($"tensor: {values.Length} values for shape {shape}, which holds {shape.Count}.");
        }

        Tensor tensor = New(DTypes.Of<T>(), shape, origin);
        tensor.WriteFrom(values);
        return tensor;
    }

    /// <summary>A tensor with the given elements.</summary>
    public Tensor From<T>(Shape shape, T[] values, [CallerFilePath] string origin = "")
        where T : unmanaged => From(shape, (ReadOnlySpan<T>)values, origin);

    /// <summary>The tensor itself if it is on this scope's device; otherwise a copy on it, which the scope owns.</summary>
    /// <remarks>Whether the result shares bytes with <paramref name="tensor"/> depends on the devices: only read it.</remarks>
    public Tensor Bring(Tensor tensor, [CallerFilePath] string origin = "") => tensor.Device == Device ? tensor : Clone(tensor, origin);

    /// <summary>Makes this scope the owner of a tensor (not a view of a part) that another scope owns.</summary>
    /// <param name="tensor">Tensor made by <paramref name="from"/>.</param>
    /// <param name="from">Present owner.</param>
    /// <returns>The same tensor.</returns>
    /// <exception cref="InvalidOperationException"><paramref name="from"/> does not own the tensor.</exception>
    /// <exception cref="DeviceException">The scopes are on different devices.</exception>
    public Tensor Adopt(Tensor tensor, TensorScope from)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (from.Device != Device)
        {
            throw new DeviceException($"adopt: {tensor.Describe()} is on {from.Device}, the new scope on {Device}; copy it instead.");
        }

        if (!from._blocks.Remove(tensor.Block))
        {
            throw new InvalidOperationException($"adopt: {tensor.Describe()} does not belong to the {from.Owner} scope given.");
        }

        MemoryPool.ChangeOwner(tensor.Block, Owner);
        _blocks.Add(tensor.Block);
        return tensor;
    }

    /// <summary>True if the bytes of a tensor, or those that it is a view of, belong to this scope.</summary>
    public bool Owns(Tensor tensor) => _blocks.Contains(tensor.Block);

    /// <summary>Gives one tensor's bytes back before the scope ends.</summary>
    /// <exception cref="InvalidOperationException">The scope does not own the tensor.</exception>
    public void Free(Tensor tensor)
    {
        int position = _blocks.LastIndexOf(tensor.Block);
        if (position < 0)
        {
            throw new InvalidOperationException($"free: {tensor.Describe()} does not belong to this {Owner} scope.");
        }

        _blocks.RemoveAt(position);
        Device.Pool.Return(tensor.Block);
    }

    /// <summary>Gives the bytes of all tensors back; the scope stays usable.</summary>
    public void Clear()
    {
        for (int i = _blocks.Count - 1; i >= 0; i--)
        {
            Device.Pool.Return(_blocks[i]);
        }

        _blocks.Clear();
    }

    /// <summary>Gives all bytes back to the pool.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            Clear();
            _disposed = true;
        }
    }
}
