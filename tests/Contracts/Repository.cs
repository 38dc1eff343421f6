using System.Runtime.CompilerServices;

namespace Stardeq.Tests;

/// <summary>The checked-out source tree, for tests that read it.</summary>
internal static class Repository
{
    /// <summary>Category of tests that need the tree although they lie outside the contracts: a published program leaves them out.</summary>
    public const string ReadsSources = "reads sources";

    /// <summary>Folder that holds Engine.sln.</summary>
    public static string Root { get; } = Find();

    /// <summary>C# sources below a folder, build outputs excluded, as paths relative to the root.</summary>
    public static IEnumerable<string> Sources(params string[] folders) => folders
        .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories))
        .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
        .Where(file => !file.Split('/').Any(part => part is "bin" or "obj"))
        .Order(StringComparer.Ordinal);

    /// <summary>README, CHANGELOG and everything under docs, as paths relative to the root.</summary>
    public static IEnumerable<string> Documents() => Directory.EnumerateFiles(Root, "*.md")
        .Concat(Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories))
        .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
        .Order(StringComparer.Ordinal);

    /// <summary>Text of a file given relative to the root.</summary>
    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>The lines of some files for which <paramref name="offends"/> holds, as "file:line: text".</summary>
    public static List<string> Lines(IEnumerable<string> files, Func<string, bool> offends) =>
        [.. files.SelectMany(file => Read(file).Split('\n')
            .Select((text, index) => (Text: text, Where: $"{file}:{index + 1}: {text.Trim()}"))
            .Where(line => offends(line.Text)).Select(line => line.Where))];

    // The compiler knows where this file was; where paths are rewritten, the folder of the tests is the next best start.
    private static string Find([CallerFilePath] string thisFile = "")
    {
        foreach (string start in new[] { Path.GetDirectoryName(thisFile) ?? "", AppContext.BaseDirectory })
        {
            for (DirectoryInfo? folder = start.Length == 0 ? null : new(start); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "Engine.sln")))
                {
                    return folder.FullName;
                }
            }
        }

        throw new DirectoryNotFoundException($"No folder above {thisFile} or {AppContext.BaseDirectory} holds Engine.sln.");
    }
}
