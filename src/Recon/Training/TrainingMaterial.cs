using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>What a training begins with: the slices of all groups and the model.</summary>
public sealed class TrainingMaterial : IDisposable
{
    private readonly SliceLoader _loader;

    /// <summary>Loads slices and makes the model. From here on the device's peaks are those of training.</summary>
    /// <param name="request">Configuration and weights.</param>
    /// <param name="data">Dataset.</param>
    /// <param name="device">Where training computes.</param>
    /// <param name="progress">Told about each slice.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="InputException">The data do not fit, or a group has no subject.</exception>
    public TrainingMaterial(TrainRequest request, DatasetFolder data, Device device, IProgressReport progress, CancellationToken stop)
    {
        TrainingConfig config = request.Config;
        _loader = new SliceLoader(data, config, device);
        try
        {
            Training = Load(Split.Train, config.TrainPattern, config, progress, stop);
            Validation = _loader.Load(Split.Validation, config.TrainPattern, config.Acceleration, progress, stop);
            Test = Load(Split.Test, config.TestPattern, config, progress, stop);
            Model = ModelFactory.Create(config, device);
        }
        catch
        {
            _loader.Dispose();
            throw;
        }

        try
        {
            if (request.WeightsFile is { } weights)
            {
                Checkpoint.LoadWeights(weights, Model);
            }
        }
        catch
        {
            Dispose();
            throw;
        }

        device.Pool.Trim(); // memory that only the preparation of slices took
        device.Pool.ResetPeak();
    }

    /// <summary>Slices to learn from.</summary>
    public IReadOnlyList<SliceProblem> Training { get; }

    /// <summary>Slices that measure while training; may be none.</summary>
    public IReadOnlyList<SliceProblem> Validation { get; }

    /// <summary>Slices that measure the result.</summary>
    public IReadOnlyList<SliceProblem> Test { get; }

    /// <summary>What is trained.</summary>
    public EquilibriumModel Model { get; }

    /// <summary>The dataset of a request: the one that is given, or one that is simulated into the run folder.</summary>
    /// <exception cref="InputException">It cannot be used.</exception>
    public static DatasetFolder OpenData(TrainRequest request, Device device, IProgressReport progress, CancellationToken stop)
    {
        if (request.DataFolder is { } given)
        {
            return DatasetFolder.Open(given);
        }

        string simulated = request.Folder.At("data");
        if (request.Folder.IsResumed && Directory.Exists(simulated))
        {
            return DatasetFolder.Open(simulated);
        }

        if (Directory.Exists(simulated))
        {
            Directory.Delete(simulated, recursive: true); // of a run that --overwrite replaces
        }

        return DatasetSimulator.Write(SimulationSettings.From(request.Config), simulated, device.Host, [], progress, stop);
    }

    /// <summary>Gives model and slices back.</summary>
    public void Dispose()
    {
        Model.Dispose();
        _loader.Dispose();
    }

    private IReadOnlyList<SliceProblem> Load(
        Split split, UndersamplingPattern pattern, TrainingConfig config, IProgressReport progress, CancellationToken stop)
    {
        IReadOnlyList<SliceProblem> slices = _loader.Load(split, pattern, config.Acceleration, progress, stop);
        return slices.Count > 0
            ? slices
            : throw new InputException($"the dataset has no subject for '{split.ToString().ToLowerInvariant()}'; training needs at least one, and one for 'test'.");
    }
}
