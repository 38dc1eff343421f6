using System.Security.Cryptography;
using System.Text;

namespace Stardeq.Engine;

/// <summary>
/// Compiled modules on disk, one file per hash of everything that decides them. A file is its payload's SHA-256 followed
/// by the payload: one that does not agree is as good as absent.
/// </summary>
internal sealed class KernelCache
{
    /// <summary>Environment variable with the folder; "off" turns the cache off.</summary>
    public const string FolderVariable = "STARDEQ_KERNEL_CACHE";

    private readonly string? _folder;

    /// <summary>A cache in a folder, which need not exist; null keeps nothing.</summary>
    public KernelCache(string? folder) => _folder = folder;

    /// <summary>The folder that the environment names, or one in the user's application data.</summary>
    public static KernelCache Default()
    {
        string? named = Environment.GetEnvironmentVariable(FolderVariable);
        if (named == "off")
        {
            return new KernelCache(null);
        }

        string home = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        return new KernelCache(named is { Length: > 0 } ? named : home.Length == 0 ? null : Path.Combine(home, "stardeq", "kernels"));
    }

    /// <summary>The key of a module.</summary>
    public static string Key(params IEnumerable<string> parts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', parts))));

    /// <summary>The image of a key, or null.</summary>
    public byte[]? Read(string key)
    {
        try
        {
            string? path = PathOf(key);
            if (path is null || !File.Exists(path))
            {
                return null;
            }

            byte[] file = File.ReadAllBytes(path);
            byte[] image = file.Length > SHA256.HashSizeInBytes ? file[SHA256.HashSizeInBytes..] : [];
            return image.Length > 0 && SHA256.HashData(image).AsSpan().SequenceEqual(file.AsSpan(0, SHA256.HashSizeInBytes)) ? image : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Keeps an image. A folder that cannot be written to only costs the next start its compile time.</summary>
    public void Write(string key, byte[] image)
    {
        if (PathOf(key) is not { } path)
        {
            return;
        }

        string partial = $"{path}.{Guid.NewGuid():N}"; // of this program alone, and whole before it gets its name
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(partial, [.. SHA256.HashData(image), .. image]);
            File.Move(partial, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Discard(partial);
        }
    }

    private static void Discard(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Of a disk that is full or gone nothing more can be asked.
        }
    }

    private string? PathOf(string key) => _folder is null ? null : Path.Combine(_folder, key + ".module");
}
