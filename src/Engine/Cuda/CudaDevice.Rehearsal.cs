namespace Stardeq.Engine;

/// <content>A GPU that is not there.</content>
public sealed partial class CudaDevice
{
    // That of an H100; launches are as large as its multiprocessors want them.
    private const int RehearsedMultiprocessors = 132, RehearsedThreads = 2048, RehearsedSharedBytes = 227 * 1024;

    private CudaDevice(CpuDevice host)
    {
        (Host, _cache, _program) = (host, KernelCache.Default(), KernelProgram.Kernels);
        (Name, ComputeCapability, DriverVersion) = ("rehearsal", new Version(9, 0), new Version(12, 0));
        (Multiprocessors, ThreadsPerMultiprocessor, SharedBytesPerBlock) = (RehearsedMultiprocessors, RehearsedThreads, RehearsedSharedBytes);
        IsRehearsal = true;
        Transforms = new TransformPlans(this);
        Products = new MatrixProducts(this);
    }

    /// <inheritdoc/>
    public override bool IsRehearsal { get; }

    /// <summary>
    /// A GPU for rehearsals (<see cref="CpuDevice.Rehearsal"/>), which needs no driver: launches are checked and go nowhere, memory is handed
    /// out and counted, uploads arrive, and what kernels would have written is not there. The work area of transforms,
    /// which only cuFFT knows, is taken as large as their data.
    /// </summary>
    /// <param name="host">A CPU device for rehearsals.</param>
    public static CudaDevice Rehearsal(CpuDevice host) => host.IsRehearsal
        ? new(host)
        : throw new ArgumentException("rehearsal: the host must be a rehearsal too.", nameof(host));
}
