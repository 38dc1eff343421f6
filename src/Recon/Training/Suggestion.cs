namespace Stardeq.Recon;

/// <summary>Names what a user probably meant.</summary>
public static class Suggestion
{
    /// <summary>"Did you mean 'x'? Known: a, b, x." The question is left out where nothing is near.</summary>
    /// <param name="given">What came.</param>
    /// <param name="known">Names that are legal.</param>
    public static string For(string given, IReadOnlyCollection<string> known)
    {
        string list = $"Known: {string.Join(", ", known)}.";
        return Nearest(given, known) is { } nearest ? $"Did you mean '{nearest}'? {list}" : list;
    }

    /// <summary>The known name at the smallest edit distance, or null if all are further than a third of its length.</summary>
    public static string? Nearest(string given, IEnumerable<string> known)
    {
        string lower = given.ToLowerInvariant();
        (string? Name, int Distance) best = (null, int.MaxValue);
        foreach (string name in known)
        {
            int distance = Math.Min(Distance(lower, name), IsPartOf(lower, name) ? 1 : int.MaxValue);
            if (distance < best.Distance && distance <= Math.Max(2, name.Length / 3))
            {
                best = (name, distance);
            }
        }

        return best.Name;
    }

    private static bool IsPartOf(string given, string name) =>
        given.Length >= 3 && (name.Contains(given, StringComparison.Ordinal) || given.Contains(name, StringComparison.Ordinal));

    // Levenshtein distance, one row at a time.
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int substitution = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substitution, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}
