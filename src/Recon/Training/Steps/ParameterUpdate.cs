using Stardeq.Autodiff;

namespace Stardeq.Recon;

/// <summary>The end of every step: is all finite, how long is the gradient, clip it, move the parameters.</summary>
/// <param name="config">Clipping.</param>
/// <param name="model">Its gradients are complete.</param>
/// <param name="adam">Optimiser of the model.</param>
public sealed class ParameterUpdate(TrainingConfig config, EquilibriumModel model, Adam adam)
{
    /// <summary>Moves the parameters, unless something is not finite.</summary>
    /// <param name="loss">Loss of the step.</param>
    /// <param name="solution">Solves of the step; empty if there were none.</param>
    /// <returns>l2 norm of the gradient before clipping.</returns>
    /// <exception cref="DivergedException">The solve, the loss or the gradient is not finite; the parameters are as before.</exception>
    public double Run(double loss, IReadOnlyList<SliceSolve> solution)
    {
        double norm = adam.GradientNorm();
        if (Failure(loss, norm, solution) is { } cause)
        {
            string solve = solution.Count == 0 ? "" : $", solve {solution[0].Status} after {solution.Max(s => s.Evaluations)} evaluations";
            throw new DivergedException(cause, $"the step diverged: loss {loss:g4}, gradient norm {norm:g4}{solve}. "
                + "The last checkpoint is intact. Try a smaller learning_rate, gradient_clip=1, or denoiser=averaged.");
        }

        adam.Step(config.GradientClip > 0 && norm > config.GradientClip ? config.GradientClip / norm : 1);
        model.ClampScalar();
        return norm;
    }

    private static DivergenceCause? Failure(double loss, double norm, IReadOnlyList<SliceSolve> solution) =>
        solution.Any(slice => slice.Status == SolveStatus.NotFinite) ? DivergenceCause.SolveNotFinite
        : !double.IsFinite(loss) ? DivergenceCause.LossNotFinite
        : !double.IsFinite(norm) ? DivergenceCause.GradientNotFinite
        : null;
}
