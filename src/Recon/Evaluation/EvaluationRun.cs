using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Measures a checkpoint on the held-out subjects of a dataset: what the verb <c>evaluate</c> does.</summary>
public static class EvaluationRun
{
    /// <summary>Compares the model with gridding and CG-SENSE and writes the table.</summary>
    /// <param name="request">What to measure.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="progress">Told after each slice.</param>
    /// <param name="stop">Stops between slices.</param>
    /// <returns>The table, and lines about certificates and curve.</returns>
    /// <exception cref="InputException">A file does not fit, the model has no iterations to choose or to plot, or the dataset
    /// has no test subject.</exception>
    public static (ResultTable Table, IReadOnlyList<string> Lines) Write(EvaluationRequest request, Device device, IProgressReport progress, CancellationToken stop)
    {
        (EquilibriumModel model, TrainingConfig config) = Checkpoint.ReadModel(request.Checkpoint, device);
        using (model)
        {
            request.Inference.Apply(config); // refuses what does not fit before any slice is prepared
            int[] limits = request.Curve ? IterationCurve.Limits(config, request.Inference.Iterations) : [];
            SliceRoom room = SliceRoom.Of(config.DataMemory, config.Batch, AtomicFile.TemporaryName(request.OutPath));
            using var loader = new SliceLoader(DatasetFolder.Open(request.DataFolder), SliceChoices.From(config), device, room);
            UndersamplingPattern kept = request.Pattern ?? config.TestPattern;
            int factor = request.Acceleration > 0 ? request.Acceleration : config.Acceleration;
            IReadOnlyList<IWaitingSlice> test = loader.Load(Split.Test, kept, factor, progress, stop);
            IReadOnlyList<IWaitingSlice> tuning = loader.Load(Split.Train, config.TrainPattern, config.Acceleration, progress, stop);
            loader.ReleaseTransforms();
            if (test.Count == 0)
            {
                throw new InputException($"'{request.DataFolder}' has no test subject to measure on. Simulate it with --test-subjects.");
            }

            using var scope = new TensorScope(device.Host, MemoryOwner.Data);
            MethodComparison comparison = MethodComparison.Run(test, tuning, model, config, kept, factor, request.Inference, scope, progress, stop);
            ResultTable table = comparison.Table;
            if (request.Curve)
            {
                table = table with { Curve = IterationCurve.Measure(model, config, limits, test, progress, stop) };
                CurveFiles.Write(request.OutPath, table.Curve);
            }

            ResultTables.Write(request.OutPath, [table]);
            return (table, [.. Lines(request, config, table)]);
        }
    }

    private static IEnumerable<string> Lines(EvaluationRequest request, TrainingConfig config, ResultTable table)
    {
        foreach (string line in table.Certificates?.Lines() ?? [])
        {
            yield return line;
        }

        if (request.Inference.WhyNone(config) is { } reason)
        {
            yield return reason;
        }

        if (request.Curve)
        {
            foreach (string line in CurveFiles.Lines(table.Curve))
            {
                yield return line;
            }
        }
    }
}
