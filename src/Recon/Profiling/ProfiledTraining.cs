using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>What to train: the settings of a <see cref="TrainRequest"/> that make no run folder.</summary>
/// <param name="Config">Every key with its value.</param>
/// <param name="DataFolder">Data set, or null to simulate one as the configuration says.</param>
/// <param name="WeightsFile">Weights that training starts from, or null.</param>
public sealed record TrainingPlan(TrainingConfig Config, string? DataFolder, string? WeightsFile)
{
    /// <summary>From what a user gave, by the rules of <see cref="TrainRequest.Open"/>.</summary>
    /// <param name="preset">Preset, or null.</param>
    /// <param name="configPath">JSON file of keys, or null.</param>
    /// <param name="assignments">Texts of the form <c>key=value</c>.</param>
    /// <param name="dataFolder">Data set, or null.</param>
    /// <param name="weightsFile">Initial weights, or null.</param>
    /// <exception cref="InputException">Something is not legal.</exception>
    public static TrainingPlan Open(string? preset, string? configPath, IReadOnlyCollection<string> assignments, string? dataFolder, string? weightsFile)
    {
        if (dataFolder is not null)
        {
            SimulationKeys.RequireNone(assignments, dataFolder);
        }

        return new TrainingPlan(ConfigFile.Compose(preset, configPath is null ? null : InputFile.ReadText(configPath), assignments), dataFolder, weightsFile);
    }
}

/// <summary>Trains, in a folder that is not kept, until a watch has seen enough steps.</summary>
internal static class ProfiledTraining
{
    /// <summary>Trains.</summary>
    public static void Run(TrainingPlan plan, StepWatch watch, Device device, IProgressReport progress, CancellationToken stop)
    {
        TemporaryFolder.Use(folder =>
        {
            var request = new TrainRequest(plan.Config, plan.DataFolder, RunFolder.Open(folder, ExistingRun.Refuse), []) { WeightsFile = plan.WeightsFile };
            using var session = TrainingSession.Open(TrainingRun.OpenData(request, device, progress, stop), plan.Config, device, request.Folder.NewTemporary("slices"), progress, stop);
            if (plan.WeightsFile is { } weights)
            {
                Checkpoint.LoadWeights(weights, session.Model);
            }

            using var trainer = new Trainer(plan.Config, session.Model, session.Training, session.Validation, request.Folder);
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(stop);
            watch.Begin();
            trainer.Train(
                new StepListener(progress, _ =>
                {
                    if (!watch.EndStep())
                    {
                        enough.Cancel();
                    }
                }),
                enough.Token);
        });
    }
}
