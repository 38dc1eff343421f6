namespace Stardeq.Recon;

/// <summary>A training run to be made or continued.</summary>
/// <param name="Config">Every key with its value.</param>
/// <param name="DataFolder">Data set, or null to simulate one as the configuration says.</param>
/// <param name="Folder">Where the run is kept.</param>
/// <param name="CommandLine">Arguments of the program, for the record.</param>
public sealed record TrainRequest(
    TrainingConfig Config, string? DataFolder, RunFolder Folder, IReadOnlyList<string> CommandLine)
{
    /// <summary>Safetensors file of the weights that training starts from; null draws them.</summary>
    public string? WeightsFile { get; init; }

    /// <summary>Configuration and run folder from what a user gave. A resumed run keeps the configuration of its record;
    /// only the number of epochs may be raised, and memory that changes no result given otherwise.</summary>
    /// <param name="preset">Preset, or null.</param>
    /// <param name="configPath">JSON file of keys, or null.</param>
    /// <param name="assignments">Texts of the form <c>key=value</c>.</param>
    /// <param name="dataFolder">Data set, or null.</param>
    /// <param name="outFolder">Run folder, or null for a new name.</param>
    /// <param name="existing">What to do if it holds something.</param>
    /// <param name="commandLine">Arguments of the program.</param>
    /// <param name="weightsFile">Initial weights, or null.</param>
    /// <exception cref="InputException">Something is not legal, or contradicts the run that is resumed.</exception>
    public static TrainRequest Open(
        string? preset,
        string? configPath,
        IReadOnlyCollection<string> assignments,
        string? dataFolder,
        string? outFolder,
        ExistingRun existing,
        IReadOnlyList<string> commandLine,
        string? weightsFile = null)
    {
        if (dataFolder is not null)
        {
            DatasetFolder.Open(dataFolder); // before the run folder is made
        }

        if (existing == ExistingRun.Resume)
        {
            if (weightsFile is not null)
            {
                throw new InputException("--resume: a resumed run has its weights in its checkpoint; leave out --weights.");
            }

            return Resume(preset, configPath, assignments, dataFolder, outFolder, commandLine);
        }

        if (dataFolder is not null)
        {
            SimulationKeys.RequireNone(assignments, dataFolder);
        }

        TrainingConfig config = ConfigFile.Compose(preset, configPath is null ? null : InputFile.ReadText(configPath), assignments);
        if (weightsFile is not null)
        {
            InputFile.Open(weightsFile).Dispose(); // before the run folder is made
        }

        var folder = RunFolder.Open(outFolder ?? RunFolder.DefaultPath(config, DateTime.Now), existing);
        return new TrainRequest(config, dataFolder, folder, commandLine) { WeightsFile = weightsFile };
    }

    private static TrainRequest Resume(
        string? preset,
        string? configPath,
        IReadOnlyCollection<string> assignments,
        string? dataFolder,
        string? outFolder,
        IReadOnlyList<string> commandLine)
    {
        if (outFolder is null)
        {
            throw new InputException("--resume: say which run with --out."
                + (RunFolder.Latest("runs") is { } latest ? $" The latest is --out {latest}." : ""));
        }

        if (preset is not null || configPath is not null)
        {
            throw new InputException("--resume: a resumed run keeps its configuration; leave out --preset and --config. Only epochs may be raised, and data_memory changed.");
        }

        var folder = RunFolder.Open(outFolder, ExistingRun.Resume);
        TrainingConfig recorded = folder.ReadConfig(), wanted = assignments.Aggregate(recorded, ConfigKeys.Assign);
        ConfigKey? changed = ConfigKeys.All.FirstOrDefault(key => key.Name is not ("epochs" or "data_memory") && key.Read(recorded) != key.Read(wanted));
        if (changed is not null || wanted.Epochs < recorded.Epochs)
        {
            ConfigKey key = changed ?? ConfigKeys.Find("epochs");
            throw new InputException($"--resume: the run in '{outFolder}' has {key.Name} = {key.Read(recorded)}, got {key.Read(wanted)}. "
                + "A resumed run keeps its configuration; only epochs may be raised, and data_memory changed.");
        }

        if (wanted.Epochs > recorded.Epochs && wanted.RateSchedule == RateScheduleKind.Cosine)
        {
            throw new InputException($"--resume: lr_schedule=cosine ends with the run, after {recorded.Epochs} epochs, so epochs cannot be raised to {wanted.Epochs}. "
                + "Train a new run, or start one from this run's weights with --weights.");
        }

        return new TrainRequest(wanted, dataFolder, folder, commandLine);
    }
}
