using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Benchmarks;

/// <summary>One aligned line per case, written as soon as it is known.</summary>
internal sealed class TimingTable
{
    private readonly List<(BenchmarkCase Case, Timing Timing)> _rows = [];
    private readonly Device _device;
    private readonly TextWriter _output;

    /// <summary>Writes the heading.</summary>
    /// <param name="device">What is measured.</param>
    /// <param name="output">Where the lines go.</param>
    public TimingTable(Device device, TextWriter output)
    {
        _device = device;
        _output = output;
        _output.WriteLine($"{device}, vectors of {RunRecord.VectorBits()} bits, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSArchitecture}");
        _output.WriteLine($"{"case",-58} {"median",10} {"fastest",10} {"slowest",10} {"runs",5} {"rate",16}");
    }

    /// <summary>Adds and writes one line.</summary>
    public void Add(BenchmarkCase one, Timing timing)
    {
        _rows.Add((one, timing));
        string rate = one.Work > 0 ? string.Create(CultureInfo.InvariantCulture, $"{one.Work / timing.Median:0.0} {one.Unit}/s") : "";
        _output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{one.Name,-58} {1e3 * timing.Median,7:0.00} ms {1e3 * timing.Fastest,7:0.00} ms {1e3 * timing.Slowest,7:0.00} ms {timing.Runs,5} {rate,16}"));
    }

    /// <summary>Writes all lines as JSON, times in seconds.</summary>
    public void WriteJson(string path) => AtomicFile.WriteText(path, JsonSerializer.Serialize(
        new
        {
            device = $"{_device}",
            vector_bits = RunRecord.VectorBits(),
            runtime = RuntimeInformation.FrameworkDescription,
            cases = _rows.Select(row => new
            {
                name = row.Case.Name,
                median = row.Timing.Median,
                fastest = row.Timing.Fastest,
                slowest = row.Timing.Slowest,
                runs = row.Timing.Runs,
            }),
        },
        new JsonSerializerOptions { WriteIndented = true }) + "\n");
}
