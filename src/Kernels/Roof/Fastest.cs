using System.Diagnostics;

namespace Stardeq.Kernels;

/// <summary>Times of a roof: the fastest of several runs, since whatever else the machine does only slows one down.</summary>
internal static class Fastest
{
    // The just-in-time compiler improves a loop some tenths of a second after its first runs.
    private const double WarmUpSeconds = 0.4;
    private const int Runs = 7;

    public static double Seconds(Action run)
    {
        var warmUp = Stopwatch.StartNew();
        while (warmUp.Elapsed.TotalSeconds < WarmUpSeconds)
        {
            run();
        }

        double fastest = double.PositiveInfinity;
        for (int i = 0; i < Runs; i++)
        {
            long start = Stopwatch.GetTimestamp();
            run();
            fastest = Math.Min(fastest, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return fastest;
    }
}
