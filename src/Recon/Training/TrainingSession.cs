using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>What a training works with: slices of all groups, in host memory as far as they have room, and the model. Owns both.</summary>
public sealed class TrainingSession : IDisposable
{
    private readonly SliceLoader _loader;

    private TrainingSession(SliceLoader loader, IReadOnlyList<IWaitingSlice>[] groups, EquilibriumModel model, long preparationBytes)
    {
        (_loader, Model, PreparationBytes) = (loader, model, preparationBytes);
        (Training, Validation, Test) = (groups[0], groups[1], groups[2]);
    }

    /// <summary>Slices that are learned from.</summary>
    public IReadOnlyList<IWaitingSlice> Training { get; }

    /// <summary>Slices on which progress is watched; may be empty.</summary>
    public IReadOnlyList<IWaitingSlice> Validation { get; }

    /// <summary>Slices that only measure the result.</summary>
    public IReadOnlyList<IWaitingSlice> Test { get; }

    /// <summary>The model, its weights drawn.</summary>
    public EquilibriumModel Model { get; }

    /// <summary>The most that the device's pool had from the system while slices were prepared.</summary>
    public long PreparationBytes { get; }

    /// <summary>Where the slices of all groups wait; null if all are in memory.</summary>
    public SlicesInFiles? Waiting => SlicesInFiles.Of([.. Training, .. Validation, .. Test], _loader.WrittenBytes);

    /// <summary>The room in memory that slices have taken.</summary>
    public SliceRoom Room => _loader.Room;

    /// <summary>Prepares the slices and makes the model. From here on the ledger counts peaks of the training alone.</summary>
    /// <param name="data">The dataset.</param>
    /// <param name="config">The training.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="folder">Where slices wait that have no room in memory and are not in the dataset; made if it is needed, and removed with the session.</param>
    /// <param name="progress">Told after each subject.</param>
    /// <param name="stop">Stops between subjects.</param>
    /// <exception cref="InputException">The data are damaged, lack what the configuration asks for, or have no subject to train on or to test.</exception>
    public static TrainingSession Open(ISliceSource data, TrainingConfig config, Device device, string folder, IProgressReport progress, CancellationToken stop)
    {
        device.WorkspaceBytes = ByteSize.Parse("config key 'workspace'", config.Workspace);
        var loader = new SliceLoader(data, SliceChoices.From(config), device, SliceRoom.Of(config.DataMemory, config.Batch, folder));
        try
        {
            IReadOnlyList<IWaitingSlice>[] groups =
            [
                .. new[] { (Split.Train, config.TrainPattern), (Split.Validation, config.TrainPattern), (Split.Test, config.TestPattern) }
                    .Select(group => Load(loader, group.Item1, group.Item2, config, progress, stop)),
            ];
            long preparation = device.Pool.PeakReservedBytes;
            loader.ReleaseTransforms();
            EquilibriumModel model = ModelFactory.Create(config, device);
            device.Pool.ResetPeak();
            return new TrainingSession(loader, groups, model, preparation);
        }
        catch
        {
            loader.Dispose();
            throw;
        }
    }

    /// <summary>Gives slices and model back.</summary>
    public void Dispose()
    {
        Model.Dispose();
        _loader.Dispose();
    }

    private static IReadOnlyList<IWaitingSlice> Load(
        SliceLoader loader, Split split, UndersamplingPattern pattern, TrainingConfig config, IProgressReport progress, CancellationToken stop)
    {
        IReadOnlyList<IWaitingSlice> slices = loader.Load(split, pattern, config.Acceleration, progress, stop);
        return slices.Count > 0 || split == Split.Validation
            ? slices
            : throw new InputException($"the dataset has no subject for '{split.ToString().ToLowerInvariant()}'; training needs at least one, and one for 'test'.");
    }
}
