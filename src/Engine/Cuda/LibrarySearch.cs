using System.Collections;

namespace Stardeq.Engine;

/// <summary>A path, or a bare name for the system's own search, at which a library may be.</summary>
/// <param name="Path">The path or name.</param>
/// <param name="Cuda">Major version of CUDA that the file name tells; 0 if it tells none.</param>
internal readonly record struct LibraryCandidate(string Path, int Cuda);

/// <summary>
/// Where libraries may be: what <see cref="CudaLibraries.FolderVariable"/> names; then, newest release first and the
/// unversioned name last, where the system looks, in the toolkits that environment variables name, and in the usual folders.
/// </summary>
/// <param name="Windows">Whether names and folders are those of Windows.</param>
/// <param name="Variables">The environment.</param>
/// <param name="FolderExists">Tells folders that are there: others are not worth a try, unless the user names them.</param>
internal sealed record LibrarySearch(bool Windows, IReadOnlyDictionary<string, string> Variables, Func<string, bool> FolderExists)
{
    private const string ToolkitPrefix = "CUDA_PATH_V"; // one for each toolkit on Windows

    // Ubuntu and others, Arch, the subsystem for Linux on Windows, container images.
    private static readonly string[] UsualFolders =
    [
        "/usr/local/cuda/lib64", "/usr/local/cuda-13/lib64", "/usr/local/cuda-12/lib64", "/usr/local/cuda-11/lib64", "/opt/cuda/lib64",
        "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib/wsl/lib", "/usr/local/nvidia/lib64",
    ];

    /// <summary>On this machine, with the environment of this moment.</summary>
    public static LibrarySearch Here() => new(
        OperatingSystem.IsWindows(),
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.Ordinal),
        Directory.Exists);

    /// <summary>All candidates for a library, in order.</summary>
    public IEnumerable<LibraryCandidate> Candidates(CudaLibrary library) =>
        Named(library).Concat(Installed(library)).DistinctBy(candidate => candidate.Path);

    private IEnumerable<LibraryCandidate> Named(CudaLibrary library)
    {
        string entries = Variables.GetValueOrDefault(CudaLibraries.FolderVariable, "");
        foreach (string entry in entries.Split(Windows ? ';' : ':', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (CudaLibrary.All.FirstOrDefault(any => IsFileOf(any, entry)) is { } owner)
            {
                if (owner == library)
                {
                    yield return new(entry, 0);
                }

                continue;
            }

            string[] wheels = Windows
                ? [Join(entry, library.Wheel, "bin"), Join(entry, "cu13", "bin", "x86_64")]
                : [Join(entry, library.Wheel, "lib"), Join(entry, "cu13", "lib")];
            foreach (string folder in wheels.Where(FolderExists).Prepend(entry))
            {
                foreach (CudaFile file in library.Files)
                {
                    yield return new(Join(folder, Name(file)), file.Cuda);
                }
            }
        }
    }

    private IEnumerable<LibraryCandidate> Installed(CudaLibrary library)
    {
        string[] inside = Windows ? [Join("bin", "x64"), "bin"] : ["lib64", "lib"]; // bin/x64 since CUDA 13
        var folders = Toolkits().SelectMany(toolkit => inside.Select(part => Join(toolkit, part)))
            .Concat(Windows ? [] : UsualFolders).Where(FolderExists).Distinct().ToList();
        return library.Files.SelectMany(file => folders.Select(folder => Join(folder, Name(file))).Prepend(Name(file)).Select(path => new LibraryCandidate(path, file.Cuda)));
    }

    private IEnumerable<string> Toolkits() => new[] { "CUDA_PATH", "CUDA_HOME" }
        .Concat(Variables.Keys.Where(name => name.StartsWith(ToolkitPrefix, StringComparison.Ordinal)).OrderDescending(StringComparer.Ordinal))
        .Select(name => Variables.GetValueOrDefault(name, "")).Where(folder => folder.Length > 0);

    private bool IsFileOf(CudaLibrary library, string entry)
    {
        string file = entry[(entry.LastIndexOfAny(Windows ? ['/', '\\'] : ['/']) + 1)..];
        StringComparison comparison = Windows ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        return library.Stems.Any(stem => file.StartsWith(stem, comparison))
            && (Windows ? file.EndsWith(".dll", comparison) : file.Contains(".so", comparison));
    }

    private string Name(CudaFile file) => Windows ? file.Windows : file.Linux;

    private string Join(params string[] parts) =>
        string.Join(Windows ? '\\' : '/', parts.Where(part => part.Length > 0).Select((part, i) => i < parts.Length - 1 ? part.TrimEnd('/', '\\') : part));
}
