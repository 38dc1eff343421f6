using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>
/// One step of equilibrium training: solve off the tape, one application on it, loss, adjoint, update. Phases are named
/// for the ledger.
/// </summary>
/// <param name="config">Loss and clipping.</param>
/// <param name="model">What is trained.</param>
/// <param name="adam">Optimiser of the model's parameters.</param>
/// <param name="cache">Where solutions are remembered; null starts every solve cold.</param>
/// <param name="regulariser">Penalty on the Jacobian at the solution; null for none.</param>
public sealed class TrainingStep(TrainingConfig config, EquilibriumModel model, Adam adam, SolutionCache? cache = null, JacobianRegulariser? regulariser = null) : ITrainingStep
{
    private readonly TrainingLoss _loss = new(config.Loss);
    private readonly StateLosses _stateLosses = new(config);
    private readonly ParameterUpdate _update = new(config, model, adam);
    private readonly IFixedPointSolver _solver = ModelFactory.Solver(config);
    private readonly IEquilibriumAdjoint _adjoint = ModelFactory.Adjoint(config);

    /// <inheritdoc/>
    public StepResult Run(SliceBatch batch, long step = 1)
    {
        model.Normalisation?.Advance(); // frozen from here to the update
        Ledger ledger = batch.B.Device.Ledger;
        FixedPointMap layer = model.Layer(batch.Normal, batch.B);
        using var scope = new TensorScope(batch.B.Device, MemoryOwner.Solver);
        CascadedStart? start;
        FixedPointSolution solution;
        (FixedPointMap watched, IReadOnlyList<(Tensor State, double Weight)> noted) = config.LossStates > 0 ? _stateLosses.Watch(layer, scope) : (layer, []);
        using (ledger.Enter("forward solve"))
        {
            start = cache?.Start(batch, new FixedPointProblem(layer, batch.Start), scope);
            solution = _solver.Solve(new FixedPointProblem(watched, start?.Value ?? batch.Start), scope);
            cache?.Keep(batch, solution);
        }

        using var tape = Tape.Recording(batch.B.Device);
        EquilibriumPoint point;
        Variable loss;
        using (ledger.Enter("taped application"))
        {
            point = _adjoint.Attach(tape, layer, solution.Value);
            loss = _loss.Record(tape, point.Output, batch.Target);
        }

        double penalty;
        using (ledger.Enter("backward"))
        {
            Tensor lossGradient = scope.Zeros(batch.B.DType, batch.B.Shape);
            Tensor one = scope.Like(loss.Value);
            Fill.Run(1, one);
            tape.Backward(loss, one, new GradientTargets().Add(point.Output, lossGradient));
            model.Parameters.ClearGradients();
            _adjoint.Backward(tape, point, lossGradient, new GradientTargets().Add(tape, model.Trained), scope);
            _stateLosses.Backward(layer, noted, batch.Target, model.Trained);
            penalty = regulariser?.AddGradient(tape, batch, solution.Value, _adjoint is Unrolled ? null : point, step) ?? double.NaN;
        }

        using (ledger.Enter("update"))
        {
            double value = loss.Value.Item(), norm = _update.Run(value, solution.Slices);
            return new StepResult(value, Psnr(point.Output.Value, batch.Target), solution.Slices, norm) { Start = start, JacobianPenalty = penalty };
        }
    }

    /// <summary>20 log10(max |target|) − 10 log10(mean |image − target|²) in dB, of complex images.</summary>
    public static double Psnr(Tensor image, Tensor target) =>
        (20 * Math.Log10(Reduce.MaxAbs(target))) - (10 * Math.Log10(Reduce.SquaredDistance(image, target) / target.Count));
}
