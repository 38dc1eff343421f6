using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>One kernel of a GPU in one precision, held against the CPU.</summary>
/// <param name="Kernel">Name in kernels.cu.</param>
/// <param name="Precision">float32 or float64.</param>
/// <param name="Operation">The operation with this kernel that came closest to its tolerance.</param>
/// <param name="Error">Its relative distance ‖gpu − cpu‖ / ‖cpu‖.</param>
/// <param name="Tolerance">What it may be.</param>
/// <param name="Launches">How often the kernel ran.</param>
/// <param name="Microseconds">Median time on the device.</param>
public readonly record struct KernelLine(string Kernel, string Precision, string Operation, double Error, double Tolerance, int Launches, double Microseconds)
{
    /// <summary>True if every operation with this kernel agrees.</summary>
    public bool Passed => Launches > 0 && Error <= Tolerance;
}

/// <summary>Runs every kernel of a GPU on small inputs and compares what comes out with the CPU.</summary>
public static class DeviceComparison
{
    /// <summary>One line per kernel of kernels.cu and precision in which it is used, in the order of the file. A kernel that no
    /// operation starts in any precision has a line too, and does not pass.</summary>
    /// <exception cref="DeviceException">A kernel fails.</exception>
    public static IReadOnlyList<KernelLine> Run(CudaDevice cuda)
    {
        KernelLine[] lines = [.. ((DType[])[DType.Float32, DType.Float64]).SelectMany(real => Run(cuda, real))];
        var started = lines.Select(line => line.Kernel).ToHashSet();
        return [.. lines, .. KernelSource.Signatures.Keys.Where(kernel => !started.Contains(kernel))
            .Select(kernel => new KernelLine(kernel, "", "none", double.NaN, 0, 0, double.NaN))];
    }

    private static IEnumerable<KernelLine> Run(CudaDevice cuda, DType real)
    {
        (DeviceCase Case, double Error, IReadOnlyList<TracedLaunch> Launches)[] outcomes = [.. DeviceCases.All.Select(check => Compare(cuda, check, real))];
        double epsilon = real.IsDouble() ? Math.ScaleB(1, -52) : Math.ScaleB(1, -23);
        foreach (string kernel in KernelSource.Signatures.Keys)
        {
            var with = outcomes.Where(outcome => outcome.Launches.Any(launch => launch.Kernel == kernel)).ToArray();
            double[] times = [.. with.SelectMany(outcome => outcome.Launches).Where(launch => launch.Kernel == kernel).Select(launch => launch.Microseconds).Order()];
            if (times.Length > 0)
            {
                // NaN, the worst error of all, is the least number to MaxBy.
                var worst = with.MaxBy(outcome => double.IsNaN(outcome.Error) ? double.PositiveInfinity : outcome.Error / Math.Max(outcome.Case.Roundings, epsilon));
                yield return new(kernel, real.Name(), worst.Case.Name, worst.Error, worst.Case.Roundings * epsilon, times.Length, times[times.Length / 2]);
            }
        }
    }

    private static (DeviceCase Case, double Error, IReadOnlyList<TracedLaunch> Launches) Compare(CudaDevice cuda, DeviceCase check, DType real)
    {
        using TensorScope host = new(cuda.Host, MemoryOwner.Workspace), device = new(cuda, MemoryOwner.Workspace);
        DeviceRun expected = new(host, real), actual = new(device, real);
        check.Run(expected);
        using KernelTrace trace = cuda.Trace();
        check.Run(actual);
        double distance = Math.Sqrt(actual.Results.Zip(expected.Results, (a, b) => (a - b) * (a - b)).Sum());
        double error = actual.Results.Count == expected.Results.Count ? distance / Math.Sqrt(expected.Results.Sum(v => v * v)) : double.NaN;
        return (check, error, trace.Read());
    }
}
