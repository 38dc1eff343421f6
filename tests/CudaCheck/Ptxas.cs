using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Stardeq.Tests;

/// <summary>What a kernel takes in machine code.</summary>
/// <param name="Kernel">Its name.</param>
/// <param name="Registers">32-bit registers of a thread.</param>
/// <param name="SharedBytes">Static shared memory of a block.</param>
/// <param name="StackBytes">Local memory of a thread, arrays and spills.</param>
/// <param name="SpillBytes">Bytes of the stores and loads of registers that did not fit.</param>
internal sealed record KernelUsage(string Kernel, int Registers, int SharedBytes, int StackBytes, int SpillBytes);

/// <summary>The assembler of the CUDA toolkit.</summary>
internal static partial class Ptxas
{
    /// <summary>Assembles PTX and reads what ptxas -v says of each kernel.</summary>
    /// <param name="program">Path of ptxas.</param>
    /// <param name="ptx">The module.</param>
    /// <param name="architecture">Such as sm_80.</param>
    /// <exception cref="InvalidOperationException">It refused the module; the message is its own.</exception>
    public static IReadOnlyList<KernelUsage> Assemble(string program, byte[] ptx, string architecture)
    {
        string folder = Directory.CreateTempSubdirectory("stardeq-ptxas").FullName;
        try
        {
            string source = Path.Combine(folder, "kernels.ptx");
            File.WriteAllBytes(source, ptx);
            using var process = Process.Start(new ProcessStartInfo(program, ["-v", $"-arch={architecture}", "-o", Path.Combine(folder, "kernels.cubin"), source])
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            })!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string report = process.StandardOutput.ReadToEnd() + errors.Result;
            process.WaitForExit();
            return process.ExitCode == 0 ? Parse(report) : throw new InvalidOperationException($"ptxas refused kernels.cu for {architecture}:\n{report}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Reads the report of ptxas -v.</summary>
    public static IReadOnlyList<KernelUsage> Parse(string report) => [.. Kernel().Matches(report).Select(kernel =>
    {
        string text = kernel.Groups["report"].Value;
        return new KernelUsage(
            kernel.Groups["name"].Value,
            Number(RegistersUsed(), text),
            Number(SharedUsed(), text),
            Number(StackFrame(), text),
            Number(SpillStores(), text) + Number(SpillLoads(), text));
    })];

    private static int Number(Regex pattern, string text) =>
        pattern.Match(text) is { Success: true } match ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"Compiling entry function '(?<name>\w+)'(?<report>.*?)(?=Compiling entry function|\z)", RegexOptions.Singleline)]
    private static partial Regex Kernel();

    [GeneratedRegex(@"Used (\d+) registers")]
    private static partial Regex RegistersUsed();

    [GeneratedRegex(@"(\d+) bytes smem")]
    private static partial Regex SharedUsed();

    [GeneratedRegex(@"(\d+) bytes stack frame")]
    private static partial Regex StackFrame();

    [GeneratedRegex(@"(\d+) bytes spill stores")]
    private static partial Regex SpillStores();

    [GeneratedRegex(@"(\d+) bytes spill loads")]
    private static partial Regex SpillLoads();
}
