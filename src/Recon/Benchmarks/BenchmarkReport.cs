using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Stardeq.Recon;

/// <summary>All that a run of the benchmarks measured.</summary>
/// <param name="Device">Device and number of threads.</param>
/// <param name="Roofs">Of the processor; empty on a GPU.</param>
/// <param name="Results">The cases, in order.</param>
/// <param name="Ratios">Between cases.</param>
public sealed record BenchmarkReport(
    string Device, IReadOnlyList<MachineRoof> Roofs, IReadOnlyList<BenchmarkResult> Results, IReadOnlyList<BenchmarkRatio> Ratios)
{
    /// <summary>Heading of the lines.</summary>
    internal static string Heading { get; } =
        $"{"case",-58} {"median",10} {"fastest",10} {"slowest",10} {"runs",5} {"GFLOP/s",8} {"of roof",7} {"GB/s",7} {"of roof",7} {"speed-up",8}  error";

    /// <summary>One aligned line of a case.</summary>
    internal static string Line(BenchmarkResult result)
    {
        (double median, double fastest, double slowest, int runs) = result.Timing;
        string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Name,-58} {1e3 * median,7:0.00} ms {1e3 * fastest,7:0.00} ms {1e3 * slowest,7:0.00} ms {runs,5} {Number(1e-9 * result.FlopRate, "0.0"),8} {Number(result.ArithmeticShare, "0%"),7} {Number(1e-9 * result.ByteRate, "0.0"),7} {Number(result.BandwidthShare, "0%"),7} {Number(result.Speedup, "0.00"),8}  {Number(result.RelativeError, "0.0e+0")}").TrimEnd();
    }

    /// <summary>One aligned line of a ratio.</summary>
    internal static string Line(BenchmarkRatio ratio) => string.Create(
        CultureInfo.InvariantCulture, $"{ratio.Name,-58} {ratio.Value,10:0.000}   aim: at most {ratio.Aim:0.00}");

    /// <summary>Writes everything as JSON: times in seconds, rates per second, names as in the table.</summary>
    internal void WriteJson(string path)
    {
        (string version, string? commit) = RunRecord.Program();
        AtomicFile.WriteText(path, JsonSerializer.Serialize(
            new
            {
                program = new { version, commit, runtime = RuntimeInformation.FrameworkDescription },
                machine = new { device = Device, vector_bits = RunRecord.VectorBits(), logical_processors = Environment.ProcessorCount },
                roofs = Roofs.Select(roof => new
                {
                    threads = roof.Threads,
                    flops_by_vector_bits = roof.FlopsByWidth.ToDictionary(width => $"{width.Key}", width => width.Value),
                    bytes_per_second = roof.BytesPerSecond,
                }),
                cases = Results.Select(result => new
                {
                    name = result.Name,
                    median = result.Timing.Median,
                    fastest = result.Timing.Fastest,
                    slowest = result.Timing.Slowest,
                    runs = result.Timing.Runs,
                    flops_per_second = result.FlopRate,
                    share_of_arithmetic = result.ArithmeticShare,
                    bytes_per_second = result.ByteRate,
                    share_of_bandwidth = result.BandwidthShare,
                    speedup_over_one_thread = result.Speedup,
                    relative_error = result.RelativeError,
                }),
                ratios = Ratios.Select(ratio => new { name = ratio.Name, value = ratio.Value, aim = ratio.Aim }),
            },
            new JsonSerializerOptions { WriteIndented = true }) + "\n");
    }
}
