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

    /// <summary>For times that are worth reporting.</summary>
    public static Repetitions Thorough { get; } = new(2, 0.5, 5, 1.0);

    /// <summary>To see that it runs.</summary>
    public static Repetitions Once { get; } = new(0, 0, 1, 0);

    /// <summary>Times runs.</summary>
    /// <param name="run">One run.</param>
    /// <param name="device">Its device: a run ends when the device has done all work of it.</param>
    public Timing Measure(Action run, Device device)
    {
        Action wait = device is CudaDevice cuda ? cuda.Synchronize : () => { };
        var warmUp = Stopwatch.StartNew();
        for (int i = 0; i < WarmUps || warmUp.Elapsed.TotalSeconds < WarmUpSeconds; i++)
        {
            run();
            wait();
        }

        wait(); // for the inputs, if there was no warm-up
        var seconds = new List<double>();
        while (seconds.Count < Runs || (seconds.Sum() < Seconds && seconds.Count < MostRuns))
        {
            long start = Stopwatch.GetTimestamp();
            run();
            wait();
            seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        seconds.Sort();
        return new Timing(seconds[seconds.Count / 2], seconds[0], seconds[^1], seconds.Count);
    }
}
