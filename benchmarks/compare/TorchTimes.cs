using System.Globalization;
using System.Text.RegularExpressions;

namespace Stardeq.Compare;

/// <summary>Times of a program that does the work of our cases in libtorch and prints lines such as those matched here.</summary>
/// <param name="program">The program; empty if there is none.</param>
internal sealed partial class TorchTimes(string program) : ProgramTimes("libtorch", "--torch", program)
{
    protected override IReadOnlyDictionary<string, double> Read(string text)
    {
        var times = new Dictionary<string, double>();
        void Add(Regex line, string group, Func<Match, string> name)
        {
            foreach (Match match in line.Matches(text))
            {
                times[name(match)] = 1e-3 * double.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);
            }
        }

        static string Size(Match match) => $"conv 3x3, {match.Groups["channels"].Value} ch {match.Groups["side"].Value}x{match.Groups["side"].Value}";
        Add(Convolution(), "forward", match => $"{Size(match)}: forward");
        Add(Convolution(), "both", match => $"{Size(match)}: forward, gradients");
        Add(Unet(), "ms", match => $"U-Net 256x256, base 32, 3 poolings: forward{(match.Groups["both"].Success ? ", gradients" : "")}");
        Add(Normal(), "ms", match => $"normal operator 256x256, {match.Groups["coils"].Value} coils");
        Add(Ifdeq(), "ms", match => $"IFDEQ step 256x256, 32 coils, base 32, {match.Groups["iterations"].Value} iterations");
        Add(Modl(), "ms", match => $"MoDL-{match.Groups["unrolls"].Value} step 256x256, 32 coils, base 32");
        return times;
    }

    [GeneratedRegex(@"^conv3x3 (?<channels>\d+)ch (?<side>\d+)\^2 +forward (?<forward>[\d.]+) ms.*forward\+backward (?<both>[\d.]+) ms", RegexOptions.Multiline)]
    private static partial Regex Convolution();

    [GeneratedRegex(@"^unet forward(?<both>\+backward)? (?<ms>[\d.]+) ms", RegexOptions.Multiline)]
    private static partial Regex Unet();

    [GeneratedRegex(@"^normal operator \(Toeplitz, (?<coils>\d+) coils\) (?<ms>[\d.]+) ms", RegexOptions.Multiline)]
    private static partial Regex Normal();

    [GeneratedRegex(@"^ifdeq training step, (?<iterations>\d+) Anderson iterations: (?<ms>[\d.]+) ms", RegexOptions.Multiline)]
    private static partial Regex Ifdeq();

    [GeneratedRegex(@"^modl-(?<unrolls>\d+) training step: (?<ms>[\d.]+) ms", RegexOptions.Multiline)]
    private static partial Regex Modl();
}
