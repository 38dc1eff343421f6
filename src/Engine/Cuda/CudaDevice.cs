using System.Text;
using ManagedCuda;
using ManagedCuda.BasicTypes;
using static ManagedCuda.DriverAPINativeMethods;

namespace Stardeq.Engine;

/// <summary>
/// One NVIDIA GPU: its primary context, one stream on which everything is ordered, the kernels of kernels.cu compiled for
/// each scalar type, and transform and matrix libraries. Calls may come from any thread, one at a time.
/// </summary>
/// <remarks>
/// Work is asynchronous: a call returns when the work is queued, and reading a tensor waits for it. Memory that goes back
/// to the pool may be handed out at once, since whatever uses it next is queued behind.
/// </remarks>
public sealed partial class CudaDevice : Device, IDisposable
{
    /// <summary>Environment variable; 1 waits after each kernel, so that an error names the kernel that made it.</summary>
    public const string SynchronousVariable = "STARDEQ_CUDA_SYNCHRONOUS";

    private readonly Lock _launch = new();
    private readonly Dictionary<DType, KernelModule> _modules = [];
    private readonly KernelCache _cache;
    private readonly bool _synchronous = Environment.GetEnvironmentVariable(SynchronousVariable) == "1";
    private readonly CUdevice _device;
    private readonly CUcontext _context;
    private readonly CUstream _stream;
    private KernelCompiler? _compiler;
    private string _lastKernel = "none";
    private KernelTrace? _trace;
    private bool _disposed;

    /// <summary>Opens a device.</summary>
    /// <param name="ordinal">Its number, from 0.</param>
    /// <param name="host">The CPU device beside it; <see cref="Device.Cpu"/> if not given.</param>
    /// <exception cref="DeviceException">There is no driver, no such device, or it is older than compute capability 7.0.</exception>
    public CudaDevice(int ordinal = 0, CpuDevice? host = null)
        : this(ordinal, host ?? Cpu, KernelCache.Default())
    {
    }

    internal CudaDevice(int ordinal, CpuDevice host, KernelCache cache)
    {
        Ordinal = ordinal;
        Host = host;
        _cache = cache;
        _device = Find(ordinal);
        Name = DeviceName();
        ComputeCapability = new Version(Attribute(CUDeviceAttribute.ComputeCapabilityMajor), Attribute(CUDeviceAttribute.ComputeCapabilityMinor));
        if (ComputeCapability.Major < 7)
        {
            throw new DeviceException($"cuda: {Name} has compute capability {ComputeCapability}; 7.0 or later is needed. Use --device cpu.");
        }

        Multiprocessors = Attribute(CUDeviceAttribute.MultiProcessorCount);
        SharedBytesPerBlock = Math.Max(Attribute(CUDeviceAttribute.MaxSharedMemoryPerBlockOptin), Attribute(CUDeviceAttribute.MaxSharedMemoryPerBlock));
        int version = 0;
        CudaCheck.Require(cuDriverGetVersion(ref version), "asking for the driver's version");
        DriverVersion = new Version(version / 1000, version % 1000 / 10);
        CudaCheck.Require(ContextManagement.cuDevicePrimaryCtxRetain(ref _context, _device), $"taking the context of {Name}");
        MakeCurrent();
        CudaCheck.Require(Streams.cuStreamCreate(ref _stream, CUStreamFlags.NonBlocking), "making a stream");
        Transforms = new TransformPlans(this);
    }

    /// <summary>Number of the device.</summary>
    public int Ordinal { get; }

    /// <summary>Name of the device.</summary>
    public string Name { get; }

    /// <summary>Compute capability.</summary>
    public Version ComputeCapability { get; }

    /// <summary>Newest CUDA version that the driver runs.</summary>
    public Version DriverVersion { get; }

    /// <summary>Version of the run-time compiler.</summary>
    public Version CompilerVersion => Compiler.Version;

    /// <summary>Number of multiprocessors.</summary>
    public int Multiprocessors { get; }

    /// <summary>Largest shared memory of a block, bytes.</summary>
    public int SharedBytesPerBlock { get; }

    /// <summary>The stream on which all work is ordered.</summary>
    public CUstream Stream => _stream;

    /// <summary>The transforms of cuFFT.</summary>
    public TransformPlans Transforms { get; }

    /// <inheritdoc/>
    public override bool IsHost => false;

    /// <inheritdoc/>
    public override CpuDevice Host { get; }

    private KernelCompiler Compiler => _compiler ??= new KernelCompiler(ComputeCapability);

    /// <summary>Whether a driver and a device of this number are there.</summary>
    /// <param name="ordinal">Number of the device.</param>
    /// <param name="reason">Why not; empty if they are.</param>
    public static bool IsAvailable(int ordinal, out string reason)
    {
        try
        {
            Find(ordinal);
            reason = "";
            return true;
        }
        catch (DeviceException e)
        {
            reason = e.Message;
            return false;
        }
    }

    /// <summary>Starts a call of a kernel.</summary>
    /// <param name="name">Its name in kernels.cu.</param>
    /// <param name="type">A type of the precision in which it computes: complex64 means float, complex128 double.</param>
    /// <exception cref="DeviceException">There is no such kernel, or the kernels do not compile.</exception>
    public KernelCall Kernel(string name, DType type)
    {
        lock (_launch)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            MakeCurrent();
            DType real = type.ToReal();
            if (!_modules.TryGetValue(real, out KernelModule? module))
            {
                _modules[real] = module = new KernelModule(Compiler, _cache, real, Name);
            }

            return new KernelCall(this, module.Function(name));
        }
    }

    /// <summary>Makes the device's context current on this thread.</summary>
    public void MakeCurrent() => CudaCheck.Require(ContextManagement.cuCtxSetCurrent(_context), "making the context current");

    /// <summary>Watches the kernels of this device until the result is disposed.</summary>
    /// <exception cref="InvalidOperationException">Somebody watches already.</exception>
    public KernelTrace Trace() => _trace = _trace is null ? new KernelTrace(this) : throw new InvalidOperationException("trace: the device is watched already.");

    /// <inheritdoc/>
    public override void Trim()
    {
        Synchronize(); // no plan is destroyed while it runs
        Transforms.Clear();
        base.Trim();
    }

    /// <summary>Waits for all work of the stream.</summary>
    /// <exception cref="DeviceException">A kernel failed.</exception>
    public void Synchronize()
    {
        MakeCurrent();
        CudaCheck.Require(Streams.cuStreamSynchronize(_stream), "waiting for the stream", Situation);
    }

    /// <summary>Free and total bytes of the device's memory.</summary>
    public (long Free, long Total) Memory()
    {
        MakeCurrent();
        SizeT free = 0L, total = 0L;
        CudaCheck.Require(MemoryManagement.cuMemGetInfo_v2(ref free, ref total), "asking for free memory");
        return (free, total);
    }

    /// <summary>Gives everything back to the driver. Tensors of the device are invalid afterwards.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        MakeCurrent();
        Streams.cuStreamSynchronize(_stream);
        Transforms.Dispose();
        Pool.Trim();
        foreach (KernelModule module in _modules.Values)
        {
            module.Dispose();
        }

        Streams.cuStreamDestroy_v2(_stream);
        ContextManagement.cuDevicePrimaryCtxRelease(_device);
    }

    /// <inheritdoc/>
    public override string ToString() => $"cuda:{Ordinal} ({Name})";

    internal void EndTrace(KernelTrace trace) => _trace = _trace == trace ? null : _trace;

    internal void Launch(ref readonly KernelLaunch launch, CudaFunction function)
    {
        lock (_launch)
        {
            MakeCurrent();
            function.AllowShared(launch.SharedBytes);
            launch.PointTo(function.Addresses);
            _lastKernel = function.Signature.Name;
            CUevent start = _trace?.Begin() ?? default;
            CudaCheck.Require(
                DriverAPINativeMethods.Launch.cuLaunchKernel(function.Handle, launch.GridX, launch.GridY, launch.GridZ, launch.BlockX, launch.BlockY, launch.BlockZ,
                    (uint)launch.SharedBytes, _stream, function.Addresses, null),
                $"launching {function.Signature.Name}", Situation);
            _trace?.End(function.Signature.Name, start);
            if (_synchronous)
            {
                CudaCheck.Require(Streams.cuStreamSynchronize(_stream), $"kernel {function.Signature.Name}", Situation);
            }
        }
    }

    internal override nint AllocateFromSystem(long bytes)
    {
        MakeCurrent();
        CUdeviceptr address = default;
        CUResult result = MemoryManagement.cuMemAlloc_v2(ref address, bytes);
        if (result is not (CUResult.Success or CUResult.ErrorOutOfMemory))
        {
            throw CudaCheck.Failure(result, $"allocating {bytes:N0} bytes", Situation());
        }

        return result == CUResult.Success ? (nint)(long)address.Pointer : 0;
    }

    internal override void FreeToSystem(nint address, long bytes)
    {
        MakeCurrent();
        MemoryManagement.cuMemFree_v2(Pointer(address)); // waits for work that uses it
    }

    internal override unsafe void CopyFromHost(ReadOnlySpan<byte> source, MemoryBlock target, long targetOffset)
    {
        MakeCurrent();
        fixed (byte* bytes = source)
        {
            // From pageable memory the driver takes its own copy before it returns.
            CudaCheck.Require(
                AsynchronousMemcpy_v2.cuMemcpyHtoDAsync_v2(Pointer(target, targetOffset), (nint)bytes, source.Length, _stream), $"uploading {source.Length:N0} bytes", Situation);
        }
    }

    internal override unsafe void CopyToHost(MemoryBlock source, long sourceOffset, Span<byte> target)
    {
        MakeCurrent();
        fixed (byte* bytes = target)
        {
            CudaCheck.Require(
                AsynchronousMemcpy_v2.cuMemcpyDtoHAsync_v2((nint)bytes, Pointer(source, sourceOffset), target.Length, _stream), $"downloading {target.Length:N0} bytes", Situation);
            CudaCheck.Require(Streams.cuStreamSynchronize(_stream), "waiting for a download", Situation);
        }
    }

    internal override void Copy(MemoryBlock source, long sourceOffset, MemoryBlock target, long targetOffset, long bytes)
    {
        MakeCurrent();
        CudaCheck.Require(
            AsynchronousMemcpy_v2.cuMemcpyDtoDAsync_v2(Pointer(target, targetOffset), Pointer(source, sourceOffset), bytes, _stream), $"copying {bytes:N0} bytes", Situation);
    }

    internal override void Clear(MemoryBlock block, long offset, long bytes)
    {
        if (bytes > 0)
        {
            MakeCurrent();
            CudaCheck.Require(MemsetAsync.cuMemsetD8Async(Pointer(block, offset), 0, bytes, _stream), $"clearing {bytes:N0} bytes", Situation);
        }
    }

    internal static CUdeviceptr Pointer(nint address) => new() { Pointer = (long)address };

    private static CUdeviceptr Pointer(MemoryBlock block, long offset) => Pointer((nint)(block.DeviceAddress() + offset));

    private static CUdevice Find(int ordinal)
    {
        CudaLibraries.Require(CudaLibrary.Driver);
        CudaCheck.Require(cuInit(CUInitializationFlags.None), "starting the driver");
        int count = 0;
        CudaCheck.Require(DeviceManagement.cuDeviceGetCount(ref count), "counting devices");
        if (ordinal < 0 || ordinal >= count)
        {
            throw new DeviceException($"cuda: there is no device {ordinal}; the driver has {count} (numbered from 0).");
        }

        CUdevice device = default;
        CudaCheck.Require(DeviceManagement.cuDeviceGet(ref device, ordinal), $"opening device {ordinal}");
        return device;
    }

    private int Attribute(CUDeviceAttribute attribute)
    {
        int value = 0;
        CudaCheck.Require(DeviceManagement.cuDeviceGetAttribute(ref value, attribute, _device), $"asking for {attribute}");
        return value;
    }

    private string DeviceName()
    {
        byte[] name = new byte[256];
        CudaCheck.Require(DeviceManagement.cuDeviceGetName(name, name.Length, _device), "asking for the device's name");
        return Encoding.ASCII.GetString(name).TrimEnd('\0');
    }

    private string Situation() => $"Last kernel: {_lastKernel}. Memory: {Ledger.Summary()}.";
}
