using Stardeq.Autodiff;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>
/// A step of pre-training, without a solve: the denoiser alone on the gridded image, or a few applications of the layer from it,
/// against the target. The weights then are sensible when the first fixed points are asked for.
/// </summary>
/// <param name="config">Kind, number of applications, loss.</param>
/// <param name="model">What is trained.</param>
/// <param name="adam">Its optimiser.</param>
public sealed class PretrainingStep(TrainingConfig config, EquilibriumModel model, Adam adam) : ITrainingStep
{
    private readonly TrainingLoss _loss = new(config.Loss);
    private readonly ReconstructionScheme _scheme = config.Pretrain == PretrainKind.Denoiser
        ? ReconstructionScheme.Network(model)
        : ReconstructionScheme.Unrolled(model, config.PretrainSteps, recomputes: false);

    private readonly ParameterUpdate _update = new(config, model, adam);

    /// <inheritdoc/>
    public StepResult Run(SliceBatch batch, long step = 1)
    {
        model.Normalisation?.Advance();
        using Ledger.PhaseScope phase = batch.B.Device.Ledger.Enter("pre-training");
        using var tape = Tape.Recording(batch.B.Device);
        FixedPointProblem problem = _scheme.Problem(batch);
        Variable image = _scheme.Adjoint.Attach(tape, problem.Map, problem.Start).Output;
        Variable loss = _loss.Record(tape, image, batch.Target);
        model.Parameters.ClearGradients();
        double value = loss.Value.Item(), psnr = TrainingStep.Psnr(image.Value, batch.Target);
        tape.BackwardAndRelease(loss, new GradientTargets().Add(tape, model.Trained));
        return new StepResult(value, psnr, [], _update.Run(value, []));
    }
}
