using System.Diagnostics;
using Stardeq.Autodiff;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>How a training ended.</summary>
public enum TrainingOutcome
{
    /// <summary>All epochs are done, or the validation no longer improved.</summary>
    Finished,

    /// <summary>It was asked to stop; the checkpoint continues it.</summary>
    Interrupted,
}

/// <summary>
/// Trains a model on prepared slices: steps, validation, metrics, checkpoints, and a way back from divergence. What a step does is
/// a function of the seed, its number and the state in the checkpoint, so an interrupted run continues with the same bits.
/// </summary>
public sealed class Trainer : IDisposable
{
    private readonly TrainingConfig _config;
    private readonly IReadOnlyList<IWaitingSlice> _training;
    private readonly RunFolder _folder;
    private readonly Adam _adam;
    private readonly SliceFeed _feed;
    private readonly TrainingSchedule _schedule;
    private readonly Validator _validator;
    private readonly BestValidation _best;
    private readonly DivergenceGuard? _guard;
    private readonly SolutionCache? _cache;
    private readonly AdjointTerms? _terms;
    private TrainingConfig? _stepConfig;
    private ITrainingStep? _step;

    /// <summary>A trainer at the beginning of a run, or where the run in the folder stopped.</summary>
    /// <param name="config">All settings.</param>
    /// <param name="model">Freshly drawn; replaced by the checkpoint if the run is resumed.</param>
    /// <param name="training">Slices to learn from.</param>
    /// <param name="validation">Slices that only measure.</param>
    /// <param name="folder">Where checkpoint and metrics are.</param>
    /// <exception cref="InputException">The checkpoint does not fit, or the slices cannot be used as the settings ask.</exception>
    public Trainer(
        TrainingConfig config,
        EquilibriumModel model,
        IReadOnlyList<IWaitingSlice> training,
        IReadOnlyList<IWaitingSlice> validation,
        RunFolder folder)
    {
        Check(config, training, validation);
        _config = config;
        Model = model;
        _training = config.Init == InitKind.Cascaded ? SliceIdentity.Name(training, model.Parameters.Device.Host) : training;
        _folder = folder;
        _adam = new Adam(model.Parameters, new(config.LearningRate, config.AdamBeta1, config.AdamBeta2, config.AdamEpsilon)) { WeightDecay = config.WeightDecay };
        _feed = new SliceFeed(model.Parameters.Device);
        _schedule = new TrainingSchedule(config, training.Count);
        _validator = new Validator(config, model, validation);
        _best = new BestValidation(config);
        _guard = config.Guard ? new DivergenceGuard(config, model.Parameters, _adam) : null;
        _cache = config.Init == InitKind.Cascaded ? new SolutionCache(config, training, model.Parameters.Device.Host, folder.MappedCache) : null;
        _terms = config.EffectiveAdjoint == AdjointKind.Cheapest ? new AdjointTerms(_schedule) : null;
        Position = folder.IsResumed ? Checkpoint.Resume(folder.Checkpoint, model, _adam, Parts) : new TrainingPosition(0, 0);
        Metrics = folder.OpenMetrics(Position.Step);
        if (!folder.IsResumed)
        {
            Save(); // a run that is killed before its first epoch ends can be resumed too
        }
    }

    /// <summary>What is trained.</summary>
    public EquilibriumModel Model { get; }

    /// <summary>Where training stands.</summary>
    public TrainingPosition Position { get; private set; }

    /// <summary>All metrics of the run so far.</summary>
    public MetricsLog Metrics { get; }

    /// <summary>Which weights the result is measured with, as users read it.</summary>
    public string Reported => ReportsBest ? $"best weights, {_best}" : $"last weights, step {Position.Step}{(_best.Step > 0 ? $" (best: {_best})" : "")}";

    /// <summary>Whether the result is measured with the weights of the best validation, which are in a file of their own.</summary>
    public bool ReportsBest => _config.Report == ReportedWeights.Best && _best.Step > 0;

    private IReadOnlyList<ICheckpointPart> Parts => [.. new ICheckpointPart?[] { _best, _guard, _cache, _terms }.OfType<ICheckpointPart>()];

    /// <summary>Trains to the last epoch, or until validation no longer improves, or until asked to stop; writes checkpoints.</summary>
    /// <exception cref="DivergedException">A step diverged and could not be rescued; the last checkpoint is intact.</exception>
    public TrainingOutcome Train(IProgressReport progress, CancellationToken stop)
    {
        progress.Begin("training", _schedule.Steps);
        while (Position.Step < _schedule.Steps && !_best.IsOver)
        {
            if (stop.IsCancellationRequested)
            {
                Save();
                return TrainingOutcome.Interrupted;
            }

            Advance(progress);
            if (_schedule.EndsEpoch(Position.Step))
            {
                FinishEpoch(progress);
            }

            if (_schedule.SavesAfter(Position.Step) || _best.IsOver)
            {
                Save();
            }
        }

        return TrainingOutcome.Finished;
    }

    /// <summary>Closes the metrics and gives the memory of optimiser, guard and cache back.</summary>
    public void Dispose()
    {
        Metrics.Dispose();
        _feed.Dispose();
        _cache?.Dispose();
        _guard?.Dispose();
        _adam.Dispose();
    }

    private static void Check(TrainingConfig config, IReadOnlyList<IWaitingSlice> training, IReadOnlyList<IWaitingSlice> validation)
    {
        if (config.Batch > 1 && training.Any(slice => !ReferenceEquals(slice.Spectrum, training[0].Spectrum)))
        {
            throw new InputException($"batch = {config.Batch}: the training subjects have different trajectories, so their slices cannot share a step; use batch=1.");
        }

        if (validation.Count == 0 && (config.EarlyStop > 0 || config.Report == ReportedWeights.Best))
        {
            throw new InputException("early_stop and report=best: there are no validation slices to tell which weights are the best. Give validation subjects, or set early_stop=0 and report=last.");
        }
    }

    /// <summary>One step, or, if it diverged, the way back.</summary>
    private void Advance(IProgressReport progress)
    {
        long step = Position.Step + 1;
        int epoch = _schedule.Epoch(step);
        var clock = Stopwatch.StartNew();
        StepResult? result = null;
        DivergedException? failure;
        try
        {
            result = TakeStep(step);
            failure = _guard?.Judge(step, result);
        }
        catch (DivergedException diverged)
        {
            failure = diverged;
        }

        double seconds = clock.Elapsed.TotalSeconds;
        Position = new TrainingPosition(step, Position.SecondsTrained + seconds);
        if (result is not null)
        {
            Metrics.Add(EpochSummary.Of(result, step, epoch, Model, _adam.Constants.LearningRate, seconds));
            progress.Step(
                step,
                new ProgressReading("epoch", epoch, "0"),
                new ProgressReading("loss", result.Loss, "0.0e0"),
                new ProgressReading("PSNR", result.Psnr, "0.0"),
                new ProgressReading("iterations", result.Evaluations, "0"));
        }

        if (failure is not null)
        {
            TurnBack(failure, step, epoch, progress);
        }
    }

    private void TurnBack(DivergedException failure, long step, int epoch, IProgressReport progress)
    {
        try
        {
            string what = (_guard ?? throw failure).TurnBack(failure);
            _cache?.Clear(); // solutions of the weights that were left
            Metrics.Add(new MetricsRow { Kind = MetricsKind.Event, Step = step, Epoch = epoch, Note = what });
            progress.Line($"epoch {epoch,3}  step {step}: {what}");
        }
        catch (DivergedException final)
        {
            throw new DivergedException(final.Cause, $"epoch {epoch}, step {step}: {final.Message}");
        }
    }

    private StepResult TakeStep(long step)
    {
        try
        {
            using StagedSlices staged = _feed.Take(Chosen(step));
            if (step < _schedule.Steps)
            {
                _feed.Announce(Chosen(step + 1)); // on their way while this step is computed
            }

            using var batch = new SliceBatch(staged.Slices, Model.Parameters.Device);
            return Prepared(step).Run(batch, step);
        }
        catch (OutOfDeviceMemoryException failure)
        {
            throw MemoryAdvice.For(failure, _config, _config.Batch);
        }
    }

    /// <summary>The step as schedules and guard want it now.</summary>
    private ITrainingStep Prepared(long step)
    {
        bool isPretraining = _schedule.IsPretraining(step);
        TrainingConfig now = _config with { Tolerance = _schedule.Tolerance(_schedule.Epoch(step)), Pretrain = isPretraining ? _config.Pretrain : PretrainKind.None };
        now = _guard?.Adjust(now) ?? now;
        if (_step is null || now != _stepConfig)
        {
            _step = isPretraining ? new PretrainingStep(now, Model, _adam) : new TrainingStep(now, Model, _adam, _cache, new JacobianRegulariser(_config, _schedule, Model), _terms);
            _stepConfig = now;
        }

        _adam.Constants = _adam.Constants with { LearningRate = _schedule.LearningRate(step) * (_guard?.RateFactor ?? 1) };
        return _step;
    }

    private IWaitingSlice[] Chosen(long step) => [.. _schedule.Slices(step).Select(i => _training[i])];

    private void FinishEpoch(IProgressReport progress)
    {
        int epoch = _schedule.Epoch(Position.Step);
        MetricsRow[] steps = [.. Metrics.Rows.Where(row => row.Kind == MetricsKind.Step && row.Epoch == epoch)];
        MetricsRow summary = EpochSummary.Of(steps, Position.Step, epoch);
        Metrics.Add(summary);
        MetricsRow? validation = null;
        if (_validator.HasSlices && (epoch % _config.ValidationEvery == 0 || epoch == _config.Epochs))
        {
            validation = _validator.Measure(Position.Step, epoch);
            Metrics.Add(validation);
            if (_best.Offer(validation))
            {
                Checkpoint.WriteModel(_folder.Best, _config, Model, Position);
            }
        }

        progress.Line(EpochSummary.Line(summary, steps, _schedule.Tolerance(epoch), _training.Count, Remark(), validation));
        if (_best.IsOver)
        {
            progress.Line($"no improvement in {_config.EarlyStop} validations: training ends early; best: {_best}");
        }
    }

    private string Remark() => _schedule.IsPretraining(Position.Step) ? "  pre-training" : _terms is { Value: { } terms } ? $"  adjoint terms {terms}" : "";

    private void Save() => Checkpoint.Write(_folder.Checkpoint, _config, Model, _adam, Position, Parts);
}
