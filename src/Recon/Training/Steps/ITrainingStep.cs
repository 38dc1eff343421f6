using Stardeq.Autodiff;

namespace Stardeq.Recon;

/// <summary>What one training step did.</summary>
/// <param name="Loss">Loss before the update.</param>
/// <param name="Psnr">20 log10(max |target|) − 10 log10(mean |image − target|²) in dB, of the complex images.</param>
/// <param name="Solution">Status and residuals of the solve of each slice; its value is gone. Empty if the step solves nothing.</param>
/// <param name="GradientNorm">l2 norm of the gradient before clipping.</param>
public sealed record StepResult(double Loss, double Psnr, IReadOnlyList<SliceSolve> Solution, double GradientNorm)
{
    /// <summary>Jacobian penalty without its weight; NaN if the step has none.</summary>
    public double JacobianPenalty { get; init; } = double.NaN;

    /// <summary>What became of the adjoint equation of each slice; empty if the step has none.</summary>
    public IReadOnlyList<SliceAdjoint> Adjoints { get; init; } = [];

    /// <summary>Applications of the layer in a step without a solve.</summary>
    public double Applications { get; init; } = double.NaN;

    /// <summary>Where the solves started; null if all started cold without a memory.</summary>
    public CascadedStart? Start { get; init; }

    /// <summary>Evaluations of the layer on the way to the solution: the largest number of a slice; without a solve, its applications.</summary>
    public double Evaluations => Solution.Count == 0 ? Applications : Solution.Select((solve, s) => solve.Evaluations + (Start?.Evaluations(s) ?? 0)).Max();

    /// <summary>Largest relative residual of a solution; NaN without a solve.</summary>
    public double Residual => Solution.Count == 0 ? double.NaN : Solution.Max(solve => solve.BestResidual);
}

/// <summary>One step of a training: from slices to changed parameters.</summary>
public interface ITrainingStep
{
    /// <summary>Runs the step; parameters are unchanged if something is not finite.</summary>
    /// <param name="batch">The slices.</param>
    /// <param name="step">Number of the step, from 1; decides its random draws and its place in schedules.</param>
    /// <exception cref="DivergedException">The solve, the loss or the gradient is not finite.</exception>
    StepResult Run(SliceBatch batch, long step = 1);
}
