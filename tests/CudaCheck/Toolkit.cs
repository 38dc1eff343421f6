namespace Stardeq.Tests;

/// <summary>An installed CUDA toolkit: the folder above its bin.</summary>
/// <param name="Root">The folder.</param>
internal sealed record Toolkit(string Root)
{
    /// <summary>The assembler that reports registers and spills; null if it is not there.</summary>
    public string? Ptxas => Path.Combine(Root, "bin", OperatingSystem.IsWindows() ? "ptxas.exe" : "ptxas") is var path && File.Exists(path) ? path : null;

    /// <summary>Folders with its libraries. The last holds a driver without a device, for linking.</summary>
    public IEnumerable<string> LibraryFolders => new[] { "lib64", "lib", "bin", Path.Combine("bin", "x64"), Path.Combine("lib64", "stubs"), Path.Combine("lib", "stubs") }
        .Select(folder => Path.Combine(Root, folder)).Where(Directory.Exists);

    /// <summary>The toolkit that CUDA_PATH, CUDA_HOME or PATH names, or the newest in the usual places; null if there is none.</summary>
    public static Toolkit? Find() => FindIn(Candidates());

    /// <summary>The first of some folders that holds one.</summary>
    public static Toolkit? FindIn(IEnumerable<string?> roots) =>
        roots.OfType<string>().Select(root => new Toolkit(root)).FirstOrDefault(toolkit => toolkit.Ptxas is not null);

    private static IEnumerable<string?> Candidates() =>
    [
        Environment.GetEnvironmentVariable("CUDA_PATH"),
        Environment.GetEnvironmentVariable("CUDA_HOME"),
        .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Where(folder => folder.Length > 0).Select(Path.GetDirectoryName),
        .. Below("/usr/local", "cuda*"),
        .. Below("/opt", "cuda*"),
        .. Below(@"C:\Program Files\NVIDIA GPU Computing Toolkit\CUDA", "v*"),
    ];

    private static IEnumerable<string> Below(string folder, string pattern) =>
        Directory.Exists(folder) ? Directory.GetDirectories(folder, pattern).OrderDescending(StringComparer.OrdinalIgnoreCase) : [];
}
