using System.Globalization;
using System.Text.RegularExpressions;

namespace Stardeq.Compare;

/// <summary>
/// Times of BART on its own phantom, 8 coils, 100 spokes of 512: the time that <c>pics</c> reports for 30 steps of conjugate
/// gradients, and <c>nlinv</c>, which fits image and coil maps together as JSENSE does (of this kind it has no other
/// for radial data in version 0.8), each without the start of the process and the reading of files.
/// </summary>
internal sealed partial class BartTimes : ITimes
{
    private static readonly string[][] s_inputs =
    [
        ["traj", "-r", "-x512", "-y100", "twice"],
        ["scale", "0.5", "twice", "points"],
        ["phantom", "-k", "-s8", "-t", "points", "kspace"],
        ["phantom", "-S8", "-x256", "maps"],
    ];

    public string? ReasonToSkip => ProcessOutput.Exists("bart") ? null : "BART: bart is not on the path (Debian and Ubuntu: apt install bart); its figures are quoted.";

    public IReadOnlyDictionary<string, double> Measure(int round)
    {
        string folder = Directory.CreateTempSubdirectory("stardeq-compare").FullName;
        try
        {
            var times = new Dictionary<string, double>();
            if (!s_inputs.All(arguments => ProcessOutput.Of("bart", arguments, folder) is not null))
            {
                return times;
            }

            Add(times, "CG-SENSE 256x256, 8 coils, 30 iterations", ["pics", "-l2", "-r0.001", "-i30", "-w1", "-S", "-t", "points", "kspace", "maps", "image"], folder);
            if (round == 1)
            {
                Add(times, "JSENSE 256x256, 8 coils, 100 spokes", ["nlinv", "-d4", "-t", "points", "kspace", "image", "fitted"], folder);
            }

            return times;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Add(Dictionary<string, double> times, string name, string[] arguments, string folder)
    {
        Match match = TotalTime().Match(ProcessOutput.Of("bart", arguments, folder) ?? "");
        if (match.Success)
        {
            times[name] = double.Parse(match.Groups["seconds"].Value, CultureInfo.InvariantCulture);
        }
    }

    [GeneratedRegex(@"Total Time: (?<seconds>[\d.]+)", RegexOptions.IgnoreCase)]
    private static partial Regex TotalTime();
}
