using System.Diagnostics;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Seconds of repeated runs.</summary>
/// <param name="Median">Half of the runs were faster.</param>
/// <param name="Fastest">Fastest run.</param>
/// <param name="Slowest">Slowest run.</param>
/// <param name="Runs">How many were timed.</param>
public sealed record Timing(double Median, double Fastest, double Slowest, int Runs);

/// <summary>How often to run.</summary>
/// <param name="WarmUps">Runs at least before the first that counts.</param>
/// <param name="WarmUpSeconds">Seconds at least before the first that counts, for the just-in-time compiler and the clocks.</param>
/// <param name="Runs">Runs at least that count.</param>
/// <param name="Seconds">Seconds after which no more are begun.</param>
internal sealed record Repetitions(int WarmUps, double WarmUpSeconds, int Runs, double Seconds)
{
    private const int MostRuns = 200;
    private const int Pairs = 51; // odd, for a median

    /// <summary>For times that are worth reporting.</summary>
    public static Repetitions Thorough { get; } = new(2, 0.5, 5, 1.0);

    /// <summary>To see that it runs.</summary>
    public static Repetitions Once { get; } = new(0, 0, 1, 0);

    /// <summary>Time of one kind of run over that of another: the median over pairs of runs that follow each other, in changing order.</summary>
    /// <param name="run">One kind.</param>
    /// <param name="against">The other.</param>
    /// <param name="device">Their device.</param>
    public double Ratio(Action run, Action against, Device device)
    {
        int pairs = WarmUps > 0 ? Pairs : 1;
        double[] ratios = new double[pairs];
        for (int pair = 0; pair < pairs; pair++)
        {
            bool isFirst = pair % 2 == 0;
            double first = TimeOf(isFirst ? run : against, device), second = TimeOf(isFirst ? against : run, device);
            ratios[pair] = isFirst ? first / second : second / first;
        }

        Array.Sort(ratios);
        return ratios[pairs / 2];
    }

    /// <summary>Times runs.</summary>
    /// <param name="run">One run.</param>
    /// <param name="device">Its device: a run ends when the device has done all work of it.</param>
    public Timing Measure(Action run, Device device)
    {
        var warmUp = Stopwatch.StartNew();
        for (int i = 0; i < WarmUps || warmUp.Elapsed.TotalSeconds < WarmUpSeconds; i++)
        {
            TimeOf(run, device);
        }

        (device as CudaDevice)?.Synchronize(); // for the inputs, if there was no warm-up
        var seconds = new List<double>();
        while (seconds.Count < Runs || (seconds.Sum() < Seconds && seconds.Count < MostRuns))
        {
            seconds.Add(TimeOf(run, device));
        }

        seconds.Sort();
        return new Timing(seconds[seconds.Count / 2], seconds[0], seconds[^1], seconds.Count);
    }

    private static double TimeOf(Action run, Device device)
    {
        long start = Stopwatch.GetTimestamp();
        run();
        (device as CudaDevice)?.Synchronize();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
