using System.Diagnostics;
using Stardeq.Engine;

namespace Stardeq.Benchmarks;

/// <summary>Something whose time is worth knowing.</summary>
/// <param name="Name">Operation and sizes.</param>
/// <param name="Work">Amount of work of one run in the unit, or 0 if there is no natural one.</param>
/// <param name="Unit">Unit of the rate: GFLOP or Mpoint.</param>
/// <param name="Prepare">Makes the inputs; they live until the case is disposed.</param>
internal sealed record BenchmarkCase(string Name, double Work, string Unit, Func<PreparedCase> Prepare);

/// <summary>A case with its inputs.</summary>
/// <param name="run">One run.</param>
/// <param name="owned">What to give back afterwards, last first.</param>
internal sealed class PreparedCase(Action run, params IDisposable[] owned) : IDisposable
{
    /// <summary>One run.</summary>
    public Action Run { get; } = run;

    public void Dispose()
    {
        for (int i = owned.Length - 1; i >= 0; i--)
        {
            owned[i].Dispose();
        }
    }
}

/// <summary>Seconds of repeated runs.</summary>
/// <param name="Median">Half of the runs were faster.</param>
/// <param name="Fastest">Fastest run.</param>
/// <param name="Slowest">Slowest run.</param>
/// <param name="Runs">How many were timed.</param>
internal sealed record Timing(double Median, double Fastest, double Slowest, int Runs);

/// <summary>Times repeated runs.</summary>
internal static class Stopwatches
{
    private const double WarmUpSeconds = 0.3, MeasuredSeconds = 1.0;
    private const int LeastWarmUps = 2, LeastRuns = 5, MostRuns = 200;

    /// <summary>Warms up, so that the just-in-time compiler is done, then times runs until a second has passed.</summary>
    public static Timing Measure(Action run)
    {
        var warmUp = Stopwatch.StartNew();
        for (int i = 0; i < LeastWarmUps || warmUp.Elapsed.TotalSeconds < WarmUpSeconds; i++)
        {
            run();
        }

        var seconds = new List<double>();
        while (seconds.Count < LeastRuns || (seconds.Sum() < MeasuredSeconds && seconds.Count < MostRuns))
        {
            long start = Stopwatch.GetTimestamp();
            run();
            seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        seconds.Sort();
        return new Timing(seconds[seconds.Count / 2], seconds[0], seconds[^1], seconds.Count);
    }
}

/// <summary>Random inputs.</summary>
internal static class Inputs
{
    /// <summary>Normally distributed numbers.</summary>
    public static Tensor Random(TensorScope scope, DType dtype, Shape shape)
    {
        Tensor tensor = scope.New(dtype, shape);
        Autodiff.RandomFill.Normal(tensor, new CounterRandom(1));
        return tensor;
    }
}
