using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>
/// Predicts the memory of a training by rehearsing it: the program itself, from the loading of subjects to a validation, on a device
/// that hands out memory and does no work (<see cref="CpuDevice.Rehearsal"/>, <see cref="CudaDevice.Rehearsal"/>). Nothing is estimated, so nothing can be
/// forgotten when the program changes.
/// </summary>
/// <remarks>
/// Of each group one subject is loaded and room is taken for the others; two steps are trained and two slices validated. Every solve goes
/// on to its limits, as the first ones of a training do. Where subjects have different spokes each has weights and a spectrum of its own,
/// which are not counted.
/// </remarks>
public static class TrainingRehearsal
{
    private const int Steps = 2, ValidationSlices = 2;

    /// <summary>Rehearses.</summary>
    /// <param name="config">The training.</param>
    /// <param name="data">Sizes of the dataset, or null for the one that the configuration would simulate.</param>
    /// <param name="threads">Threads of the CPU; 0 for all. Scratch memory depends on them.</param>
    /// <param name="onGpu">Whether the training runs on a GPU.</param>
    /// <exception cref="InputException">Settings contradict each other.</exception>
    public static TrainingForecast Run(TrainingConfig config, DatasetDescription? data = null, int threads = 0, bool onGpu = false)
    {
        var host = CpuDevice.Rehearsal(threads);
        using CudaDevice? gpu = onGpu ? CudaDevice.Rehearsal(host) : null;
        try
        {
            return Run(config, data is null ? PlannedDataset.Of(SimulationSettings.From(config)) : new PlannedDataset(data), gpu as Device ?? host);
        }
        finally
        {
            host.Trim();
        }
    }

    private static TrainingForecast Run(TrainingConfig config, PlannedDataset source, Device device)
    {
        TrainingConfig shortened = Shortened(config);
        using var session = TrainingSession.Open(source.OneOfEach(), shortened, device, NoProgress.Instance, CancellationToken.None);
        using TensorScope others = new(device.Host, MemoryOwner.Data), remembered = new(device.Host, MemoryOwner.Cache);
        foreach ((Split split, IReadOnlyList<SliceProblem> slices) in new[] { (Split.Train, session.Training), (Split.Validation, session.Validation), (Split.Test, session.Test) })
        {
            for (int subject = 1; subject < source.Description.Of(split).Length; subject++)
            {
                TakeRoom(others, slices.Sum(OwnBytes));
            }
        }

        long preparation = session.PreparationBytes + device.Ledger.Entries().Where(entry => entry.Origin == nameof(TrainingRehearsal)).Sum(entry => entry.CurrentBytes);
        return TemporaryFolder.Use(folder =>
        {
            SliceProblem[] used = [.. session.Training.Take(Steps * config.Batch)], watched = [.. session.Validation.Take(ValidationSlices)];
            using var trainer = new Trainer(shortened, session.Model, used, watched, RunFolder.Open(folder, ExistingRun.Refuse));
            TakeRoom(remembered, SolutionCache.LargestBytes(config, session.Training.Count * source.Description.Of(Split.Train).Length));
            using SpanLog? spans = device.IsHost ? SpanLog.Watch(device) : null; // a GPU that is watched captures no graphs
            int last = 0, lastButOne = 0; // how many operations there were when steps ended
            trainer.Train(new StepListener(NoProgress.Instance, _ => (lastButOne, last) = (last, spans?.Spans.Count ?? 0)), CancellationToken.None);
            return TrainingForecast.Of(device, preparation, StepForecast.Of(spans?.Spans.Take(last).Skip(lastButOne) ?? []));
        });
    }

    /// <summary>The same training in as few epochs as hold every kind of step, each with all that may be in it.</summary>
    private static TrainingConfig Shortened(TrainingConfig config) => config with
    {
        Epochs = Math.Min(config.Epochs, config.PretrainEpochs + 1),
        EarlyStop = 0,
        JacobianStart = 1,
        JacobianStop = 0,
        JacobianFrequency = 1,
        AdjointResidual = double.MaxValue, // residuals of a rehearsal are one, which is no reason to leave the adjoint equation alone
        SolverLadder = false, // nor to call the solve diverged
    };

    private static long OwnBytes(SliceProblem slice) =>
        new[] { slice.Maps, slice.Support, slice.B, slice.Target, slice.Gridded, slice.Plain?.B }.Sum(tensor => tensor is null ? 0 : MemoryPool.RoundUp(tensor.ByteCount));

    private static void TakeRoom(TensorScope scope, long bytes)
    {
        if (bytes > 0)
        {
            scope.New(DType.Complex128, [checked((int)((bytes + 15) / 16))]); // never touched
        }
    }
}
