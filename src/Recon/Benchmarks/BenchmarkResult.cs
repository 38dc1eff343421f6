namespace Stardeq.Recon;

/// <summary>What was measured of one case.</summary>
/// <param name="Name">Operation and sizes.</param>
/// <param name="Timing">Seconds of a run.</param>
public sealed record BenchmarkResult(string Name, Timing Timing)
{
    /// <summary>FLOP/s by the textbook count of the operation; null where it has none.</summary>
    public double? FlopRate { get; init; }

    /// <summary>Bytes per second if every stage goes through memory once; null where it is not counted.</summary>
    public double? ByteRate { get; init; }

    /// <summary>Share of the machine's arithmetic; above 1 where an algorithm does with fewer operations than the textbook.</summary>
    public double? ArithmeticShare { get; init; }

    /// <summary>Share of the machine's memory bandwidth; above 1 where caches serve.</summary>
    public double? BandwidthShare { get; init; }

    /// <summary>Relative l2 error against the direct sum in double, where the case is an approximation.</summary>
    public double? RelativeError { get; init; }

    /// <summary>Time over that of the same without what the case adds: the median over pairs of runs, where they were measured.</summary>
    public double? OverAgainst { get; init; }

    /// <summary>How many times faster all threads are than one, where both were measured.</summary>
    public double? Speedup { get; init; }
}

/// <summary>One time as a multiple of another.</summary>
/// <param name="Name">What it says.</param>
/// <param name="Value">The multiple.</param>
/// <param name="Aim">What it should be at most.</param>
public sealed record BenchmarkRatio(string Name, double Value, double Aim);

/// <summary>Ratios between cases that say more than the times.</summary>
internal static class BenchmarkRatios
{
    /// <summary>Those whose cases were measured.</summary>
    public static IEnumerable<BenchmarkRatio> Of(IReadOnlyList<BenchmarkResult> results)
    {
        (string Name, string Above, string Below, double Runs, double Aim)[] all =
        [
            ("Anderson's own cost, share of the layer", TrainingCases.AndersonAlone, TrainingCases.Layer, TrainingCases.Full.MaxIterations, 0.03),
            ("NUFFT type 1, odd / even size", Odd("NUFFT accurate", "97 spokes: type 1"), Even("NUFFT accurate", "98 spokes: type 1"), 1, 1.3),
            ("NUFFT type 2, odd / even size", Odd("NUFFT accurate", "97 spokes: type 2"), Even("NUFFT accurate", "98 spokes: type 2"), 1, 1.3),
            ("normal operator, odd / even size", "normal operator 255x255, 11 coils", "normal operator 256x256, 12 coils", 1, 1.3),
        ];
        foreach (BenchmarkResult result in results.Where(result => result.OverAgainst is not null))
        {
            yield return new BenchmarkRatio($"{result.Name} / without", result.OverAgainst!.Value, 1.05);
        }

        foreach ((string name, string above, string below, double runs, double aim) in all)
        {
            if (Find(results, above) is { } upper && Find(results, below) is { } lower)
            {
                yield return new BenchmarkRatio(name, upper.Timing.Median / (runs * lower.Timing.Median), aim);
            }
        }
    }

    private static BenchmarkResult? Find(IReadOnlyList<BenchmarkResult> results, string name) => results.FirstOrDefault(result => result.Name == name);

    private static string Odd(string operation, string rest) => $"{operation}, 255x255, 11 coils, {rest}";

    private static string Even(string operation, string rest) => $"{operation}, 256x256, 12 coils, {rest}";
}
