using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>What one training step did.</summary>
/// <param name="Loss">Loss at z** = f(z*), before the update.</param>
/// <param name="Psnr">20 log10(max |target|) − 10 log10(mean |z** − target|²) in dB, of the complex images.</param>
/// <param name="Slices">Status and residuals of the solve of each slice; empty for models that solve nothing.</param>
/// <param name="Adjoints">What became of the adjoint equation of each slice.</param>
/// <param name="GradientNorm">l2 norm of the gradient before clipping.</param>
/// <param name="Iterations">Evaluations of the layer on the slowest slice.</param>
public sealed record StepResult(
    double Loss, double Psnr, IReadOnlyList<SliceSolve> Slices, IReadOnlyList<SliceAdjoint> Adjoints, double GradientNorm, int Iterations)
{
    /// <summary>Largest residual of the solves; NaN where nothing is solved.</summary>
    public double Residual => Slices.Count > 0 ? Slices.Max(slice => slice.BestResidual) : double.NaN;
}

/// <summary>
/// One step of training: solve off the tape, one application on it (or all, for unrolled models), loss, adjoint, update.
/// Phases are named for the ledger.
/// </summary>
/// <param name="config">Loss and clipping.</param>
/// <param name="model">What is trained.</param>
/// <param name="adam">Optimiser of the model's parameters.</param>
public sealed class TrainingStep(TrainingConfig config, EquilibriumModel model, Adam adam)
{
    private readonly ReconstructionScheme _scheme = ModelFactory.Scheme(config, model);

    /// <summary>How an image comes about, and its gradient.</summary>
    public ReconstructionScheme Scheme => _scheme;

    /// <summary>Runs the step; parameters are unchanged if the loss or the gradient is not finite.</summary>
    /// <param name="batch">The slices.</param>
    /// <param name="isProbe">Whether an adjoint that measures itself does so in this step.</param>
    /// <exception cref="DivergedException">The solve, the loss or the gradient is not finite.</exception>
    public StepResult Run(SliceBatch batch, bool isProbe = false)
    {
        Ledger ledger = batch.B.Device.Ledger;
        FixedPointProblem problem = _scheme.Problem(batch);
        using var scope = new TensorScope(batch.B.Device, MemoryOwner.Solver);
        FixedPointSolution solution;
        using (ledger.Enter("forward solve"))
        {
            solution = _scheme.Solve(problem, scope);
        }

        using var tape = Tape.Recording(batch.B.Device);
        EquilibriumPoint point;
        Variable loss;
        using (ledger.Enter("taped application"))
        {
            point = _scheme.Adjoint.Attach(tape, problem.Map, solution.Value);
            loss = tape.SquaredError(LossFactor(batch.Target), point.Output, tape.Input(batch.Target));
        }

        AdjointSolution adjoint;
        using (ledger.Enter("backward"))
        {
            Tensor lossGradient = scope.Zeros(batch.B.DType, batch.B.Shape);
            Tensor one = scope.Like(loss.Value);
            Fill.Run(1, one);
            tape.Backward(loss, one, new GradientTargets().Add(point.Output, lossGradient));
            if (isProbe && _scheme.Adjoint is CheapestNeumann cheapest)
            {
                cheapest.Probe(tape, point, lossGradient);
            }

            model.Parameters.ClearGradients();
            point = point with { IsSolved = solution.Slices.Count > 0 ? [.. solution.Slices.Select(slice => slice.BestResidual <= config.AdjointResidual)] : null };
            adjoint = _scheme.Adjoint.Backward(tape, point, lossGradient, new GradientTargets().Add(tape, model.Trained), scope);
        }

        using (ledger.Enter("update"))
        {
            double norm = adam.GradientNorm(), value = loss.Value.Item();
            RequireFinite(value, norm, solution);
            adam.Step(config.GradientClip > 0 && norm > config.GradientClip ? config.GradientClip / norm : 1);
            model.ClampScalar();
            int iterations = solution.Slices.Count > 0 ? solution.Evaluations : _scheme.Applications;
            return new StepResult(value, Psnr(point.Output.Value, batch.Target), solution.Slices, adjoint.Slices, norm, iterations);
        }
    }

    /// <summary>20 log10(max |target|) − 10 log10(mean |image − target|²) in dB, of complex images.</summary>
    public static double Psnr(Tensor image, Tensor target) =>
        (20 * Math.Log10(Reduce.MaxAbs(target))) - (10 * Math.Log10(Reduce.SquaredDistance(image, target) / target.Count));

    /// <summary>The loss of an image.</summary>
    public double Loss(Tensor image, Tensor target) => LossFactor(target) * Reduce.SquaredDistance(image, target);

    /// <summary>γ of the loss γ ‖z − target‖².</summary>
    private double LossFactor(Tensor target) => config.Loss switch
    {
        LossKind.Nmse => 1 / Reduce.SumOfSquares(target),
        _ => 1.0 / target.AsReal().Count,
    };

    private static void RequireFinite(double loss, double gradientNorm, FixedPointSolution solution)
    {
        if (solution.Slices.Any(slice => slice.Status == SolveStatus.NotFinite) || !double.IsFinite(loss) || !double.IsFinite(gradientNorm))
        {
            string solve = solution.Slices.Count > 0 ? $", solve {solution.Slices[0].Status} after {solution.Evaluations} evaluations" : "";
            throw new DivergedException(
                $"the step diverged: loss {loss:g4}, gradient norm {gradientNorm:g4}{solve}. "
                + "The last checkpoint is intact. Try a smaller learning_rate, gradient_clip=1, or denoiser=averaged.");
        }
    }
}
