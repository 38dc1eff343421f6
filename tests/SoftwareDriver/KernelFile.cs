using System.Globalization;
using ManagedCuda;
using ManagedCuda.BasicTypes;
using NUnit.Framework;
using Stardeq.Engine;

namespace Stardeq.Tests;

/// <summary>
/// One file of tests/CudaEmulator/wrong or right: a kernel of the file's name with the parameters (const float* x, float* y,
/// int n), perhaps a struct after them, and a comment of lines "key: value" that says how to launch it and what must be found.
/// </summary>
public sealed class KernelFile
{
    private readonly Dictionary<string, string> _notes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _launch;

    public KernelFile(string path)
    {
        Name = Path.GetFileNameWithoutExtension(path);
        Source = File.ReadAllText(path);
        foreach (string line in Source.Split('\n').TakeWhile(line => line.StartsWith("//", StringComparison.Ordinal)))
        {
            if (line.IndexOf(':') is > 0 and var colon)
            {
                _notes[line[2..colon].Trim()] = line[(colon + 1)..].Trim();
            }
        }

        _launch = _notes["launch"].Split(' ').Select(part => part.Split('=')).ToDictionary(part => part[0], part => part[1], StringComparer.Ordinal);
    }

    public string Name { get; }

    public string Source { get; }

    /// <summary>What the compiler must say; null if the file compiles.</summary>
    public string? CompileError => _notes.GetValueOrDefault("compile");

    /// <summary>What must be reported.</summary>
    public string Report => _notes["report"];

    /// <summary>What the launch or the wait after it must return.</summary>
    public CUResult Error => (CUResult)int.Parse(_notes["error"], CultureInfo.InvariantCulture);

    public static IReadOnlyList<KernelFile> All(string folder) =>
        [.. Directory.GetFiles(Path.Combine(SoftwareDriver.Sources, folder), "*.cu").Order(StringComparer.Ordinal).Select(path => new KernelFile(path))];

    /// <summary>All that compile, as one module; the caller unloads it.</summary>
    public static CUmodule Load(IEnumerable<KernelFile> files)
    {
        string source = string.Join('\n', files.Where(file => file.CompileError is null).Select(file => file.Source));
        byte[] image = Compile(source);
        CUmodule module = default;
        Assert.That(DriverAPINativeMethods.ModuleManagement.cuModuleLoadDataEx(ref module, [.. image, 0], 0, [], []), Is.EqualTo(CUResult.Success));
        return module;
    }

    public static byte[] Compile(string source) => new KernelCompiler(new Version(7, 0)).Compile(source, ["--gpu-architecture=sm_70", "--std=c++17"]);

    /// <summary>Launches the kernel of this file and waits; the first result that is not a success.</summary>
    public CUResult Run(CUmodule module)
    {
        int count = Number("count");
        float[] values = [.. Enumerable.Range(0, count).Select(i => (float)i)];
        CUfunction function = default;
        Assert.That(DriverAPINativeMethods.ModuleManagement.cuModuleGetFunction(ref function, module, Name), Is.EqualTo(CUResult.Success));
        CUdeviceptr x = Driver.Allocate(4 * count), own = Driver.Allocate(4 * count);
        Driver.Upload(x, values);
        string kind = _launch.GetValueOrDefault("y", "own");
        CUdeviceptr y = kind == "x" ? x : kind == "null" ? default : own;
        if (kind == "filled")
        {
            Driver.Upload(y, new float[count]);
        }

        CUResult result = Launch(function, x, y, count);
        if (result == CUResult.Success)
        {
            result = DriverAPINativeMethods.ContextManagement.cuCtxSynchronize();
        }

        Emulator.Reset();
        Driver.Free(x);
        Driver.Free(own);
        return result;
    }

    public override string ToString() => Name;

    private CUResult Launch(CUfunction function, CUdeviceptr x, CUdeviceptr y, int count)
    {
        uint[] grid = [.. _launch["grid"].Split('x').Select(part => uint.Parse(part, CultureInfo.InvariantCulture)), 1];
        return Driver.Launch(function, (grid[0], grid[1]), (uint)Number("block"), (uint)Number("shared"), default, x, y, count, new byte[8192]);
    }

    private int Number(string key) => int.Parse(_launch.GetValueOrDefault(key, "0"), CultureInfo.InvariantCulture);
}
