using System.Globalization;
using System.Text.RegularExpressions;

namespace Stardeq.Compare;

/// <summary>Times of FINUFFT, printed by a program made from <c>finufft_times.cpp</c>.</summary>
/// <param name="program">The program; empty if there is none.</param>
internal sealed partial class FinufftTimes(string program) : ITimes
{
    public string? ReasonToSkip => program.Length == 0
        ? "FINUFFT: no program was given (--finufft); its figures are quoted."
        : File.Exists(program) ? null : $"FINUFFT: there is no {program}; its figures are quoted.";

    public IReadOnlyDictionary<string, double> Measure(int round) => Parse(ProcessOutput.Of(program, []) ?? "");

    /// <summary>Seconds by the name of our case.</summary>
    internal static Dictionary<string, double> Parse(string text) => Line().Matches(text).ToDictionary(
        match => $"NUFFT {match.Groups["case"].Value}",
        match => 1e-3 * double.Parse(match.Groups["ms"].Value, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"^finufft (?<case>\w+, \d+x\d+, \d+ coils, \d+ spokes: type \d) (?<ms>[\d.]+) ms", RegexOptions.Multiline)]
    private static partial Regex Line();
}
