using System.Globalization;
using System.Text.RegularExpressions;

namespace Stardeq.Compare;

/// <summary>Times of FINUFFT, printed by a program made from <c>finufft_times.cpp</c>.</summary>
/// <param name="program">The program; empty if there is none.</param>
internal sealed partial class FinufftTimes(string program) : ProgramTimes("FINUFFT", "--finufft", program)
{
    protected override IReadOnlyDictionary<string, double> Read(string text) => Line().Matches(text).ToDictionary(
        match => $"NUFFT {match.Groups["case"].Value}",
        match => 1e-3 * double.Parse(match.Groups["ms"].Value, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"^finufft (?<case>\w+, \d+x\d+, \d+ coils, \d+ spokes: type \d) (?<ms>[\d.]+) ms", RegexOptions.Multiline)]
    private static partial Regex Line();
}
