using System.Globalization;
using System.Runtime.InteropServices;
using Stardeq.Cli;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

/// <summary>What to run.</summary>
internal sealed record AcceptanceOptions
{
    /// <summary>Where the record goes.</summary>
    public string RecordPath { get; init; } = "acceptance.txt";

    /// <summary>Part of the names of tests and benchmarks; empty takes all.</summary>
    public string Only { get; init; } = "";

    /// <summary>Whether to take the software driver.</summary>
    public bool Software { get; init; }
}

/// <summary>Everything that a GPU has to show before the CUDA path is called proven on it, in one record.</summary>
internal sealed class AcceptanceRun(AcceptanceOptions options, Record record)
{
    private const int NoDevice = 3;
    private readonly List<string> _failures = [];

    /// <summary>Runs all parts.</summary>
    /// <returns>0 if all passed, 1 if not, 3 if there is no device.</returns>
    public int Run()
    {
        Machine();
        if (Prepare() is { } reason)
        {
            record.Fact("device", reason);
            record.WriteLine("\nNOT ACCEPTED: no device");
            return NoDevice;
        }

        Part("libraries", () => new ToolkitCheck(record).Symbols());
        Part("doctor", () => CommandLineHost.Run(["doctor", "--device", "cuda"], new Terminal(record, record, IsInteractive: false)) == ExitCode.Done);
        Part("tests", () => new CudaSuite(record).Run(options.Only));
        Part("times", Times);
        record.WriteLine(_failures.Count == 0 ? "\nACCEPTED" : $"\nNOT ACCEPTED: {string.Join(", ", _failures)}");
        Console.WriteLine($"record: {record.FilePath}");
        return _failures.Count == 0 ? 0 : 1;
    }

    private void Machine()
    {
        (string version, string? commit) = RunRecord.Program();
        record.Heading("machine");
        record.Fact("date", DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture));
        record.Fact("program", $"stardeq {version}, commit {commit ?? "unknown"}");
        record.Fact("runtime", RuntimeInformation.FrameworkDescription);
        record.Fact("system", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} processors, vectors of {RunRecord.VectorBits()} bits");
    }

    /// <summary>Chooses the driver, opens the device and writes what it is; null if that worked, otherwise why not.</summary>
    private string? Prepare()
    {
        Environment.SetEnvironmentVariable(SoftwareDriver.KindVariable, options.Software ? null : SoftwareDriver.Real);
        if (SoftwareDriver.Prepare() is { } reason)
        {
            return reason;
        }

        try
        {
            using CudaDevice device = Device.Cuda();
            record.Fact("device", $"{device}, compute capability {device.ComputeCapability}, {device.Multiprocessors} multiprocessors, {device.Memory().Total >> 20} MiB");
            record.Fact("driver", $"CUDA {device.DriverVersion}");
            record.Fact("compiler", $"NVRTC {device.CompilerVersion}");
            var libraries = CudaLibraries.Describe().ToList();
            libraries.ForEach(line => record.Fact("library", line));
            LoadedCudaFiles().Where(file => !libraries.Exists(line => line.EndsWith(file, StringComparison.Ordinal))).ToList().ForEach(file => record.Fact("file", file));
            return null;
        }
        catch (DeviceException e)
        {
            return e.Message;
        }
    }

    /// <summary>The files behind the libraries' names, whose own names hold the full versions.</summary>
    private static IEnumerable<string> LoadedCudaFiles() => !File.Exists("/proc/self/maps") ? [] : File.ReadLines("/proc/self/maps")
        .Select(line => line[(line.IndexOf('/', StringComparison.Ordinal) is var path and >= 0 ? path : line.Length)..])
        .Where(path => CudaLibrary.All.Any(library => Path.GetFileName(path).StartsWith(library.LinuxFiles.Last(), StringComparison.Ordinal))).Distinct();

    private void Part(string name, Func<bool> run)
    {
        record.Heading(name);
        bool passed;
        try
        {
            passed = run();
        }
        catch (Exception e) // a part that breaks must not take the others along
        {
            record.WriteLine($"FAIL  {e.GetType().Name}: {e.Message}");
            passed = false;
        }

        if (!passed)
        {
            _failures.Add(name);
        }
    }

    private bool Times()
    {
        // What the software driver needs says nothing about a GPU: it shows that the cases run.
        (Repetitions repetitions, string only) = options.Software ? (Repetitions.Once, "64x64") : (Repetitions.Thorough, "");
        using CudaDevice cuda = Device.Cuda();
        bool passed = true;
        record.WriteLine($"{"case",-58} {"cuda",10} {"cpu",10} {"cpu / cuda",10}   medians in ms");
        foreach (BenchmarkCase one in BenchmarkCase.All())
        {
            if (!new[] { only, options.Only }.All(part => one.Name.Contains(part, StringComparison.OrdinalIgnoreCase)))
            {
                continue;
            }

            try
            {
                double gpu = Median(one, cuda, repetitions), cpu = Median(one, Device.Cpu, repetitions);
                record.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{one.Name,-58} {1e3 * gpu,10:0.000} {1e3 * cpu,10:0.000} {cpu / gpu,10:0.0}"));
            }
            catch (Exception e) // the other cases are worth their time
            {
                record.WriteLine($"{one.Name,-58} FAIL  {e.GetType().Name}: {e.Message}");
                passed = false;
            }
        }

        return passed;
    }

    private static double Median(BenchmarkCase one, Device device, Repetitions repetitions)
    {
        using PreparedCase prepared = one.Prepare(device);
        return repetitions.Measure(prepared.Run, device).Median;
    }
}
