using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>
/// Predicts the memory of a training by rehearsing it: the program itself, from the loading of subjects to a validation, on a device
/// that hands out memory and does no work (<see cref="CpuDevice.Rehearsal"/>, <see cref="CudaDevice.Rehearsal"/>). Nothing is estimated, so nothing can be
/// forgotten when the program changes.
/// </summary>
/// <remarks>
/// All subjects are loaded, for nothing is read; two steps are trained and two slices validated. Every solve goes on to its limits, as the
/// first ones of a training do. Where subjects have different spokes each has weights and a spectrum of its own, which are not counted.
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
        using var session = TrainingSession.Open(source, shortened, device, folder: "", NoProgress.Instance, CancellationToken.None);
        using var remembered = new TensorScope(device.Host, MemoryOwner.Cache);
        return TemporaryFolder.Use(folder =>
        {
            IWaitingSlice[] used = [.. FilesFirst(session.Training).Take(Steps * config.Batch)], watched = [.. FilesFirst(session.Validation).Take(ValidationSlices)];
            using var trainer = new Trainer(shortened, session.Model, used, watched, RunFolder.Open(folder, ExistingRun.Refuse));
            TakeRoom(remembered, SolutionCache.LargestBytes(config, session.Training.Count));
            using SpanLog? spans = device.IsHost ? SpanLog.Watch(device) : null; // a GPU that is watched captures no graphs
            int last = 0, lastButOne = 0; // how many operations there were when steps ended
            trainer.Train(new StepListener(NoProgress.Instance, _ => (lastButOne, last) = (last, spans?.Spans.Count ?? 0)), CancellationToken.None);
            return TrainingForecast.Of(device, session.PreparationBytes, StepForecast.Of(spans?.Spans.Take(last).Skip(lastButOne) ?? [])) with
            {
                Waiting = session.Waiting,
                SliceBytes = session.Room.HeldBytes + (session.Waiting is null ? 0 : session.Room.LeastBytes),
                LeastSliceBytes = session.Room.LeastBytes,
            };
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

    /// <summary>Slices that have to be read, which takes room, before those that are there.</summary>
    private static IEnumerable<IWaitingSlice> FilesFirst(IReadOnlyList<IWaitingSlice> slices) => slices.OrderBy(slice => slice is SliceProblem);

    private static void TakeRoom(TensorScope scope, long bytes)
    {
        if (bytes > 0)
        {
            scope.New(DType.Complex128, [checked((int)((bytes + 15) / 16))]); // never touched
        }
    }
}
