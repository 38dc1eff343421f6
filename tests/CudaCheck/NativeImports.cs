using System.Reflection;
using System.Runtime.InteropServices;
using ManagedCuda;
using Stardeq.Engine;

namespace Stardeq.Tests;

/// <summary>A function of one of NVIDIA's libraries that src/ManagedCuda imports.</summary>
/// <param name="Library">The library.</param>
/// <param name="Symbol">Its exported name.</param>
internal sealed record NativeImport(CudaLibrary Library, string Symbol)
{
    // The engine does without it: drivers before CUDA 12.4 have no such function.
    private const string Dispensable = "cuFuncGetParamInfo";

    /// <summary>Whether the engine can do without it.</summary>
    public bool IsDispensable => Symbol == Dispensable;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<NativeImport> All { get; } = [.. typeof(DriverAPINativeMethods).Assembly.GetTypes()
        .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        .Select(method => (Method: method, Import: method.GetCustomAttribute<DllImportAttribute>()))
        .Where(pair => pair.Import is not null)
        .Select(pair => new NativeImport(LibraryOf(pair.Import!.Value), pair.Import.EntryPoint ?? pair.Method.Name))
        .Distinct()];

    /// <summary>Whether a loaded library has it.</summary>
    /// <param name="handle">The library.</param>
    public bool IsExportedBy(nint handle) => NativeLibrary.TryGetExport(handle, Symbol, out _);

    private static CudaLibrary LibraryOf(string importName) => CudaLibrary.All.Single(library => library.ImportNames.Contains(importName));
}
