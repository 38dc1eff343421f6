namespace Stardeq.Recon;

/// <summary>Opening files that a user named, with errors that help.</summary>
internal static class InputFile
{
    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="InputException">It is missing, empty, a folder, or may not be read.</exception>
    public static FileStream Open(string path)
    {
        if (!File.Exists(path))
        {
            throw new InputException(Directory.Exists(path)
                ? $"'{path}' is a folder; a file was expected."
                : $"there is no file '{path}'. Check the name; relative names start at {Directory.GetCurrentDirectory()}.");
        }

        if (new FileInfo(path) is { Length: 0, Attributes: var attributes } && (attributes & FileAttributes.Device) == 0)
        {
            throw new InputException($"'{path}' is empty: it holds 0 bytes. Copy or save it again.");
        }

        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"cannot read '{path}': {failure.Message}", failure);
        }
    }

    /// <summary>Reads a text file.</summary>
    /// <exception cref="InputException">As for <see cref="Open"/>.</exception>
    public static string ReadText(string path)
    {
        using var reader = new StreamReader(Open(path));
        return reader.ReadToEnd();
    }

    /// <summary>Throws unless a file holds as many bytes as its header announces.</summary>
    public static void RequireBytes(string path, long found, long expected, string what, bool orMore = false)
    {
        if (found < expected)
        {
            throw new InputException($"'{path}' is truncated: {what} needs {expected:N0} bytes, the file holds {found:N0}. Copy or save it again.");
        }

        if (found > expected && !orMore)
        {
            throw new InputException($"'{path}' is too long: {what} needs {expected:N0} bytes, the file holds {found:N0}. Its header does not belong to its data; save it again.");
        }
    }
}
