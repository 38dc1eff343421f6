using Stardeq.Autodiff;

namespace Stardeq.Recon;

/// <summary>What one training step did.</summary>
/// <param name="Loss">Loss of the image, before the update.</param>
/// <param name="Psnr">20 log10(max |target|) − 10 log10(mean |image − target|²) in dB, of the complex images.</param>
/// <param name="Slices">Status and residuals of the solve of each slice; empty where nothing is solved.</param>
/// <param name="Adjoints">What became of the adjoint equation of each slice; empty in pre-training.</param>
/// <param name="GradientNorm">l2 norm of the gradient before clipping.</param>
/// <param name="Iterations">Evaluations of the layer on the slowest slice; those of a warm start that the solve goes on from count.</param>
public sealed record StepResult(
    double Loss, double Psnr, IReadOnlyList<SliceSolve> Slices, IReadOnlyList<SliceAdjoint> Adjoints, double GradientNorm, int Iterations)
{
    /// <summary>Where the solves started; null if nothing is remembered. Its value is gone.</summary>
    public CascadedStart? Start { get; init; }

    /// <summary>Largest residual of the solves; NaN where nothing is solved.</summary>
    public double Residual => Slices.Count > 0 ? Slices.Max(slice => slice.BestResidual) : double.NaN;
}

/// <summary>One step of a training: from slices to changed parameters.</summary>
public interface ITrainingStep
{
    /// <summary>Runs the step; parameters are unchanged if something is not finite.</summary>
    /// <param name="batch">The slices.</param>
    /// <param name="isProbe">Whether an adjoint that measures itself does so in this step.</param>
    /// <exception cref="DivergedException">The solve, the loss or the gradient is not finite.</exception>
    StepResult Run(SliceBatch batch, bool isProbe);
}
