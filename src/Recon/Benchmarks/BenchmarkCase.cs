using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Something whose time is worth knowing.</summary>
/// <param name="Name">Operation and sizes; unique.</param>
/// <param name="Work">What the algorithm has to do in one run.</param>
/// <param name="Prepare">Makes the inputs on a device; they live until the prepared case is disposed.</param>
internal sealed record BenchmarkCase(string Name, WorkCount Work, Func<Device, PreparedCase> Prepare)
{
    /// <summary>Whether one thread is measured beside all of them.</summary>
    public bool Scales { get; init; }

    /// <summary>Every case.</summary>
    public static IEnumerable<BenchmarkCase> All() =>
        ConvolutionCases.All().Concat(TransformCases.All()).Concat(NormalCases.All()).Concat(TrainingCases.All());
}

/// <summary>A case with its inputs.</summary>
/// <param name="run">One run; on a GPU it may return before the work is done.</param>
/// <param name="owned">What to give back afterwards, last first.</param>
internal sealed class PreparedCase(Action run, params IDisposable[] owned) : IDisposable
{
    /// <summary>One run.</summary>
    public Action Run { get; } = run;

    /// <summary>Relative l2 error of the last run's result against the definition, where the case is an approximation.</summary>
    public Func<double>? RelativeError { get; init; }

    /// <summary>The same without what the case adds. Runs in turn with it, so that both see the machine in the same state.</summary>
    public Action? Against { get; init; }

    public void Dispose()
    {
        for (int i = owned.Length - 1; i >= 0; i--)
        {
            owned[i].Dispose();
        }
    }
}
