using System.Text;
using ManagedCuda.BasicTypes;
using static ManagedCuda.DriverAPINativeMethods;

namespace Stardeq.Engine;

/// <summary>
/// One NVIDIA GPU: its primary context, one stream on which everything is ordered, the kernels of kernels.cu compiled for
/// each scalar type, and transform and matrix libraries. Calls may come from any thread and are taken one at a time; a
/// graph capture keeps the device to its thread until it ends.
/// </summary>
/// <remarks>
/// Work is asynchronous: a call returns when the work is queued, and reading a tensor waits for it. Memory that goes back
/// to the pool may be handed out at once, since whatever uses it next is queued behind; uploads on a second stream are tied
/// to this order by events (<see cref="IUploadQueue"/>). The pool takes its memory by cuMemAlloc and not by
/// cuMemAllocAsync: in steady state it asks for none, its own lists already reuse in stream order, its ledger is then all
/// that the driver holds for tensors, and a graph capture meets no allocation nodes. Freeing waits for the device, which
/// happens at <see cref="MemoryPool.Trim"/> and <see cref="Dispose"/> alone.
/// </remarks>
public sealed partial class CudaDevice : Device, IDisposable
{
    /// <summary>Environment variable; 1 waits after each kernel, so that an error names the kernel that made it.</summary>
    public const string SynchronousVariable = "STARDEQ_CUDA_SYNCHRONOUS";

    private readonly Lock _gate = new(); // one native call at a time, whatever the thread
    private readonly Dictionary<DType, KernelModule> _modules = [];
    private readonly KernelCache _cache;
    private readonly KernelProgram _program;
    private readonly bool _synchronous = Environment.GetEnvironmentVariable(SynchronousVariable) == "1";
    private readonly CUdevice _device;
    private readonly CUcontext _context;
    private readonly CUstream _stream;
    private KernelCompiler? _compiler;
    private bool _disposed;

    /// <summary>Opens a device.</summary>
    /// <param name="ordinal">Its number, from 0.</param>
    /// <param name="host">The CPU device beside it; <see cref="Device.Cpu"/> if not given.</param>
    /// <exception cref="DeviceException">There is no driver, no such device, or it is older than compute capability 7.0.</exception>
    public CudaDevice(int ordinal = 0, CpuDevice? host = null)
        : this(ordinal, host ?? Cpu, KernelCache.Default(), KernelProgram.Kernels)
    {
    }

    internal CudaDevice(int ordinal, CpuDevice host, KernelCache cache, KernelProgram program)
    {
        Ordinal = ordinal;
        Host = host;
        _cache = cache;
        _program = program;
        _device = Find(ordinal);
        Name = DeviceName();
        ComputeCapability = new Version(Attribute(CUDeviceAttribute.ComputeCapabilityMajor), Attribute(CUDeviceAttribute.ComputeCapabilityMinor));
        if (ComputeCapability.Major < 7)
        {
            throw new DeviceException($"cuda: {Name} has compute capability {ComputeCapability}; 7.0 or later is needed. Use --device cpu.");
        }

        Multiprocessors = Attribute(CUDeviceAttribute.MultiProcessorCount);
        ThreadsPerMultiprocessor = Attribute(CUDeviceAttribute.MaxThreadsPerMultiProcessor);
        SharedBytesPerBlock = Math.Max(Attribute(CUDeviceAttribute.MaxSharedMemoryPerBlockOptin), Attribute(CUDeviceAttribute.MaxSharedMemoryPerBlock));
        int version = 0;
        CudaCheck.Require(cuDriverGetVersion(ref version), "asking for the driver's version");
        DriverVersion = new Version(version / 1000, version % 1000 / 10);
        CudaCheck.Require(ContextManagement.cuDevicePrimaryCtxRetain(ref _context, _device), $"taking the context of {Name}");
        try
        {
            CudaCheck.Require(ContextManagement.cuCtxSetCurrent(_context), "making the context current");
            CudaCheck.Require(Streams.cuStreamCreate(ref _stream, CUStreamFlags.NonBlocking), "making a stream");
        }
        catch (DeviceException)
        {
            _ = ContextManagement.cuDevicePrimaryCtxRelease(_device);
            throw;
        }

        Transforms = new TransformPlans(this);
        Products = new MatrixProducts(this);
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

    /// <summary>Most threads that a multiprocessor holds at once.</summary>
    public int ThreadsPerMultiprocessor { get; }

    /// <summary>Largest shared memory of a block, bytes.</summary>
    public int SharedBytesPerBlock { get; }

    /// <summary>The stream on which all work is ordered.</summary>
    public CUstream Stream => _stream;

    /// <summary>The transforms of cuFFT.</summary>
    public TransformPlans Transforms { get; }

    /// <summary>The matrix products of cuBLAS.</summary>
    public MatrixProducts Products { get; }

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
        using Lock.Scope call = Enter();
        DType real = type.ToReal();
        if (!_modules.TryGetValue(real, out KernelModule? module))
        {
            RequireNoCapture("compiling kernels");
            _modules[real] = module = IsRehearsal ? new KernelModule(this, _program, real) : new KernelModule(this, _program, Compiler, _cache, real);
        }

        return new KernelCall(this, module.Function(name));
    }

    /// <summary>Watches what this device launches until the result is disposed. Nothing is captured meanwhile.</summary>
    /// <exception cref="InvalidOperationException">Somebody watches already.</exception>
    public KernelTrace Trace() => _trace = _trace is null ? new KernelTrace(this) : throw new InvalidOperationException("trace: the device is watched already.");

    /// <inheritdoc/>
    public override void Trim()
    {
        Synchronize(); // no plan is destroyed while it runs
        if (!HasGraphs)
        {
            Transforms.Clear(); // a graph needs the tables of its plans
        }

        base.Trim();
    }

    /// <summary>Waits for all work of the stream.</summary>
    /// <exception cref="DeviceException">A kernel failed, or the stream is being captured.</exception>
    public void Synchronize()
    {
        using Lock.Scope call = Enter();
        Wait("waiting for the device");
    }

    /// <summary>Free and total bytes of the device's memory.</summary>
    public (long Free, long Total) Memory()
    {
        using Lock.Scope call = Enter();
        if (IsRehearsal)
        {
            return (0, 0);
        }

        SizeT free = 0L, total = 0L;
        Require(MemoryManagement.cuMemGetInfo_v2(ref free, ref total), "asking for free memory");
        return (free, total);
    }

    /// <summary>
    /// Gives everything back to the driver: graphs, plans, modules, streams, and the memory of every tensor of the device,
    /// all of which are invalid afterwards. Never throws, even if the device is lost.
    /// </summary>
    public void Dispose()
    {
        using Lock.Scope call = _gate.EnterScope();
        if (_disposed)
        {
            return;
        }

        if (!IsRehearsal)
        {
            _ = ContextManagement.cuCtxSetCurrent(_context); // results of clearing up are of no use to anybody
            _ = Streams.cuStreamSynchronize(_stream);
        }

        foreach (IDisposable resource in _resources.ToArray())
        {
            resource.Dispose();
        }

        Transforms.Dispose();
        Products.Dispose();
        Pool.Close();
        foreach (KernelModule module in _modules.Values)
        {
            module.Dispose();
        }

        _disposed = true;
        if (!IsRehearsal)
        {
            _ = Streams.cuStreamDestroy_v2(_stream);
            _ = ContextManagement.cuDevicePrimaryCtxRelease(_device);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"cuda:{Ordinal} ({Name})";

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
}
