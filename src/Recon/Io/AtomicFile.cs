using System.Text.RegularExpressions;

namespace Stardeq.Recon;

/// <summary>
/// Writes files and folders so that a reader sees the old content or the whole new content, never a part: everything
/// goes to a temporary name beside the destination and is renamed at the end. A failure leaves nothing behind.
/// </summary>
public static partial class AtomicFile
{
    private const int BufferBytes = 1 << 16;

    /// <summary>Writes one file; its folder is made if it is missing.</summary>
    /// <param name="path">Destination, replaced if it exists.</param>
    /// <param name="write">Writes the content to the stream it is given.</param>
    /// <exception cref="InputException">The system refused: no space left, no permission, a folder in the way.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        if (Directory.Exists(path))
        {
            throw new InputException($"output '{path}' is a folder; the name of a file was expected. Nothing was written; choose another name.");
        }

        string temporary = TemporaryName(path);
        Guarded(path, temporary, () =>
        {
            Directory.CreateDirectory(Path.GetDirectoryName(temporary)!);
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferBytes))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, Path.GetFullPath(path), overwrite: true);
        });
    }

    /// <summary>Writes a text file as UTF-8 without a byte order mark.</summary>
    /// <exception cref="InputException">As for <see cref="Write"/>.</exception>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    /// <summary>Fills a folder that must not exist yet.</summary>
    /// <param name="path">The new folder.</param>
    /// <param name="fill">Receives a temporary folder to write into.</param>
    /// <exception cref="InputException">The folder exists and is not empty, or the system refused.</exception>
    public static void WriteFolder(string path, Action<string> fill)
    {
        RequireAbsent(path);
        string temporary = TemporaryName(path);
        Guarded(path, temporary, () =>
        {
            Directory.CreateDirectory(temporary);
            fill(temporary);
            if (Directory.Exists(path))
            {
                Directory.Delete(path);
            }

            Directory.Move(temporary, Path.GetFullPath(path));
        });
    }

    /// <summary>Refuses an output folder that already holds something or that could not be made, before there is anything to lose.</summary>
    /// <exception cref="InputException">A file of that name exists, the folder is not empty, or its place cannot be written to.</exception>
    public static void RequireAbsent(string path)
    {
        if (File.Exists(path) || (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any()))
        {
            throw new InputException($"output '{path}' exists already and is not empty; nothing was written. Choose another name, or remove it first.");
        }

        string place = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))) ?? path;
        while (!Directory.Exists(place))
        {
            place = File.Exists(place)
                ? throw new InputException($"output '{path}' would lie in '{place}', which is a file; a folder was expected. Nothing was written; choose another name.")
                : Path.GetDirectoryName(place)!;
        }

        string probe = TemporaryName(Path.Combine(place, Path.GetFileName(Path.TrimEndingDirectorySeparator(path))));
        Guarded(path, probe, () => Directory.Delete(Directory.CreateDirectory(probe).FullName));
    }

    private static void Guarded(string path, string temporary, Action action)
    {
        try
        {
            action();
        }
        catch (Exception failure)
        {
            Remove(temporary);
            if (failure is IOException or UnauthorizedAccessException)
            {
                throw new InputException($"cannot write '{path}': {failure.Message} Nothing was written; check the free space and the permissions of the folder.", failure);
            }

            throw;
        }
    }

    /// <summary>Whether a path is one of the temporary names of this class, which a killed process leaves behind.</summary>
    public static bool IsTemporary(string path) => TemporaryEnding().IsMatch(path);

    /// <summary>A temporary name beside a path.</summary>
    internal static string TemporaryName(string path) =>
        $"{Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))}.tmp-{Guid.NewGuid().ToString("N")[..8]}";

    /// <summary>Deletes a file or a folder with all that is in it.</summary>
    internal static void Remove(string temporary)
    {
        if (Directory.Exists(temporary))
        {
            Directory.Delete(temporary, recursive: true);
        }
        else if (File.Exists(temporary))
        {
            File.Delete(temporary);
        }
    }

    [GeneratedRegex(@"\.tmp-[0-9a-f]{8}$")]
    private static partial Regex TemporaryEnding();
}
