using System.Runtime.InteropServices;
using Stardeq.Engine;

namespace Stardeq.Tests;

/// <summary>A function of one of NVIDIA's libraries that the engine calls through the interop.</summary>
/// <param name="Library">The library.</param>
/// <param name="Symbol">Its exported name.</param>
internal sealed record NativeImport(CudaLibrary Library, string Symbol)
{
    // The engine does without it: drivers before CUDA 12.4 have no such function.
    private const string Dispensable = "cuFuncGetParamInfo";

    /// <summary>Whether the engine can do without it.</summary>
    public bool IsDispensable => Symbol == Dispensable;

    /// <summary>All that the engine calls.</summary>
    public static IReadOnlyList<NativeImport> All { get; } = [.. InteropMembers.UsedByEngine.Select(InteropMembers.ImportOf)
        .Where(import => import is not null)
        .Select(import => new NativeImport(LibraryOf(import!.Value.Library), import.Value.Symbol))
        .Distinct()];

    /// <summary>Whether a loaded library has it.</summary>
    /// <param name="handle">The library.</param>
    public bool IsExportedBy(nint handle) => NativeLibrary.TryGetExport(handle, Symbol, out _);

    private static CudaLibrary LibraryOf(string importName) => CudaLibrary.All.Single(library => library.ImportNames.Contains(importName));
}
