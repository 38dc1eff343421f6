using System.Globalization;
using System.Runtime.InteropServices;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>One thing that <see cref="Doctor"/> looked at.</summary>
/// <param name="Name">What.</param>
/// <param name="Finding">What was found.</param>
/// <param name="IsHealthy">False if something is wrong with it.</param>
public readonly record struct DoctorFinding(string Name, string Finding, bool IsHealthy = true);

/// <summary>Looks in seconds whether program, machine and device are fit for work.</summary>
public static class Doctor
{
    /// <summary>Versions, machine, memory, on a GPU its libraries and every kernel against the CPU, and every law of <see cref="SelfCheck"/>.</summary>
    public static IEnumerable<DoctorFinding> Examine(Device device)
    {
        (string version, string? commit) = RunRecord.Program();
        yield return new("program", $"stardeq {version}{(commit is null ? "" : $", commit {commit}")}");
        yield return new("runtime", RuntimeInformation.FrameworkDescription);
        yield return new("system", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}");
        yield return new("processor", $"{Environment.ProcessorCount} logical, vectors of {RunRecord.VectorBits()} bits");
        yield return new("memory", FormattableString.Invariant($"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1 << 30):F1} GiB"));
        yield return new("device", $"{device}");
        device.Trim();
        long before = device.Ledger.CurrentBytes;
        foreach (DoctorFinding finding in device is CudaDevice cuda ? ExamineGpu(cuda) : [])
        {
            yield return finding;
        }

        foreach (IGrouping<string, CheckLine> check in SelfCheck.Run(device).GroupBy(line => line.Name))
        {
            yield return Describe(check);
        }

        device.Trim();
        long left = device.Ledger.CurrentBytes - before;
        yield return new("memory after the checks", left == 0 ? "all given back" : $"{left:N0} bytes not given back", left == 0);
    }

    private static IEnumerable<DoctorFinding> ExamineGpu(CudaDevice cuda)
    {
        (long free, long total) = cuda.Memory();
        yield return new("GPU", string.Create(CultureInfo.InvariantCulture,
            $"compute capability {cuda.ComputeCapability}, {cuda.Multiprocessors} multiprocessors, {free / (double)(1 << 30):F1} of {total / (double)(1 << 30):F1} GiB free"));
        yield return new("CUDA", $"driver {cuda.DriverVersion}, NVRTC {cuda.CompilerVersion}");
        foreach (string library in CudaLibraries.Describe())
        {
            yield return new("library", library);
        }

        foreach (KernelLine line in DeviceComparison.Run(cuda))
        {
            yield return new($"{line.Kernel} {line.Precision}", line.Launches == 0
                ? "no operation starts it"
                : string.Create(CultureInfo.InvariantCulture, $"{line.Error:0.0e+0} (<= {line.Tolerance:0.0e+0}) in {line.Operation}, {line.Microseconds:0.0} us"), line.Passed);
        }
    }

    private static DoctorFinding Describe(IGrouping<string, CheckLine> check) => new(
        check.Key,
        string.Join(", ", check.Select(line => string.Create(CultureInfo.InvariantCulture, $"{line.Law}: {line.Error:0.0e+0}"))),
        check.All(line => line.Passed));
}
