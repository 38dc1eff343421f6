using System.Collections.Concurrent;
using System.Runtime.InteropServices;
#if MANAGEDCUDA_PACKAGES
using System.Runtime.Loader;
#else
using ManagedCuda;
#endif

namespace Stardeq.Engine;

/// <summary>
/// Finds and loads NVIDIA's libraries; <see cref="LibrarySearch"/> says where. Releases of CUDA after the driver's own major
/// version do not run on it and are passed over, and so is a file that lacks a function we need.
/// </summary>
public static class CudaLibraries
{
    /// <summary>
    /// Environment variable with folders, separated as in PATH: of libraries, or the folder "nvidia" of Python wheels. An
    /// entry may also be the file of one library.
    /// </summary>
    public const string FolderVariable = "STARDEQ_CUDA_LIBRARIES";

    // A library stays loaded as long as the process, and every imported function asks for it once.
    private static readonly ConcurrentDictionary<CudaLibrary, LoadedLibrary> Loaded = new();

    private static readonly bool Installed = Install();

    /// <summary>Where each library was found, or why not, in one line each.</summary>
    public static IReadOnlyList<string> Describe() => [.. CudaLibrary.All.Select(library =>
        TryLoad(library, out _, out string place, out string tried) ? $"{library.Title}: {place}" : $"{library.Title}: not found; tried {tried}")];

    /// <summary>Makes sure that a library is loaded.</summary>
    /// <exception cref="DeviceException">It was not found; the message names every path that was tried.</exception>
    internal static void Require(CudaLibrary library)
    {
        string tried = "";
        if (!Installed || !TryLoad(library, out _, out _, out tried))
        {
            string remedy = library == CudaLibrary.Driver ? "Install NVIDIA's driver" : "Install the libraries of CUDA 11.2 or later that the driver runs";
            throw new DeviceException($"cuda: the {library.Title} library was not found; tried {tried}. {remedy}, or name the folder in {FolderVariable}.");
        }
    }

    /// <summary>Refuses a library of a release that the driver does not run, for files whose name does not tell the release.</summary>
    /// <param name="title">Name of the library.</param>
    /// <param name="library">CUDA release of the library.</param>
    /// <param name="driver">Newest CUDA release that the driver runs.</param>
    /// <exception cref="DeviceException">It is of a later major version. Within one, machine code runs on every driver.</exception>
    internal static void RequireFit(string title, Version library, Version driver)
    {
        if (library.Major > driver.Major)
        {
            throw new DeviceException($"cuda: {title} is of CUDA {library}, but the driver runs CUDA {driver} at most. "
                + $"Install a newer driver, or name the folder of CUDA {driver.Major} libraries in {FolderVariable}.");
        }
    }

    /// <summary>Newest CUDA release that the loaded driver runs; null if there is no driver.</summary>
    internal static unsafe Version? DriverVersion()
    {
        int version = 0;
        return TryLoad(CudaLibrary.Driver, out nint driver, out _, out _)
            && ((delegate* unmanaged<int*, int>)NativeLibrary.GetExport(driver, "cuDriverGetVersion"))(&version) == 0
            ? new Version(version / 1000, version % 1000 / 10) : null;
    }

    internal static bool TryLoad(CudaLibrary library, out nint handle, out string place, out string tried)
    {
        (handle, place, tried) = (0, "", "");
        if (!Loaded.TryGetValue(library, out LoadedLibrary found))
        {
            Version? driver = library == CudaLibrary.Driver ? null : DriverVersion();
            if (Find(library, LibrarySearch.Here(), driver?.Major, out tried) is not { } first)
            {
                return false;
            }

            found = Loaded.GetOrAdd(library, first);
        }

        (handle, place) = (found.Handle, found.Path);
        return true;
    }

    /// <summary>Loads the first candidate that will do.</summary>
    /// <param name="library">What to look for.</param>
    /// <param name="search">Where.</param>
    /// <param name="driverMajor">Newest major version of CUDA that the driver runs; null if unknown.</param>
    /// <param name="tried">All paths tried, with what was wrong with those that were there.</param>
    internal static LoadedLibrary? Find(CudaLibrary library, LibrarySearch search, int? driverMajor, out string tried)
    {
        List<string> failures = [];
        foreach (LibraryCandidate candidate in search.Candidates(library))
        {
            nint handle = 0;
            string? failure = candidate.Cuda > driverMajor ? $"the driver runs CUDA {driverMajor} at most" : Open(candidate.Path, library.Newest, out handle);
            if (failure is null)
            {
                tried = string.Join(", ", [.. failures, candidate.Path]);
                return new LoadedLibrary(candidate.Path, handle);
            }

            failures.Add(failure.Length == 0 ? candidate.Path : $"{candidate.Path} ({failure})");
        }

        tried = string.Join(", ", failures);
        return null;
    }

    /// <summary>Null if the file loads and has the function; empty if there is none; otherwise what is wrong with it.</summary>
    private static string? Open(string path, string function, out nint handle)
    {
        handle = 0;
        bool isName = Path.GetFileName(path) == path;
        if (isName ? !NativeLibrary.TryLoad(path, out handle) : !File.Exists(path))
        {
            return "";
        }

        try
        {
            handle = isName ? handle : NativeLibrary.Load(path);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            return e.Message.ReplaceLineEndings(" ").Trim(); // often a second library that this one needs
        }

        if (NativeLibrary.TryGetExport(handle, function, out _))
        {
            return null;
        }

        NativeLibrary.Free(handle);
        return $"too old: it has no {function}";
    }

    private static bool Install()
    {
#if MANAGEDCUDA_PACKAGES
        // The packages have resolvers of their own that cannot be replaced. They try unversioned names; this comes after them.
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

/// <summary>A library that was found.</summary>
/// <param name="Path">Its path, or the name under which the system found it.</param>
/// <param name="Handle">Handle of the loader.</param>
internal readonly record struct LoadedLibrary(string Path, nint Handle);
