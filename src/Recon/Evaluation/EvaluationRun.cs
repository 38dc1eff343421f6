using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Measures a checkpoint on the held-out subjects of a dataset: what the verb <c>evaluate</c> does.</summary>
public static class EvaluationRun
{
    /// <summary>Compares the model with gridding and CG-SENSE and writes the table.</summary>
    /// <param name="outPath">JSON file to write.</param>
    /// <param name="dataFolder">Dataset.</param>
    /// <param name="checkpoint">Trained model.</param>
    /// <param name="pattern">Spokes to keep, or null for those that the training names for its test.</param>
    /// <param name="acceleration">Undersampling factor, or 0 for that of the training.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="progress">Told after each slice.</param>
    /// <param name="stop">Stops between slices.</param>
    /// <exception cref="InputException">A file does not fit, or the dataset has no test subject.</exception>
    public static ResultTable Write(
        string outPath,
        string dataFolder,
        string checkpoint,
        UndersamplingPattern? pattern,
        int acceleration,
        Device device,
        IProgressReport progress,
        CancellationToken stop)
    {
        (EquilibriumModel model, TrainingConfig config) = Checkpoint.ReadModel(checkpoint, device);
        using (model)
        {
            using var loader = new SliceLoader(DatasetFolder.Open(dataFolder), config, device);
            UndersamplingPattern kept = pattern ?? config.TestPattern;
            int factor = acceleration > 0 ? acceleration : config.Acceleration;
            IReadOnlyList<SliceProblem> test = loader.Load(Split.Test, kept, factor, progress, stop);
            IReadOnlyList<SliceProblem> tuning = loader.Load(Split.Train, config.TrainPattern, config.Acceleration, progress, stop);
            if (test.Count == 0)
            {
                throw new InputException($"'{dataFolder}' has no test subject to measure on. Simulate it with --test-subjects.");
            }

            using var scope = new TensorScope(device.Host, MemoryOwner.Data);
            MethodComparison comparison = MethodComparison.Run(test, tuning, model, config, kept, factor, scope, progress, stop);
            ResultTables.Write(outPath, [comparison.Table]);
            return comparison.Table;
        }
    }
}
