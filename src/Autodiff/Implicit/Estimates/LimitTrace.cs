using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

/// <summary>Told what a solver would have returned.</summary>
/// <param name="index">Which of the limits.</param>
/// <param name="value">The f(z) of smallest residual within that many evaluations, [1, ...]; only valid during the call.</param>
/// <param name="residual">Its ‖f(z) − z‖ / ‖f(z)‖.</param>
public delegate void LimitReport(int index, Tensor value, double residual);

/// <summary>
/// What a solver would return for several limits of evaluations, from one solve with the largest: solvers take the same
/// steps whatever their limit, and return the best f(z) that they saw. Looks on while the solver works, at one slice.
/// </summary>
public sealed class LimitTrace : IDisposable
{
    // Guards divisions by a norm; far below any data, so that no result depends on the scale of the data.
    private const double Tiny = 1e-30;

    private readonly TensorScope _scope;
    private readonly FixedPointMap _map;
    private readonly IReadOnlyList<int> _limits;
    private readonly LimitReport _report;
    private readonly Tensor _best, _step;
    private double _residual = double.PositiveInfinity;
    private int _evaluations, _reported;

    /// <summary>A trace of one problem.</summary>
    /// <param name="problem">Of one slice.</param>
    /// <param name="limits">Numbers of evaluations, rising.</param>
    /// <param name="report">Told at each limit, in order.</param>
    /// <exception cref="ShapeException">There are several slices: their solves end at different evaluations.</exception>
    public LimitTrace(FixedPointProblem problem, IReadOnlyList<int> limits, LimitReport report)
    {
        if (problem.Start.Shape.Rank == 0 || problem.Start.Shape[0] != 1)
        {
            throw new ShapeException($"limit trace: the start is {problem.Start.Describe()}; one slice, [1, ...], was expected. Trace slices one by one.");
        }

        (_map, _limits, _report) = (problem.Map, limits, report);
        _scope = new TensorScope(problem.Start.Device, MemoryOwner.Solver);
        _best = _scope.Clone(problem.Start);
        _step = _scope.Like(problem.Start);
        Problem = problem with { Map = Watched, CanCapture = false }; // a look waits for the device
    }

    /// <summary>The problem to solve, with a limit of at least the largest.</summary>
    public FixedPointProblem Problem { get; }

    /// <summary>Reports the limits that the solve did not need: it would have ended with the same value.</summary>
    public void Finish() => ReportUpTo(int.MaxValue);

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _scope.Dispose();

    private Variable Watched(Tape tape, Variable z)
    {
        Variable fz = _map(tape, z);
        Subtract.Run(fz.Value, z.Value, _step);
        double residual = Math.Sqrt(Reduce.SumOfSquares(_step)) / (Math.Sqrt(Reduce.SumOfSquares(fz.Value)) + Tiny);
        if (residual < _residual)
        {
            _residual = residual;
            _best.CopyFrom(fz.Value);
        }

        ReportUpTo(++_evaluations);
        return fz;
    }

    private void ReportUpTo(int evaluations)
    {
        for (; _reported < _limits.Count && _limits[_reported] <= evaluations; _reported++)
        {
            _report(_reported, _best, _residual);
        }
    }
}
