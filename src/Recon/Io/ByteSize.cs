using System.Globalization;

namespace Stardeq.Recon;

/// <summary>Amounts of memory as users write and read them: <c>8GB</c>, <c>512MiB</c>. Units of 1000 and of 1024 are told apart.</summary>
public static class ByteSize
{
    private static readonly (string Unit, double Bytes)[] s_units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40), ("kB", 1e3), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("B", 1),
    ];

    /// <summary>Bytes that a text stands for.</summary>
    /// <param name="what">Option or key, for the message.</param>
    /// <param name="text">A number and a unit.</param>
    /// <exception cref="InputException">It is something else, or not above zero.</exception>
    public static long Parse(string what, string text)
    {
        (string unit, double factor) = s_units.FirstOrDefault(unit => text.EndsWith(unit.Unit, StringComparison.Ordinal));
        return unit is not null && double.TryParse(text[..^unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) && number * factor is >= 1 and < 1e18
            ? (long)(number * factor)
            : throw new InputException($"{what}: got '{text}', expected an amount of memory such as 8GB or 512MiB.");
    }

    /// <summary>With four digits and a unit of 1024.</summary>
    public static string Text(long bytes)
    {
        (string unit, double factor) = s_units[..4].LastOrDefault(unit => bytes >= unit.Bytes);
        return unit is null ? $"{bytes} B" : string.Create(CultureInfo.InvariantCulture, $"{bytes / factor:G4} {unit}");
    }
}
