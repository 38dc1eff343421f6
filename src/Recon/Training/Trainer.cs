using System.Diagnostics;
using Stardeq.Autodiff;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>How a training ended.</summary>
public enum TrainingOutcome
{
    /// <summary>All epochs are done.</summary>
    Finished,

    /// <summary>It was asked to stop; the checkpoint continues it.</summary>
    Interrupted,
}

/// <summary>
/// Trains a model on prepared slices: seeded shuffling, steps, validation, metrics, checkpoints. Which slices a step takes
/// is a function of seed and step number alone, so an interrupted run continues with the same bits.
/// </summary>
public sealed class Trainer : IDisposable
{
    private readonly TrainingConfig _config;
    private readonly IReadOnlyList<SliceProblem> _training;
    private readonly IReadOnlyList<SliceProblem> _validation;
    private readonly RunFolder _folder;
    private readonly Adam _adam;
    private readonly TrainingStep _step;
    private readonly SliceFeed _feed;
    private readonly int _stepsPerEpoch;

    /// <summary>A trainer at the beginning of a run, or where the run in the folder stopped.</summary>
    /// <param name="config">All settings.</param>
    /// <param name="model">Freshly drawn; replaced by the checkpoint if the run is resumed.</param>
    /// <param name="training">Slices to learn from.</param>
    /// <param name="validation">Slices that only measure.</param>
    /// <param name="folder">Where checkpoint and metrics are.</param>
    /// <exception cref="InputException">The checkpoint does not fit, or the slices cannot be batched.</exception>
    public Trainer(
        TrainingConfig config,
        EquilibriumModel model,
        IReadOnlyList<SliceProblem> training,
        IReadOnlyList<SliceProblem> validation,
        RunFolder folder)
    {
        if (config.Batch > 1 && training.Any(slice => !ReferenceEquals(slice.Spectrum, training[0].Spectrum)))
        {
            throw new InputException($"batch = {config.Batch}: the training subjects have different trajectories, so their slices cannot share a step; use batch=1.");
        }

        _config = config;
        Model = model;
        _training = training;
        _validation = validation;
        _folder = folder;
        _adam = new Adam(model.Parameters, new(config.LearningRate, config.AdamBeta1, config.AdamBeta2, config.AdamEpsilon));
        _step = new TrainingStep(config, model, _adam);
        _feed = new SliceFeed(model.Parameters.Device);
        _stepsPerEpoch = (training.Count + config.Batch - 1) / config.Batch;
        Position = folder.IsResumed ? Checkpoint.Resume(folder.Checkpoint, model, _adam) : new TrainingPosition(0, 0);
        Metrics = folder.OpenMetrics(Position.Step);
    }

    /// <summary>What is trained.</summary>
    public EquilibriumModel Model { get; }

    /// <summary>Where training stands.</summary>
    public TrainingPosition Position { get; private set; }

    /// <summary>All metrics of the run so far.</summary>
    public MetricsLog Metrics { get; }

    /// <summary>Trains to the last epoch, or until asked to stop; writes a checkpoint after each epoch and at the stop.</summary>
    /// <exception cref="DivergedException">A step diverged; the last checkpoint is intact.</exception>
    public TrainingOutcome Train(IProgressReport progress, CancellationToken stop)
    {
        long total = (long)_config.Epochs * _stepsPerEpoch;
        progress.Begin("training", total);
        while (Position.Step < total)
        {
            if (stop.IsCancellationRequested)
            {
                Save();
                return TrainingOutcome.Interrupted;
            }

            var clock = Stopwatch.StartNew();
            StepResult result = TakeStep();
            Position = new TrainingPosition(Position.Step + 1, Position.SecondsTrained + clock.Elapsed.TotalSeconds);
            Metrics.Add(Row(result, clock.Elapsed.TotalSeconds));
            progress.Step(
                Position.Step,
                new ProgressReading("epoch", Epoch(Position.Step), "0"),
                new ProgressReading("loss", result.Loss, "0.0e0"),
                new ProgressReading("PSNR", result.Psnr, "0.0"),
                new ProgressReading("iterations", result.Iterations, "0"));
            if (Position.Step % _stepsPerEpoch == 0)
            {
                FinishEpoch(progress);
            }
        }

        return TrainingOutcome.Finished;
    }

    /// <summary>Closes the metrics and gives the optimiser's state back.</summary>
    public void Dispose()
    {
        Metrics.Dispose();
        _feed.Dispose();
        _adam.Dispose();
    }

    private double Eta => Model.Options.Layer.HasStepSize() ? Model.Scalar : double.NaN;

    private double Lambda => Model.Options.Layer.HasStepSize() ? double.NaN : Model.Scalar;

    /// <summary>Epoch, from 1, of the step with that number, from 1.</summary>
    private int Epoch(long step) => (int)((step - 1) / _stepsPerEpoch) + 1;

    private StepResult TakeStep()
    {
        long step = Position.Step + 1;
        try
        {
            using StagedSlices staged = _feed.Take(Chosen(step));
            if (step < (long)_config.Epochs * _stepsPerEpoch)
            {
                _feed.Announce(Chosen(step + 1)); // on their way while this step is computed
            }

            using var batch = new SliceBatch(staged.Slices, Model.Parameters.Device);
            return _step.Run(batch, isProbe: (step - 1) % _stepsPerEpoch == 0);
        }
        catch (DivergedException failure)
        {
            throw new DivergedException($"epoch {Epoch(step)}, step {step}: {failure.Message}");
        }
        catch (OutOfDeviceMemoryException failure)
        {
            throw MemoryAdvice.For(failure, _config, _config.Batch);
        }
    }

    /// <summary>Slices of the step with that number, from 1.</summary>
    private SliceProblem[] Chosen(long step)
    {
        int within = (int)((step - 1) % _stepsPerEpoch);
        int[] order = new CounterRandom((ulong)_config.Seed).Stream("order").Stream(Epoch(step)).Permutation(_training.Count);
        return [.. order.Skip(within * _config.Batch).Take(_config.Batch).Select(i => _training[i])];
    }

    private MetricsRow Row(StepResult result, double seconds) => new()
    {
        Kind = MetricsKind.Step,
        Step = Position.Step,
        Epoch = Epoch(Position.Step),
        Loss = result.Loss,
        Psnr = result.Psnr,
        Iterations = result.Iterations,
        Residual = result.Residual,
        Eta = Eta,
        Lambda = Lambda,
        AdjointSweeps = result.Adjoints.Max(a => a.Sweeps),
        AdjointResidual = result.Adjoints.Max(a => a.Residual),
        FellBack = result.Adjoints.Count(a => a.Status == AdjointStatus.FellBack),
        GradientNorm = result.GradientNorm,
        Seconds = seconds,
    };

    private void FinishEpoch(IProgressReport progress)
    {
        int epoch = Epoch(Position.Step);
        MetricsRow[] steps = [.. Metrics.Rows.Where(row => row.Kind == MetricsKind.Step && row.Epoch == epoch)];
        var summary = new MetricsRow
        {
            Kind = MetricsKind.Epoch,
            Step = Position.Step,
            Epoch = epoch,
            Loss = steps.Average(row => row.Loss),
            Psnr = steps.Average(row => row.Psnr),
            Iterations = steps.Average(row => row.Iterations),
            Residual = steps.Max(row => row.Residual),
            Eta = Eta,
            Lambda = Lambda,
            AdjointSweeps = steps.Average(row => row.AdjointSweeps),
            AdjointResidual = steps.Max(row => row.AdjointResidual),
            FellBack = steps.Sum(row => row.FellBack),
            GradientNorm = steps.Average(row => row.GradientNorm),
            Seconds = steps.Sum(row => row.Seconds),
        };
        Metrics.Add(summary);
        string line = $"epoch {epoch,3}  loss {summary.Loss:0.000e0}  PSNR {summary.Psnr:0.00}  {Solves(summary)}{Model.Options.ScalarName} {Model.Scalar:0.000}";
        if (_validation.Count > 0 && (epoch % _config.ValidationEvery == 0 || epoch == _config.Epochs))
        {
            MetricsRow validation = Validate(epoch);
            Metrics.Add(validation);
            line += $"  validation PSNR {validation.Psnr:0.00} SSIM {validation.Ssim:0.0000}";
        }

        int unconverged = _step.Scheme.Solver is null ? 0 : steps.Count(row => !(row.Residual <= _config.Tolerance));
        Save();
        progress.Line(unconverged > 0 ? $"{line}  ({unconverged} of {steps.Length} solves stopped at max_iterations)" : line);
    }

    private string Solves(MetricsRow summary)
    {
        string solver = _step.Scheme.Solver is null ? "" : $"iterations {summary.Iterations:0.0}  largest residual {summary.Residual:0.0e0}  ";
        string adjoint = _config.EffectiveAdjoint == AdjointKind.Implicit ? $"adjoint sweeps {summary.AdjointSweeps:0.0}  Jacobian-free instead {summary.FellBack:0}  " : "";
        string terms = _step.Scheme.Adjoint is CheapestNeumann cheapest ? $"adjoint terms {cheapest.Terms}  " : "";
        return solver + adjoint + terms;
    }

    private MetricsRow Validate(int epoch)
    {
        using Ledger.PhaseScope phase = Model.Parameters.Device.Ledger.Enter("validation");
        var clock = Stopwatch.StartNew();
        using var scope = new TensorScope(Model.Parameters.Device.Host, MemoryOwner.Data);
        Reconstruction result = new ModelReconstructor(Model, _config).Run(_validation, Model.Parameters.Device, scope, NoProgress.Instance, CancellationToken.None);
        ImageMetrics metrics = result.Compare(_config.PsnrRange);
        return new MetricsRow
        {
            Kind = MetricsKind.Validation,
            Step = Position.Step,
            Epoch = epoch,
            Loss = Enumerable.Range(0, _validation.Count).Average(s => _step.Loss(result.Images.Slice(s), _validation[s].RequireTarget())),
            Psnr = metrics.Psnr,
            Ssim = metrics.Ssim,
            Nmse = metrics.Nmse,
            Iterations = result.Solves.Count > 0 ? result.Solves.Average(s => s.Evaluations) : _step.Scheme.Applications,
            Residual = result.Solves.Count > 0 ? result.Solves.Max(s => s.BestResidual) : double.NaN,
            Eta = Eta,
            Lambda = Lambda,
            Seconds = clock.Elapsed.TotalSeconds,
        };
    }

    private void Save() => Checkpoint.Write(_folder.Checkpoint, _config, Model, _adam, Position);
}
