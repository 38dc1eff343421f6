using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

/// <summary>Keeps the residuals, the best value and the status of one slice during a solve.</summary>
internal sealed class SliceTracker(Tensor best, double tolerance)
{
    // Guards divisions by a norm; far below any data, so that no result depends on the scale of the data.
    private const double Tiny = 1e-30;

    // An iterate that grows by a factor λ per step has a relative residual of 1 − 1/λ that never falls: 1/2 and more from
    // λ = 2 on. One that approaches anything is below that after the first few steps.
    private const double NoApproach = 0.5;

    private readonly List<double> _residuals = [];
    private SolveStatus? _status;

    /// <summary>The f(z) of smallest residual so far.</summary>
    public Tensor Best { get; } = best;

    public double BestResidual { get; private set; } = double.PositiveInfinity;

    public bool IsActive => _status is null;

    public double LastResidual => _residuals[^1];

    /// <summary>‖f(z) − z‖ of the last evaluation.</summary>
    public double LastStep { get; private set; }

    public int Restarts { get; set; }

    public List<double[]> Weights { get; } = [];

    /// <summary>Takes one evaluation into account; false if the slice is finished by it.</summary>
    /// <param name="fz">f(z).</param>
    /// <param name="step">f(z) − z.</param>
    public bool Observe(Tensor fz, Tensor step)
    {
        LastStep = Math.Sqrt(Reduce.SumOfSquares(step));
        double residual = LastStep / (Math.Sqrt(Reduce.SumOfSquares(fz)) + Tiny);
        _residuals.Add(residual);
        if (!double.IsFinite(residual))
        {
            _status = SolveStatus.NotFinite;
        }
        else
        {
            if (residual < BestResidual)
            {
                BestResidual = residual;
                Best.CopyFrom(fz);
            }

            if (residual <= tolerance)
            {
                _status = SolveStatus.Converged;
            }
        }

        return IsActive;
    }

    public SliceSolve Finish() => new(Judge(_status, _residuals), _residuals, BestResidual, Restarts, Weights);

    /// <summary>The status of a finished slice, or what to call one that used up its evaluations.</summary>
    public static SolveStatus Judge(SolveStatus? status, IReadOnlyList<double> residuals) =>
        status ?? (residuals[^1] > residuals[0] || residuals[^1] >= NoApproach ? SolveStatus.Diverged : SolveStatus.Stalled);
}
