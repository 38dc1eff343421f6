using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>
/// One step of training: solve off the tape, one application on it (or all, for unrolled models), loss, adjoint, update.
/// Phases are named for the ledger.
/// </summary>
/// <param name="config">Loss and clipping.</param>
/// <param name="model">What is trained.</param>
/// <param name="adam">Optimiser of the model's parameters.</param>
/// <param name="cache">Where solutions are remembered; null starts every solve cold.</param>
public sealed class TrainingStep(TrainingConfig config, EquilibriumModel model, Adam adam, SolutionCache? cache = null) : ITrainingStep
{
    private readonly ReconstructionScheme _scheme = ModelFactory.Scheme(config, model);
    private readonly TrainingLoss _loss = new(config.Loss);
    private readonly StateLosses _stateLosses = new(config);
    private readonly ParameterUpdate _update = new(config, model, adam);

    /// <summary>How an image comes about, and its gradient.</summary>
    public ReconstructionScheme Scheme => _scheme;

    /// <inheritdoc/>
    public StepResult Run(SliceBatch batch, bool isProbe = false)
    {
        Ledger ledger = batch.B.Device.Ledger;
        FixedPointProblem problem = _scheme.Problem(batch);
        using var scope = new TensorScope(batch.B.Device, MemoryOwner.Solver);
        (FixedPointProblem watched, IReadOnlyList<(Tensor State, double Weight)> noted) = _stateLosses.Watch(problem, scope);
        CascadedStart? start;
        FixedPointSolution solution;
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
            point = point with
            {
                IsSolved = solution.Slices.Count > 0 ? [.. solution.Slices.Select(slice => slice.BestResidual <= config.AdjointResidual)] : null,
                AdjointStart = cache?.AdjointStart(batch, scope),
            };
            adjoint = _scheme.Adjoint.Backward(tape, point, lossGradient, new GradientTargets().Add(tape, model.Trained), scope);
            cache?.KeepAdjoint(batch, adjoint.State, [.. adjoint.Slices.Select(slice => slice.Status == AdjointStatus.Solved)]);
            _stateLosses.Backward(problem.Map, noted, batch.Target, model.Trained);
        }

        using (ledger.Enter("update"))
        {
            double value = loss.Value.Item(), norm = _update.Run(value, solution.Slices);
            int iterations = solution.Slices.Select((slice, s) => slice.Evaluations + (start?.Evaluations(s) ?? 0)).DefaultIfEmpty(_scheme.Applications).Max();
            return new StepResult(value, Psnr(point.Output.Value, batch.Target), solution.Slices, adjoint.Slices, norm, iterations) { Start = start };
        }
    }

    /// <summary>20 log10(max |target|) − 10 log10(mean |image − target|²) in dB, of complex images.</summary>
    public static double Psnr(Tensor image, Tensor target) =>
        (20 * Math.Log10(Reduce.MaxAbs(target))) - (10 * Math.Log10(Reduce.SquaredDistance(image, target) / target.Count));
}
