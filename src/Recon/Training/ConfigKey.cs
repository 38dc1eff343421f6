using System.Globalization;
using System.Text.Json;

namespace Stardeq.Recon;

/// <summary>One key of a <see cref="TrainingConfig"/>: its name for JSON and <c>--set</c>, its legal values, and how it is
/// read and written.</summary>
/// <param name="Name">Name in snake_case.</param>
/// <param name="Legal">Legal values as users read them.</param>
/// <param name="Meaning">What the key decides, in one line.</param>
/// <param name="Read">The value of a configuration as text, in the form that <paramref name="Set"/> takes.</param>
/// <param name="Set">The configuration with the value of a text; throws <see cref="InputException"/> if it is not legal.</param>
/// <param name="JsonKind">How the value stands in JSON: as a number, as true or false, or as a string.</param>
public sealed record ConfigKey(
    string Name,
    string Legal,
    string Meaning,
    Func<TrainingConfig, string> Read,
    Func<TrainingConfig, string, TrainingConfig> Set,
    JsonValueKind JsonKind)
{
    /// <summary>A key that names one of a few choices.</summary>
    internal static ConfigKey Choice<T>(
        string name,
        Func<TrainingConfig, T> get,
        Func<TrainingConfig, T, TrainingConfig> set,
        string meaning,
        params (string Name, T Value)[] choices)
        where T : struct
    {
        string[] names = [.. choices.Select(c => c.Name)];
        return new ConfigKey(name, string.Join('|', names), meaning, Read, Parse, JsonValueKind.String);

        string Read(TrainingConfig config) =>
            choices.First(c => EqualityComparer<T>.Default.Equals(c.Value, get(config))).Name;

        TrainingConfig Parse(TrainingConfig config, string text)
        {
            int index = Array.IndexOf(names, text);
            return index >= 0
                ? set(config, choices[index].Value)
                : throw new InputException($"config key '{name}': '{text}' is not one of its values. {Suggestion.For(text, names)}");
        }
    }

    /// <summary>A key that holds a whole number of at least <paramref name="least"/>.</summary>
    internal static ConfigKey Whole(
        string name,
        Func<TrainingConfig, int> get,
        Func<TrainingConfig, int, TrainingConfig> set,
        string meaning,
        int least)
    {
        string legal = $"whole number >= {least}";
        return new ConfigKey(name, legal, meaning, c => get(c).ToString(CultureInfo.InvariantCulture), Parse, JsonValueKind.Number);

        TrainingConfig Parse(TrainingConfig config, string text) =>
            int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value >= least
                ? set(config, value)
                : throw new InputException($"config key '{name}': got '{text}', expected a {legal}.");
    }

    /// <summary>A key that holds a finite number in a range.</summary>
    internal static ConfigKey Number(
        string name,
        Func<TrainingConfig, double> get,
        Func<TrainingConfig, double, TrainingConfig> set,
        string meaning,
        string legal,
        Func<double, bool> isLegal)
    {
        return new ConfigKey(name, legal, meaning, c => Short(get(c)), Parse, JsonValueKind.Number);

        TrainingConfig Parse(TrainingConfig config, string text) =>
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
                && double.IsFinite(value) && isLegal(value)
                ? set(config, value)
                : throw new InputException($"config key '{name}': got '{text}', expected a number with {legal}.");
    }

    /// <summary>A key that holds an amount of memory, or one of some words.</summary>
    internal static ConfigKey Memory(
        string name, Func<TrainingConfig, string> get, Func<TrainingConfig, string, TrainingConfig> set, string meaning, params string[] words)
    {
        return new ConfigKey(name, $"{string.Join('|', words)}|an amount such as 8GB", meaning, get, Parse, JsonValueKind.String);

        TrainingConfig Parse(TrainingConfig config, string text)
        {
            if (!words.Contains(text))
            {
                ByteSize.Parse($"config key '{name}'", text);
            }

            return set(config, text);
        }
    }

    /// <summary>A key that is true or false.</summary>
    internal static ConfigKey Switch(
        string name, Func<TrainingConfig, bool> get, Func<TrainingConfig, bool, TrainingConfig> set, string meaning)
    {
        return new ConfigKey(name, "true|false", meaning, c => get(c) ? "true" : "false", Parse, JsonValueKind.True);

        TrainingConfig Parse(TrainingConfig config, string text) => text switch
        {
            "true" => set(config, true),
            "false" => set(config, false),
            _ => throw new InputException($"config key '{name}': got '{text}', expected true or false."),
        };
    }

    // 1E-08 as people write it: 1e-8. Reading it back gives the same bits.
    private static string Short(double value) =>
        value.ToString("R", CultureInfo.InvariantCulture).Replace("E-0", "e-", StringComparison.Ordinal).Replace("E", "e", StringComparison.Ordinal);
}
