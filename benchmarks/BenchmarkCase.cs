using System.Diagnostics;
using Stardeq.Engine;

namespace Stardeq.Benchmarks;

/// <summary>Something whose time is worth knowing.</summary>
/// <param name="Name">Operation and sizes.</param>
/// <param name="Work">Amount of work of one run in the unit, or 0 if there is no natural one.</param>
/// <param name="Unit">Unit of the rate: GFLOP or Mpoint.</param>
/// <param name="Prepare">Makes the inputs; they live until the case is disposed.</param>
internal sealed record BenchmarkCase(string Name, double Work, string Unit, Func<PreparedCase> Prepare)
{
    /// <summary>Every case on a device.</summary>
    public static IEnumerable<BenchmarkCase> All(Device device) => KernelCases.All(device).Concat(ModelCases.All(device));
}

/// <summary>A case with its inputs.</summary>
/// <param name="run">One run; on a GPU it may return before the work is done.</param>
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

/// <summary>How often to run.</summary>
/// <param name="WarmUps">Runs at least before the first that counts.</param>
/// <param name="WarmUpSeconds">Seconds at least before the first that counts, for the just-in-time compiler and the clocks.</param>
/// <param name="Runs">Runs at least that count.</param>
/// <param name="Seconds">Seconds after which no more are begun.</param>
internal sealed record Repetitions(int WarmUps, double WarmUpSeconds, int Runs, double Seconds)
{
    private const int MostRuns = 200;

    /// <summary>For times that are worth reporting.</summary>
    public static Repetitions Thorough { get; } = new(2, 0.3, 5, 1.0);

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
