using System.Globalization;
using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>The device that a name asks for.</summary>
/// <param name="Device">The device; whoever asked disposes it if it is a GPU.</param>
/// <param name="Description">What was taken and, for <c>auto</c>, why; one line.</param>
public sealed record DeviceChoice(Device Device, string Description)
{
    /// <summary>Opens a device.</summary>
    /// <param name="name"><c>cpu</c>; <c>cuda</c> or <c>cuda:INDEX</c>; or <c>auto</c>, which takes the first GPU that computes right, and
    /// else the CPU.</param>
    /// <param name="threads">Threads of the CPU, 0 for one per logical processor.</param>
    /// <exception cref="DeviceException">The device that was named is not there, or does not compute right.</exception>
    /// <exception cref="InputException">The name is not that of a device.</exception>
    public static DeviceChoice Open(string name, int threads)
    {
        CpuDevice cpu = Processor(threads);
        switch (name)
        {
            case "cpu":
                return new(cpu, $"{cpu}");
            case "auto":
                return OpenAny(cpu);
            case "cuda":
                return OpenCuda(0, cpu);
            default:
                return name.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(name.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out int index)
                    ? OpenCuda(index, cpu)
                    : throw new InputException($"--device: got '{name}', expected auto, cpu, cuda or cuda:INDEX.");
        }
    }

    /// <summary>The CPU with some threads, 0 for one per logical processor.</summary>
    public static CpuDevice Processor(int threads) => threads == 0 ? Device.Cpu : new CpuDevice(threads);

    private static DeviceChoice OpenAny(CpuDevice cpu)
    {
        if (!CudaDevice.IsAvailable(0, out string reason))
        {
            return new(cpu, $"{cpu}; no GPU: {Brief(reason)} ('stardeq doctor --device cuda' says more)");
        }

        try
        {
            return OpenCuda(0, cpu);
        }
        catch (DeviceException failure)
        {
            return new(cpu, $"{cpu}; the GPU is not used: {failure.Message}");
        }
    }

    /// <summary>The first part of a message: where libraries were looked for is of no interest to most.</summary>
    private static string Brief(string message) => message.Split([". ", "; "], StringSplitOptions.None)[0].TrimEnd('.');

    private static DeviceChoice OpenCuda(int index, CpuDevice cpu)
    {
        CudaDevice cuda = Device.Cuda(index, cpu);
        try
        {
            RequireRightSums(cuda);
        }
        catch
        {
            cuda.Dispose();
            throw;
        }

        return new(cuda, $"{cuda}, compute capability {cuda.ComputeCapability}, driver for CUDA {cuda.DriverVersion}");
    }

    /// <summary>A transform of known energy through the run-time compiler, a library and our own kernels: what a broken
    /// installation does not survive.</summary>
    private static void RequireRightSums(CudaDevice cuda)
    {
        const int Side = 16;
        using var scope = new TensorScope(cuda, MemoryOwner.Workspace);
        Tensor image = scope.New(DType.Complex64, [Side, Side]), spectrum = scope.Like(image);
        RandomFill.Normal(image, new CounterRandom(1));
        Fft.Forward(image, spectrum, axes: 2, FftNorm.Orthonormal, centred: true);
        double before = Reduce.SumOfSquares(image), after = Reduce.SumOfSquares(spectrum);

        // Parseval; each value errs by some 8 roundings of 6e-8, and 512 of them are summed.
        if (!(Math.Abs(after - before) <= 1e-5 * before) || !(before > 0))
        {
            throw new DeviceException(string.Create(CultureInfo.InvariantCulture,
                $"cuda: {cuda} does not compute right: a transform turned the energy {before:g9} into {after:g9}. Check driver and libraries; use --device cpu."));
        }
    }
}
