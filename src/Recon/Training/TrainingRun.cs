using System.Diagnostics;
using System.Globalization;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>A whole training from data to report: what the verb <c>train</c> does.</summary>
public static class TrainingRun
{
    private const int SlicesShown = 3;
    private const string InitialWeights = "initial weights";

    /// <summary>Simulates or opens the data, trains, measures the held-out slices, and leaves everything in the run folder.</summary>
    /// <param name="request">Configuration, data, folder.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="progress">Told at each step.</param>
    /// <param name="stop">Leaves a checkpoint and ends.</param>
    /// <exception cref="InputException">The data or the checkpoint do not fit.</exception>
    /// <exception cref="DivergedException">Training diverged; the last checkpoint is intact.</exception>
    public static TrainResult Run(TrainRequest request, Device device, IProgressReport progress, CancellationToken stop)
    {
        TrainingConfig config = request.Config;
        DatasetFolder data = OpenData(request, device, progress, stop);
        Record(request, data, device);
        using var session = TrainingSession.Open(data, config, device, request.Folder.NewTemporary("slices"), progress, stop);
        EquilibriumModel model = session.Model;
        if (request.WeightsFile is { } weights)
        {
            Checkpoint.LoadWeights(weights, model);
        }

        using var trainer = new Trainer(config, model, session.Training, session.Validation, request.Folder);
        progress.Line($"{session.Training.Count} training, {session.Validation.Count} validation and {session.Test.Count} test slices of {data.Description.Matrix} x {data.Description.Matrix}, {data.Description.Coils} coils; {model.Parameters.Count:N0} parameters; run folder {request.Folder.Root}");
        StateRoom(session, progress);
        StateScalar(config, model, progress);
        StateBound(config, model, data.Description.Matrix, progress);
        if (trainer.Train(progress, stop) == TrainingOutcome.Interrupted)
        {
            return new TrainResult(request.Folder, TrainingOutcome.Interrupted, []);
        }

        IReadOnlyList<LedgerEntry> memory = device.Ledger.Entries();
        MemoryRecord.Write(request.Folder.Memory, device.Ledger);
        long peak = device.Ledger.PeakBytes;
        using var scope = new TensorScope(device.Host, MemoryOwner.Data);
        using EquilibriumModel? best = trainer.ReportsBest ? Checkpoint.ReadModel(request.Folder.Best, device).Model : null;
        progress.Line($"result of the {trainer.Reported}");
        StateBound(config, best ?? model, data.Description.Matrix, progress);
        MethodComparison comparison = MethodComparison.Run(session.Test, session.Training, best ?? model, config, config.TestPattern, config.Acceleration, new InferenceOptions(Certificates: true), scope, progress, stop);
        ResultTables.Write(request.Folder.Table, [comparison.Table]);
        IReadOnlyList<ReportPictureRow> pictures = Figures.Write(request.Folder.At("reconstructions.png"), comparison, SlicesShown);
        ReportPage.Write(request.Folder.Report, Report(request, data, device, trainer, comparison.Table, pictures, memory, peak));
        return new TrainResult(request.Folder, TrainingOutcome.Finished, [comparison.Table]);
    }

    /// <summary>Prints where slices wait that have no room in memory.</summary>
    private static void StateRoom(TrainingSession session, IProgressReport progress)
    {
        if (session.Waiting is { } waiting)
        {
            progress.Line(waiting.WrittenBytes > 0
                ? $"{waiting}; the dataset does not hold what is asked for, so {ByteSize.Text(waiting.WrittenBytes)} were written into the run folder until the end of the run ('stardeq prepare' stores them once)"
                : $"{waiting}");
        }
    }

    /// <summary>Prints the scalar of the layer and its legal range.</summary>
    private static void StateScalar(TrainingConfig config, EquilibriumModel model, IProgressReport progress)
    {
        if (config.Model != ModelKind.Unet)
        {
            ModelOptions options = model.Options;
            progress.Line(string.Create(
                CultureInfo.InvariantCulture,
                $"layer {ConfigKeys.Find("layer").Read(config)}: {options.ScalarName} {model.Scalar:0.###}, {(options.LearnsScalar ? "learned" : "fixed")}, legal from {ModelOptions.SmallestScalar} to {options.LargestScalar}"));
        }
    }

    /// <summary>Prints what the norms of normalised weights prove.</summary>
    private static void StateBound(TrainingConfig config, EquilibriumModel model, int matrix, IProgressReport progress)
    {
        if (model.Normalisation is { } normalisation)
        {
            normalisation.Refresh();
            ContractionBound bound = ContractionBound.Of(model, matrix, matrix);
            progress.Line(config.Model == ModelKind.Unet ? $"Lipschitz bound of the network {bound.Network}" : $"layer: {bound}");
        }
    }

    /// <summary>The dataset of a request: the one that is given, or one that is simulated into the run folder.</summary>
    internal static DatasetFolder OpenData(TrainRequest request, Device device, IProgressReport progress, CancellationToken stop)
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

    /// <summary>Writes the record of a new run, or checks that a resumed one has the same data.</summary>
    private static void Record(TrainRequest request, DatasetFolder data, Device device)
    {
        var hashes = data.Description.Subjects
            .SelectMany(subject => subject.Sha256.Select(file => ($"{subject.Name}/{file.Key}", file.Value)))
            .ToDictionary(file => file.Item1, file => file.Value);
        if (request.WeightsFile is { } weights)
        {
            hashes.Add(InitialWeights, DatasetFolder.Hash(weights));
        }

        if (request.Folder.IsResumed)
        {
            IReadOnlyDictionary<string, string> recorded = request.Folder.ReadDataHashes();
            if (recorded.TryGetValue(InitialWeights, out string? hash))
            {
                hashes.Add(InitialWeights, hash); // they are in the checkpoint, trained on
            }

            string? changed = hashes.Keys.Union(recorded.Keys).FirstOrDefault(name => hashes.GetValueOrDefault(name) != recorded.GetValueOrDefault(name));
            if (changed is not null)
            {
                throw new InputException($"--resume: '{changed}' is not the file that the run in '{request.Folder.Root}' was started with. Give the same --data.");
            }
        }

        request.Folder.WriteRecord(new RunRecord(request.Config, hashes, request.CommandLine, $"{device}"));
    }

    private static ReportContent Report(
        TrainRequest request,
        DatasetFolder data,
        Device device,
        Trainer trainer,
        ResultTable results,
        IReadOnlyList<ReportPictureRow> pictures,
        IReadOnlyList<LedgerEntry> memory,
        long peak)
    {
        (string version, string? commit) = RunRecord.Program();
        DatasetDescription d = data.Description;
        string seconds = trainer.Position.SecondsTrained.ToString("F1", CultureInfo.InvariantCulture);
        return new ReportContent
        {
            Title = $"{ModelFactory.Name(request.Config)} on {d.Source}",
            Subtitle = $"{d.Matrix} x {d.Matrix}, {d.Coils} coils, {request.Config.Acceleration}x undersampled stack of stars; {trainer.Position.Step} steps in {seconds} s on {device}",
            Results = [results],
            Metrics = trainer.Metrics.Rows,
            Pictures = pictures,
            Memory = memory,
            PeakBytes = peak,
            Config = request.Config,
            Facts =
            [
                ("program", commit is null ? $"stardeq {version}" : $"stardeq {version}, commit {commit}"),
                ("device", $"{device}, vectors of {RunRecord.VectorBits()} bits"),
                ("data", $"{d.Source}; {d.Subjects.Length} subjects of {d.Slices} slices, {d.Spokes} spokes of {d.Readout} samples"),
                ("parameters", trainer.Model.Parameters.Count.ToString("N0", CultureInfo.InvariantCulture)),
                ("result of", trainer.Reported),
                ("training time", $"{seconds} s"),
                ("process peak memory", $"{Process.GetCurrentProcess().PeakWorkingSet64 / (1024.0 * 1024):F0} MiB"),
            ],
        };
    }
}
