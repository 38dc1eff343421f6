using System.Diagnostics;
using Stardeq.Engine;

namespace Stardeq.Tests;

/// <summary>What came of a compilation.</summary>
/// <param name="Ptx">The module, or null if the source was refused.</param>
/// <param name="Messages">Errors and warnings.</param>
internal sealed record DeviceCode(PtxModule? Ptx, string Messages);

/// <summary>clang as a compiler of device code: PTX from CUDA source without a CUDA toolkit.</summary>
/// <param name="program">Path or name of clang.</param>
internal sealed class DeviceCompiler(string program)
{
    /// <summary>Architectures on which the static checks run: V100, A100, H100.</summary>
    public static IReadOnlyList<string> Architectures { get; } = ["sm_70", "sm_80", "sm_90"];

    private static readonly string Header = Path.Combine(Repository.Root, "tests", "PtxGate", "device.h");

    private readonly Lazy<string> _ownHeaders = new(() => Path.Combine(Output(program, ["-print-resource-dir"], "").Output.Trim(), "include"));

    /// <summary>The newest clang on the search path that writes PTX for all architectures; null if there is none.</summary>
    public static DeviceCompiler? Find()
    {
        string[] names = [Environment.GetEnvironmentVariable("STARDEQ_CLANG") ?? "", "clang-22", "clang-21", "clang-20", "clang-19", "clang"];
        return names.Where(name => name.Length > 0 && IsUsable(name)).Select(name => new DeviceCompiler(name)).FirstOrDefault();
    }

    /// <summary>First line of the compiler's description of itself.</summary>
    public string Version() => Output(program, ["--version"], "").Output.Split('\n')[0];

    /// <summary>Compiles source text as NVRTC would be asked to.</summary>
    /// <param name="source">CUDA source.</param>
    /// <param name="architecture">Such as sm_70.</param>
    /// <param name="real">Float32 or Float64: the scalar type.</param>
    public DeviceCode Compile(string source, string architecture, DType real)
    {
        // PTX 8.0 is what knows all three; without a toolkit clang would assume 4.2, which has no warps in step.
        (int code, string output, string messages) = Output(
            program,
            [
                "-x", "cuda", "--cuda-device-only", $"--cuda-gpu-arch={architecture}", "--cuda-feature=+ptx80", "-nocudainc", "-nocudalib", "-nostdinc",
                "-isystem", _ownHeaders.Value, "-include", Header, "-std=c++17", "-O3", "-ffp-contract=fast", "-Wall", "-Wextra", "-Wno-unused-function",
                $"-DSTARDEQ_REAL={(real.IsDouble() ? "double" : "float")}", "-S", "-o", "-", "-",
            ],
            source);
        return new DeviceCode(code == 0 ? PtxModule.Parse(output) : null, messages);
    }

    /// <summary>Version 19 or later, for whose code the budgets are, built with the back end for PTX.</summary>
    private static bool IsUsable(string name)
    {
        try
        {
            return int.TryParse(Output(name, ["-dumpversion"], "").Output.Split('.')[0], out int version) && version >= 19
                && Output(name, ["--print-targets"], "").Output.Contains("nvptx64", StringComparison.Ordinal);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false; // not there
        }
    }

    private static (int Code, string Output, string Messages) Output(string program, string[] arguments, string input)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), messages = process.StandardError.ReadToEndAsync();
        try
        {
            process.StandardInput.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading; its messages say why.
        }

        process.WaitForExit();
        return (process.ExitCode, output.Result, messages.Result);
    }
}
