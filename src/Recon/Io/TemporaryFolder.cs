namespace Stardeq.Recon;

/// <summary>Folders that last as long as some work.</summary>
internal static class TemporaryFolder
{
    /// <summary>Works in a new folder, which is removed afterwards with all that is in it, also if the work fails.</summary>
    /// <param name="work">Gets the folder.</param>
    public static T Use<T>(Func<string, T> work)
    {
        string folder = Directory.CreateTempSubdirectory("stardeq-").FullName;
        try
        {
            return work(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The same for work without a result.</summary>
    public static void Use(Action<string> work) => Use<object?>(folder =>
    {
        work(folder);
        return null;
    });
}
