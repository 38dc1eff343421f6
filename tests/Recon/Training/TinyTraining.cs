using System.Text.Json;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

/// <summary>A simulated dataset of 24 × 24 pixels and two coils, small enough to train on it within a test.</summary>
internal sealed class TinyTraining : IDisposable
{
    /// <summary>Two training subjects of two slices, hence four steps per epoch.</summary>
    public static TrainingConfig Config { get; } = new()
    {
        Matrix = 24,
        Coils = 2,
        Slices = 2,
        TrainSubjects = 2,
        ValidationSubjects = 1,
        TestSubjects = 1,
        Base = 2,
        Poolings = 1,
        Epochs = 2,
        MaxIterations = 8,
    };

    private static readonly Lazy<DatasetFolder> s_dataset = new(() => DatasetSimulator.Write(
        SimulationSettings.From(Config) with { WriteTruth = true }, Path.Combine(Fixtures.TemporaryFolder(), "data"), Device.Cpu, []));

    private readonly SliceLoader _loader;

    /// <summary>The slices that a configuration asks for.</summary>
    public TinyTraining(TrainingConfig? config = null, Device? device = null)
    {
        Settings = config ?? Config;
        Device = device ?? Device.Cpu;
        _loader = new SliceLoader(s_dataset.Value, SliceChoices.From(Settings), Device);
        Training = Load(Split.Train, Settings.TrainPattern);
        Validation = Load(Split.Validation, Settings.TrainPattern);
    }

    public TrainingConfig Settings { get; }

    /// <summary>Where training computes.</summary>
    public Device Device { get; init; }

    public IReadOnlyList<SliceProblem> Training { get; set; }

    public IReadOnlyList<SliceProblem> Validation { get; }

    public IReadOnlyList<SliceProblem> Load(Split split, UndersamplingPattern pattern) =>
        [.. _loader.Load(split, pattern, Settings.Acceleration, NoProgress.Instance, CancellationToken.None).Cast<SliceProblem>()];

    /// <summary>Trains in a folder, from the beginning or from the checkpoint in it.</summary>
    /// <param name="folder">Run folder.</param>
    /// <param name="existing">New or resumed.</param>
    /// <param name="afterStep">Told the number of each step that was done.</param>
    public TrainingOutcome Train(string folder, ExistingRun existing = ExistingRun.Refuse, Action<long, CancellationTokenSource>? afterStep = null)
    {
        RunFolder run = RunFolder.Open(folder, existing);
        if (!run.IsResumed)
        {
            run.WriteRecord(new RunRecord(Settings, new Dictionary<string, string>(), [], "cpu"));
        }

        using EquilibriumModel model = ModelFactory.Create(Settings, Device);
        using var trainer = new Trainer(Settings, model, Training, Validation, run);
        using var stop = new CancellationTokenSource();
        return trainer.Train(new StepListener(NoProgress.Instance, step => afterStep?.Invoke(step, stop)), stop.Token);
    }

    /// <summary>All that a run leaves, bit by bit: tensors, metadata and rows. Left out are wall-clock times, and where in its file a
    /// mapped cache has what; the check sums of what it has are in.</summary>
    public static string[] Traces(string folder)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        SafetensorsContent checkpoint = Safetensors.Read(Path.Combine(folder, "checkpoint.safetensors"), scope);
        return
        [
            .. checkpoint.Tensors.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => $"{t.Key} {Convert.ToHexString(Sample.Bits(t.Value))}"),
            .. checkpoint.Metadata.Where(m => m.Key is not ("seconds" or "cache")).OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => $"{m.Key} {m.Value}"),
            .. Sums(checkpoint.Metadata.GetValueOrDefault("cache", "{}")),
            .. MetricsLog.Read(Path.Combine(folder, "metrics.csv")).Select(row => (row with { Seconds = 0 }).ToString()),
        ];
    }

    public void Dispose() => _loader.Dispose();

    private static IEnumerable<string> Sums(string records)
    {
        using JsonDocument document = JsonDocument.Parse(records);
        return [.. document.RootElement.EnumerateObject().Select(record => $"{record.Name} {record.Value.GetProperty("Sum").GetString()}").Order(StringComparer.Ordinal)];
    }
}
