using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>
/// One step of training: solve off the tape, one application on it (or all, for unrolled models), loss, adjoint, penalties,
/// update. Phases are named for the ledger.
/// </summary>
/// <param name="config">Loss and clipping.</param>
/// <param name="model">What is trained.</param>
/// <param name="adam">Optimiser of the model's parameters.</param>
/// <param name="cache">Where solutions are remembered; null starts every solve cold.</param>
/// <param name="regulariser">Penalty on the Jacobian at the solution; null for none.</param>
/// <param name="terms">Length of the series of <c>adjoint=auto</c>; null for other adjoints.</param>
public sealed class TrainingStep(
    TrainingConfig config, EquilibriumModel model, Adam adam, SolutionCache? cache = null, JacobianRegulariser? regulariser = null, AdjointTerms? terms = null) : ITrainingStep
{
    private readonly TrainingLoss _loss = new(config.Loss);
    private readonly StateLosses _stateLosses = new(config);
    private readonly ParameterUpdate _update = new(config, model, adam);
    private readonly ReconstructionScheme _scheme = ModelFactory.Scheme(config, model);

    /// <inheritdoc/>
    public StepResult Run(SliceBatch batch, long step = 1)
    {
        model.Normalisation?.Advance(); // frozen from here to the update
        Ledger ledger = batch.B.Device.Ledger;
        FixedPointProblem problem = _scheme.Problem(batch);
        using var scope = new TensorScope(batch.B.Device, MemoryOwner.Solver);
        CascadedStart? start;
        FixedPointSolution solution;
        (FixedPointProblem watched, IReadOnlyList<(Tensor State, double Weight)> noted) = _stateLosses.Watch(problem, scope);
        using (ledger.Enter("forward solve"))
        {
            start = cache?.Start(batch, problem, scope);
            solution = _scheme.Solve(watched with { Start = start?.Value ?? problem.Start }, scope);
            cache?.Keep(batch, solution);
        }

        using var tape = Tape.Recording(batch.B.Device);
        EquilibriumPoint point;
        Variable loss;
        using (ledger.Enter("taped application"))
        {
            point = _scheme.Adjoint.Attach(tape, problem.Map, solution.Value);
            loss = _loss.Record(tape, point.Output, batch.Target);
        }

        AdjointSolution adjoint;
        double penalty;
        using (ledger.Enter("backward"))
        {
            Tensor lossGradient = scope.Zeros(batch.B.DType, batch.B.Shape);
            tape.Backward(loss, new GradientTargets().Add(point.Output, lossGradient));
            Probe(tape, point, lossGradient, step);
            model.Parameters.ClearGradients();
            point = point with { IsSolved = AreSolved(solution.Slices), AdjointStart = cache?.AdjointStart(batch, scope), ReleasesTape = !(regulariser?.Weight(step) > 0) };
            adjoint = _scheme.Adjoint.Backward(tape, point, lossGradient, new GradientTargets().Add(tape, model.Trained), scope);
            cache?.KeepAdjoint(batch, adjoint.State, [.. adjoint.Slices.Select(slice => slice.Status == AdjointStatus.Solved)]);
            _stateLosses.Backward(problem.Map, noted, batch.Target, model.Trained);
            penalty = regulariser?.AddGradient(tape, batch, solution.Value, _scheme.Adjoint is Unrolled ? null : point, step) ?? double.NaN;
        }

        using (ledger.Enter("update"))
        {
            double value = loss.Value.Item(), norm = _update.Run(value, solution.Slices);
            return new StepResult(value, Psnr(point.Output.Value, batch.Target), solution.Slices, norm)
            {
                Adjoints = adjoint.Slices,
                Applications = _scheme.Applications,
                Start = start,
                JacobianPenalty = penalty,
            };
        }
    }

    /// <summary>20 log10(max |target|) − 10 log10(mean |image − target|²) in dB, of complex images.</summary>
    public static double Psnr(Tensor image, Tensor target) =>
        (20 * Math.Log10(Reduce.MaxAbs(target))) - (10 * Math.Log10(Reduce.SquaredDistance(image, target) / target.Count));

    /// <summary>Measures or sets the length of the series of <c>adjoint=auto</c>.</summary>
    private void Probe(Tape tape, EquilibriumPoint point, Tensor lossGradient, long step)
    {
        if (_scheme.Adjoint is not CheapestNeumann cheapest || terms is null)
        {
            return;
        }

        if (terms.IsDue(step))
        {
            cheapest.Probe(tape, point, lossGradient);
            terms.Value = cheapest.Terms;
        }

        cheapest.Terms = terms.Value!.Value;
    }

    /// <summary>Which slices are near enough to a fixed point for an implicit gradient; null if nothing was solved.</summary>
    private bool[]? AreSolved(IReadOnlyList<SliceSolve> slices) =>
        slices.Count > 0 ? [.. slices.Select(slice => slice.BestResidual <= config.AdjointResidual)] : null;
}
