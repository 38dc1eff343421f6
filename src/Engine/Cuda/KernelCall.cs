using System.Runtime.CompilerServices;

namespace Stardeq.Engine;

/// <summary>Geometry and argument values of a launch.</summary>
internal unsafe struct KernelLaunch
{
    public const int MaxArguments = 40;

    public uint GridX, GridY, GridZ, BlockX, BlockY, BlockZ;
    public int SharedBytes;
    public Arguments Values;

    /// <summary>Writes the address of each value. The launch must be on the stack, where nothing moves it.</summary>
    public readonly void PointTo(nint[] addresses)
    {
        nint first = (nint)Unsafe.AsPointer(ref Unsafe.AsRef(in Values));
        for (int i = 0; i < addresses.Length; i++)
        {
            addresses[i] = first + (i * sizeof(ulong));
        }
    }

    [InlineArray(MaxArguments)]
    public struct Arguments
    {
        private ulong _first;
    }
}

/// <summary>
/// A kernel launch under construction. Each argument is checked against the kernel's parameter list: number, order, type
/// and, for tensors, element type and device.
/// </summary>
/// <example>
/// <code>
/// cuda.Kernel("scale", x.DType).Over(n).WithReal(alpha).With(x).With(y).With(0).With(n).Launch();
/// </code>
/// </example>
public ref struct KernelCall
{
    private const int BlocksPerMultiprocessor = 32; // a grid-stride loop gains nothing from more

    private readonly CudaDevice _device;
    private readonly CudaFunction _function;
    private KernelLaunch _launch;
    private Tensors _tensors;
    private int _count;

    internal KernelCall(CudaDevice device, CudaFunction function)
    {
        _device = device;
        _function = function;
        _launch.GridX = _launch.GridY = _launch.GridZ = 1;
        _launch.BlockX = (uint)Math.Min(256, function.MaxThreads);
        _launch.BlockY = _launch.BlockZ = 1;
    }

    /// <summary>A one-dimensional grid for a kernel that loops over items in steps of the whole grid.</summary>
    public KernelCall Over(long items, int perBlock = 256)
    {
        KernelCall call = Block(perBlock);
        call._launch.GridX = (uint)Math.Min((items + perBlock - 1) / perBlock, (long)_device.Multiprocessors * BlocksPerMultiprocessor);
        return call;
    }

    /// <summary>Exactly this many blocks. A grid without blocks launches nothing.</summary>
    /// <exception cref="DeviceException">More than 2^31 - 1 blocks along x, or 65535 along y or z.</exception>
    public KernelCall Grid(long x, long y = 1, long z = 1)
    {
        if (x is < 0 or > int.MaxValue || y is < 0 or > 65535 || z is < 0 or > 65535)
        {
            throw new DeviceException($"cuda: a grid of {x} x {y} x {z} blocks for {_function.Signature.Name} is beyond the limits 2147483647, 65535, 65535.");
        }

        KernelCall call = this;
        (call._launch.GridX, call._launch.GridY, call._launch.GridZ) = ((uint)x, (uint)y, (uint)z);
        return call;
    }

    /// <summary>Threads of a block.</summary>
    /// <exception cref="DeviceException">More than the kernel's launch bounds allow.</exception>
    public KernelCall Block(int x, int y = 1, int z = 1)
    {
        if ((long)x * y * z is < 1 || (long)x * y * z > _function.MaxThreads)
        {
            throw new DeviceException($"cuda: a block of {x} x {y} x {z} threads for {_function.Signature.Name}, whose limit is {_function.MaxThreads}.");
        }

        KernelCall call = this;
        (call._launch.BlockX, call._launch.BlockY, call._launch.BlockZ) = ((uint)x, (uint)y, (uint)z);
        return call;
    }

    /// <summary>Bytes of dynamic shared memory.</summary>
    /// <exception cref="DeviceException">More than the device has for a block.</exception>
    public KernelCall SharedBytes(int bytes)
    {
        if (bytes < 0 || bytes > _device.SharedBytesPerBlock)
        {
            throw new DeviceException($"cuda: {bytes} bytes of shared memory for {_function.Signature.Name}; a block of {_device} has {_device.SharedBytesPerBlock}.");
        }

        KernelCall call = this;
        call._launch.SharedBytes = bytes;
        return call;
    }

    /// <summary>The next argument: the address of a tensor of the pointer's type. Real pointers take complex tensors as pairs.</summary>
    public KernelCall With(Tensor tensor)
    {
        KernelParameter parameter = Next();
        bool fits = parameter.Kind switch
        {
            ParameterKind.RealPointer => tensor.DType.ToReal() == _function.Real,
            ParameterKind.ComplexPointer => tensor.DType.IsComplex() && tensor.DType.ToReal() == _function.Real,
            ParameterKind.DoublePointer => tensor.DType.IsDouble(),
            ParameterKind.IntPointer => tensor.DType == DType.Int32,
            _ => false,
        };
        if (!fits)
        {
            throw Wrong(parameter, $"the tensor {tensor.Describe()}");
        }

        if (tensor.Device != _device)
        {
            throw new DeviceException($"cuda: parameter {parameter.Name} of {_function.Signature.Name} is {tensor.Describe()} on {tensor.Device}; it must be on {_device}.");
        }

        KernelCall call = Add((ulong)tensor.DeviceAddress());
        call._tensors[_count] = tensor;
        return call;
    }

    /// <summary>As <see cref="With(Tensor)"/>, or a null pointer.</summary>
    public KernelCall WithOptional(Tensor? tensor)
    {
        if (tensor is not null)
        {
            return With(tensor);
        }

        KernelParameter parameter = Next();
        return parameter.IsPointer ? Add(0) : throw Wrong(parameter, "a null pointer");
    }

    /// <summary>The next argument, of type int.</summary>
    public KernelCall With(int value) => Next() is { Kind: ParameterKind.Int } ? Add((uint)value) : throw Wrong(Next(), "an int");

    /// <summary>The next argument, of type index_t.</summary>
    public KernelCall With(long value) => Next() is { Kind: ParameterKind.Index } ? Add((ulong)value) : throw Wrong(Next(), "an index_t");

    /// <summary>The next argument, of type unsigned long long.</summary>
    public KernelCall With(ulong value) => Next() is { Kind: ParameterKind.Unsigned } ? Add(value) : throw Wrong(Next(), "an unsigned long long");

    /// <summary>The next argument, of type real: rounded to the module's precision.</summary>
    public KernelCall WithReal(double value) => Next() is { Kind: ParameterKind.Real }
        ? Add(_function.Real == DType.Float64 ? BitConverter.DoubleToUInt64Bits(value) : BitConverter.SingleToUInt32Bits((float)value))
        : throw Wrong(Next(), "a real");

    /// <summary>The next argument, of type double in either module.</summary>
    public KernelCall WithDouble(double value) =>
        Next() is { Kind: ParameterKind.Double } ? Add(BitConverter.DoubleToUInt64Bits(value)) : throw Wrong(Next(), "a double");

    /// <summary>Queues the launch; returns at once.</summary>
    /// <exception cref="DeviceException">An argument is missing, or the driver refuses the launch.</exception>
    public readonly void Launch()
    {
        IReadOnlyList<KernelParameter> parameters = _function.Signature.Parameters;
        if (_count != parameters.Count)
        {
            throw new DeviceException($"cuda: {_function.Signature.Name} was given {_count} arguments; it takes {parameters.Count} "
                + $"({string.Join(", ", parameters.Select(p => p.Name))}).");
        }

        if ((ulong)_launch.GridX * _launch.GridY * _launch.GridZ > 0)
        {
            KernelLaunch launch = _launch; // on the stack: its address stays put
            _device.Launch(in launch, _function, ((ReadOnlySpan<Tensor?>)_tensors)[.._count]);
        }
    }

    private readonly KernelParameter Next() => _count < _function.Signature.Parameters.Count
        ? _function.Signature.Parameters[_count]
        : throw new DeviceException($"cuda: {_function.Signature.Name} takes {_function.Signature.Parameters.Count} arguments; there are more.");

    private readonly KernelCall Add(ulong value)
    {
        KernelCall call = this;
        call._launch.Values[_count] = value;
        call._count++;
        return call;
    }

    private readonly DeviceException Wrong(KernelParameter parameter, string came) => new(
        $"cuda: parameter {_count} ({parameter.Name}) of {_function.Signature.Name} is a {parameter.Kind} of the {_function.Real.Name()} module; {came} does not fit.");

    [InlineArray(KernelLaunch.MaxArguments)]
    private struct Tensors
    {
        private Tensor? _first;
    }
}
