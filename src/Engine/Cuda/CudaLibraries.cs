using System.Runtime.InteropServices;
#if MANAGEDCUDA_PACKAGES
using System.Runtime.Loader;
#else
using ManagedCuda;
#endif

namespace Stardeq.Engine;

/// <summary>One of NVIDIA's shared libraries and the file names it may have, best first.</summary>
/// <param name="Title">Name for messages.</param>
/// <param name="ImportNames">Names under which the interop asks for it.</param>
/// <param name="LinuxFiles">File names on Linux, newest version first, the unversioned name last.</param>
/// <param name="WindowsFiles">File names on Windows, newest version first.</param>
internal sealed record CudaLibrary(string Title, string[] ImportNames, string[] LinuxFiles, string[] WindowsFiles)
{
    public static CudaLibrary Driver { get; } = new("CUDA driver", ["nvcuda", "libcuda"], ["libcuda.so.1", "libcuda.so"], ["nvcuda.dll"]);

    public static CudaLibrary Compiler { get; } = new("NVRTC", ["nvrtc64_120_0", "nvrtc"],
        ["libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2", "libnvrtc.so"],
        ["nvrtc64_130_0.dll", "nvrtc64_120_0.dll", "nvrtc64_112_0.dll"]);

    public static CudaLibrary Transforms { get; } = new("cuFFT", ["cufft64_11", "cufft"],
        ["libcufft.so.12", "libcufft.so.11", "libcufft.so.10", "libcufft.so"],
        ["cufft64_12.dll", "cufft64_11.dll", "cufft64_10.dll"]);

    public static CudaLibrary Algebra { get; } = new("cuBLAS", ["cublas64_12", "cublas"],
        ["libcublas.so.13", "libcublas.so.12", "libcublas.so.11", "libcublas.so"],
        ["cublas64_13.dll", "cublas64_12.dll", "cublas64_11.dll"]);

    public static CudaLibrary[] All { get; } = [Driver, Compiler, Transforms, Algebra];

    public string[] Files => OperatingSystem.IsWindows() ? WindowsFiles : LinuxFiles;
}

/// <summary>
/// Finds NVIDIA's libraries: first in the folders of the environment variable <see cref="FolderVariable"/>, then under their
/// versioned names where the system looks, then in the toolkit named by CUDA_PATH or CUDA_HOME.
/// </summary>
public static class CudaLibraries
{
    /// <summary>Environment variable with one or more folders, separated as in PATH.</summary>
    public const string FolderVariable = "STARDEQ_CUDA_LIBRARIES";

    private static readonly bool Installed = Install();

    /// <summary>Where each library was found, or why not, in one line each.</summary>
    public static IReadOnlyList<string> Describe() => [.. CudaLibrary.All.Select(library =>
        TryLoad(library, out _, out string place, out string tried) ? $"{library.Title}: {place}" : $"{library.Title}: not found; tried {tried}")];

    /// <summary>Makes sure that a library is loaded.</summary>
    /// <exception cref="DeviceException">It was not found; the message names every path that was tried.</exception>
    internal static void Require(CudaLibrary library)
    {
        if (!Installed || !TryLoad(library, out _, out _, out string tried))
        {
            TryLoad(library, out _, out _, out tried);
            throw new DeviceException($"cuda: the {library.Title} library was not found; tried {tried}. "
                + $"Install the NVIDIA driver and the CUDA 12 libraries, or name their folder in {FolderVariable}.");
        }
    }

    internal static bool TryLoad(CudaLibrary library, out nint handle, out string place, out string tried)
    {
        List<string> names = [];
        foreach (string candidate in Candidates(library))
        {
            names.Add(candidate);
            if (NativeLibrary.TryLoad(candidate, out handle))
            {
                place = candidate;
                tried = string.Join(", ", names);
                return true;
            }
        }

        handle = 0;
        place = "";
        tried = string.Join(", ", names);
        return false;
    }

    /// <summary>Every path or name to try, in order.</summary>
    internal static IEnumerable<string> Candidates(CudaLibrary library)
    {
        string? named = Environment.GetEnvironmentVariable(FolderVariable);
        foreach (string folder in (named ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            foreach (string file in library.Files)
            {
                yield return Path.Combine(folder, file);
            }
        }

        foreach (string file in library.Files)
        {
            yield return file;
        }

        foreach (string variable in (string[])["CUDA_PATH", "CUDA_HOME"])
        {
            if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } toolkit)
            {
                foreach (string file in library.Files)
                {
                    yield return Path.Combine(toolkit, OperatingSystem.IsWindows() ? "bin" : "lib64", file);
                }
            }
        }
    }

    private static bool Install()
    {
#if MANAGEDCUDA_PACKAGES
        // The package has resolvers of its own that cannot be replaced. They try unversioned names; this comes after them.
        AssemblyLoadContext.Default.ResolvingUnmanagedDll += (_, name) => Resolve(name);
#else
        NativeLibrary.SetDllImportResolver(typeof(DriverAPINativeMethods).Assembly, (name, _, _) => Resolve(name));
#endif
        return true;
    }

    private static nint Resolve(string name)
    {
        CudaLibrary? library = CudaLibrary.All.FirstOrDefault(library => library.ImportNames.Contains(name));
        return library is not null && TryLoad(library, out nint handle, out _, out _) ? handle : 0;
    }
}
