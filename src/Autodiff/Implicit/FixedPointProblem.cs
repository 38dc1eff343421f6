using Stardeq.Engine;

namespace Stardeq.Autodiff;

/// <summary>One application f(z), written in taped operations. Must not depend on anything that changes during a solve.</summary>
/// <remarks>On a CUDA device it may be captured as a graph, unless its problem says otherwise: it queues work and neither
/// waits, nor reads back, nor uploads.</remarks>
/// <param name="tape">Recording or forgetful.</param>
/// <param name="z">[slices, ...].</param>
/// <returns>f(z), of the type and shape of z.</returns>
public delegate Variable FixedPointMap(Tape tape, Variable z);

/// <summary>Find z with z = f(z).</summary>
/// <param name="Map">f. Slices, the entries of the first axis, are independent problems.</param>
/// <param name="Start">z₀, [slices, ...].</param>
public sealed record FixedPointProblem(FixedPointMap Map, Tensor Start)
{
    /// <summary>False if the map waits for the device, as one with a solve inside does; it is then never captured as a graph.</summary>
    public bool CanCapture { get; init; } = true;

    /// <summary>fz = f(z), without a tape.</summary>
    public void Evaluate(Tensor z, Tensor fz)
    {
        using var tape = Tape.Forgetful(z.Device);
        fz.CopyFrom(Map(tape, tape.Input(z)).Value);
    }
}

/// <summary>How a solve ended.</summary>
public enum SolveStatus
{
    /// <summary>The residual reached the tolerance.</summary>
    Converged,

    /// <summary>The limit of evaluations was reached first. Raise it, loosen the tolerance, or stabilise the map.</summary>
    Stalled,

    /// <summary>The limit was reached with a residual above the first one, or above 1/2: the map is not contractive here.</summary>
    Diverged,

    /// <summary>The map returned a value that is not finite.</summary>
    NotFinite,
}

/// <summary>Record of the solve of one slice.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Residuals">‖f(z) − z‖ / ‖f(z)‖ of each evaluation.</param>
/// <param name="BestResidual">Smallest of them; that of the returned value.</param>
/// <param name="Restarts">How often the history was dropped because residuals grew.</param>
/// <param name="Weights">Mixing weights of each accelerated step, oldest pair first; empty for other solvers.</param>
public sealed record SliceSolve(
    SolveStatus Status, IReadOnlyList<double> Residuals, double BestResidual, int Restarts, IReadOnlyList<double[]> Weights)
{
    /// <summary>Evaluations of f.</summary>
    public int Evaluations => Residuals.Count;
}

/// <summary>What a solver returns; look at the status before trusting the value.</summary>
/// <param name="Value">The f(z) of smallest residual, [slices, ...].</param>
/// <param name="Slices">One record per slice.</param>
public sealed record FixedPointSolution(Tensor Value, IReadOnlyList<SliceSolve> Slices)
{
    /// <summary>True if every slice converged.</summary>
    public bool AllConverged => Slices.All(slice => slice.Status == SolveStatus.Converged);

    /// <summary>Evaluations of f on the whole batch.</summary>
    public int Evaluations => Slices.Max(slice => slice.Evaluations);

    /// <summary>Largest residual of the returned slices.</summary>
    public double WorstResidual => Slices.Max(slice => slice.BestResidual);
}

/// <summary>A method that finds fixed points. Never recorded on a tape.</summary>
public interface IFixedPointSolver
{
    /// <summary>Solves all slices of a problem.</summary>
    /// <param name="problem">Map and start.</param>
    /// <param name="into">Owner of the returned value.</param>
    FixedPointSolution Solve(FixedPointProblem problem, TensorScope into);
}
