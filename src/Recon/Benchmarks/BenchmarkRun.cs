using System.Runtime.InteropServices;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>What to measure.</summary>
public sealed record BenchmarkRequest
{
    /// <summary>Part of the names of the cases to run, in any case; empty takes all.</summary>
    public string Case { get; init; } = "";

    /// <summary>Where the numbers go as JSON; null for nowhere.</summary>
    public string? JsonPath { get; init; }

    /// <summary>One run of each case, to see that it works.</summary>
    public bool Once { get; init; }
}

/// <summary>Measures the time of kernels, models and reconstructions beside what the machine can do.</summary>
public static class BenchmarkRun
{
    /// <summary>Names of all cases, in the order in which they run.</summary>
    public static IReadOnlyList<string> Cases { get; } = [.. BenchmarkCase.All().Select(one => one.Name)];

    /// <summary>Runs the cases; each line is written as soon as it is known.</summary>
    /// <param name="request">Which cases.</param>
    /// <param name="device">Where.</param>
    /// <param name="output">Receives the table.</param>
    /// <exception cref="InputException">No case has such a name.</exception>
    public static BenchmarkReport Run(BenchmarkRequest request, Device device, TextWriter output)
    {
        List<BenchmarkCase> cases = [.. BenchmarkCase.All().Where(one => one.Name.Contains(request.Case, StringComparison.OrdinalIgnoreCase))];
        if (cases.Count == 0)
        {
            throw new InputException($"bench: no case has '{request.Case}' in its name; expected part of one of these.\n  {string.Join("\n  ", Cases)}");
        }

        output.WriteLine($"{device}, vectors of {RunRecord.VectorBits()} bits, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSArchitecture}");
        IReadOnlyList<MachineRoof> roofs = device is CpuDevice cpu && !request.Once ? MachineRoof.Measure(cpu) : [];
        foreach (MachineRoof roof in roofs)
        {
            output.WriteLine(roof);
        }

        output.WriteLine(BenchmarkReport.Heading);
        Repetitions repetitions = request.Once ? Repetitions.Once : Repetitions.Thorough;
        var results = new List<BenchmarkResult>();
        foreach (BenchmarkCase one in cases)
        {
            results.Add(Measure(one, device, repetitions, roofs.Count > 0 ? roofs[^1] : null));
            output.WriteLine(BenchmarkReport.Line(results[^1]));
        }

        var report = new BenchmarkReport($"{device}", roofs, results, [.. BenchmarkRatios.Of(results)]);
        foreach (BenchmarkRatio ratio in report.Ratios)
        {
            output.WriteLine(BenchmarkReport.Line(ratio));
        }

        if (request.JsonPath is { } path)
        {
            report.WriteJson(path);
        }

        return report;
    }

    private static BenchmarkResult Measure(BenchmarkCase one, Device device, Repetitions repetitions, MachineRoof? roof)
    {
        using PreparedCase prepared = one.Prepare(device);
        Timing timing = repetitions.Measure(prepared.Run, device);
        double? flops = one.Work.Flops > 0 ? one.Work.Flops / timing.Median : null;
        double? bytes = one.Work.Bytes > 0 ? one.Work.Bytes / timing.Median : null;
        return new BenchmarkResult(one.Name, timing)
        {
            FlopRate = flops,
            ByteRate = bytes,
            ArithmeticShare = flops / roof?.Flops,
            BandwidthShare = bytes / roof?.BytesPerSecond,
            OverAgainst = prepared.Against is { } against ? repetitions.Ratio(prepared.Run, against, device) : null,
            RelativeError = prepared.RelativeError?.Invoke(),
            Speedup = one.Scales && device is CpuDevice { Threads: > 1 } ? OneThread(one, repetitions).Median / timing.Median : null,
        };
    }

    private static Timing OneThread(BenchmarkCase one, Repetitions repetitions)
    {
        var device = new CpuDevice(1);
        Timing timing;
        using (PreparedCase prepared = one.Prepare(device))
        {
            timing = repetitions.Measure(prepared.Run, device);
        }

        device.Pool.Trim();
        return timing;
    }
}
