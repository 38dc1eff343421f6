using System.Globalization;
using Stardeq.Engine;

namespace Stardeq.Tests;

/// <summary>
/// What a CUDA toolkit can check without a GPU: that the libraries have every function that we import, that NVRTC compiles
/// kernels.cu for every architecture in both types, and what ptxas makes of each kernel.
/// </summary>
/// <param name="output">Where the findings go.</param>
internal sealed class ToolkitCheck(TextWriter output)
{
    /// <summary>Exit code where there is nothing to check with.</summary>
    public const int NoToolkit = 3;

    private bool _failed;

    /// <summary>Runs all checks.</summary>
    /// <param name="toolkit">The installed toolkit, or null.</param>
    /// <param name="libraries">Folders that the user has named for the libraries, or null for those of the toolkit.</param>
    /// <returns>0 if all passed, 1 if not, <see cref="NoToolkit"/> if there is nothing to check with.</returns>
    public int Run(Toolkit? toolkit, string? libraries)
    {
        if (toolkit is null && libraries is not { Length: > 0 })
        {
            output.WriteLine($"cuda-check: no CUDA toolkit in CUDA_PATH, CUDA_HOME, PATH or the usual places, and {CudaLibraries.FolderVariable} is not set: nothing to check with");
            return NoToolkit;
        }

        if (libraries is not { Length: > 0 })
        {
            Environment.SetEnvironmentVariable(CudaLibraries.FolderVariable, string.Join(Path.PathSeparator, toolkit!.LibraryFolders));
        }

        output.WriteLine($"toolkit: {toolkit?.Root ?? "none"}");
        Symbols();
        Compile(KernelSource.Text, RuntimeCompiler.Architectures(), toolkit?.Ptxas);
        output.WriteLine(_failed ? "cuda-check: FAILED" : "cuda-check: ok");
        return _failed ? 1 : 0;
    }

    /// <summary>Looks for every imported function.</summary>
    /// <returns>Whether all that are needed are there.</returns>
    public bool Symbols()
    {
        foreach (var imports in NativeImport.All.GroupBy(import => import.Library))
        {
            if (!CudaLibraries.TryLoad(imports.Key, out nint handle, out string place, out string tried))
            {
                Fail($"{imports.Key.Title}: not found; tried {tried}");
                continue;
            }

            var missing = imports.Where(import => !import.IsExportedBy(handle)).ToList();
            string lacks = missing.Count == 0 ? "" : $", lacks {string.Join(", ", missing.Select(import => import.Symbol))}";
            Say($"{imports.Key.Title}: {place}: {imports.Count() - missing.Count} of {imports.Count()} functions{lacks}", missing.TrueForAll(import => import.IsDispensable));
        }

        return !_failed;
    }

    /// <summary>Compiles a source for architectures in both types, and assembles it if there is an assembler.</summary>
    /// <returns>Whether all worked.</returns>
    public bool Compile(string source, IEnumerable<int> architectures, string? ptxas)
    {
        var variants = architectures.SelectMany(architecture => new[] { DType.Float32, DType.Float64 }.Select(real => (architecture, real)));
        foreach ((string text, bool passed) in variants.AsParallel().AsOrdered().Select(variant => Describe(source, variant.architecture, variant.real, ptxas)))
        {
            Say(text, passed);
        }

        if (ptxas is null)
        {
            output.WriteLine("ptxas: not found; registers and spills are not shown");
        }

        return !_failed;
    }

    private static (string Text, bool Passed) Describe(string source, int architecture, DType real, string? ptxas)
    {
        string name = $"NVRTC sm_{architecture} {real.Name()}";
        try
        {
            int bytes = RuntimeCompiler.Cubin(source, architecture, real).Length;
            string table = ptxas is null ? "" : Table(Ptxas.Assemble(ptxas, RuntimeCompiler.Ptx(source, architecture, real), $"sm_{architecture}"));
            return (string.Create(CultureInfo.InvariantCulture, $"{name}: {bytes:N0} bytes{table}"), true);
        }
        catch (Exception e) when (e is DeviceException or InvalidOperationException)
        {
            return ($"{name}: {e.Message}", false);
        }
    }

    private static string Table(IReadOnlyList<KernelUsage> kernels) => $"\n  {"kernel",-28} registers  shared  stack  spills\n" + string.Join('\n', kernels.Select(k =>
        string.Create(CultureInfo.InvariantCulture, $"  {k.Kernel,-28} {k.Registers,9} {k.SharedBytes,7} {k.StackBytes,6} {k.SpillBytes,7}")));

    private void Fail(string text) => Say(text, passed: false);

    private void Say(string text, bool passed)
    {
        _failed |= !passed;
        output.WriteLine($"{(passed ? "ok  " : "FAIL")}  {text}");
    }
}
