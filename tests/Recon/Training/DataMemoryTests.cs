using System.Text;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

/// <summary>Training and evaluation with fewer slices in memory than there are.</summary>
public sealed class DataMemoryTests
{
    private const int StepsPerEpoch = 4;

    // A slice of 24 x 24 pixels and two coils takes 30 KB: maps 9.2, four images of 4.6, support 2.3. Three are on their way at most, so
    // that of eight slices two stay in memory.
    private const string Limit = "170kB";

    private static readonly TrainingConfig s_config = TinyTraining.Config with { Acceleration = 3 };

    private string _root = "";

    [SetUp]
    public void MakeFolder() => _root = Fixtures.TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_root, recursive: true);

    [Test]
    public void Slices_that_wait_in_files_of_the_run_or_of_the_dataset_train_and_evaluate_to_the_same_bits()
    {
        string simulated = Simulate(), prepared = Prepare();
        foreach (string data in new[] { simulated, prepared })
        {
            string whole = Train(data, SliceRoom.All), bounded = Train(data, Limit);
            Assert.That(Traces(bounded), Is.EqualTo(Traces(whole)));
            Assert.That(TimelessTable(bounded), Is.EqualTo(TimelessTable(whole)));
            Assert.That(Directory.EnumerateFileSystemEntries(bounded).Where(AtomicFile.IsTemporary), Is.Empty);
        }
    }

    [TestCase("", false)]
    [TestCase("", true)]
    [TestCase("batch=2", false)]
    [TestCase("init=cascaded", true)]
    public void No_more_slices_are_in_memory_than_allowed_whatever_is_on_its_way(string keys, bool isPrepared)
    {
        DatasetFolder data = DatasetFolder.Open(isPrepared ? Prepare() : Simulate());
        long limit = keys.Contains("batch", StringComparison.Ordinal) ? 160_000 : ByteSize.Parse("", Limit);
        TrainingConfig config = keys.Split(' ', StringSplitOptions.RemoveEmptyEntries).Aggregate(s_config with { DataMemory = $"{limit}B" }, ConfigKeys.Assign);
        var device = new CpuDevice(2);
        using TrainingSession session = Open(data, config, device);
        IWaitingSlice[] all = [.. session.Training, .. session.Validation, .. session.Test];
        long held = all.Where(slice => slice is SliceProblem).Sum(slice => slice.OwnBytes), read = 0, most = 0;
        Assert.That(held, Is.GreaterThan(0));
        Assert.That(all.Count(slice => slice is not SliceProblem), Is.GreaterThan(3), "more than are ever on their way");
        device.Ledger.Changed = change =>
        {
            read += change is { Owner: MemoryOwner.Data, Origin: nameof(StoredSlice) } ? change.Bytes : 0;
            most = Math.Max(most, read);
        };
        using (var trainer = new Trainer(config, session.Model, session.Training, session.Validation, RunFolder.Open(Path.Combine(_root, "run"), ExistingRun.Refuse)))
        using (var images = new TensorScope(device, MemoryOwner.Workspace))
        {
            trainer.Train(NoProgress.Instance, CancellationToken.None);
            MethodComparison.Run(session.Test, session.Training, session.Model, config, config.TestPattern, config.Acceleration, new InferenceOptions(), images, NoProgress.Instance, CancellationToken.None);
        }

        Assert.That(read, Is.Zero, "what was read went back");
        Assert.That(most, Is.AtLeast((config.Batch + 1) * all[0].OwnBytes), "the next batch is read while one is at work");
        Assert.That(held + most, Is.AtMost(limit));
    }

    [Test]
    public void A_rehearsal_predicts_the_peak_with_slices_in_files()
    {
        TrainingConfig config = s_config with { DataMemory = Limit };
        var device = new CpuDevice();
        using TrainingSession session = Open(DatasetFolder.Open(Simulate()), config, device);
        using (var trainer = new Trainer(config, session.Model, session.Training, session.Validation, RunFolder.Open(Path.Combine(_root, "run"), ExistingRun.Refuse)))
        {
            trainer.Train(NoProgress.Instance, CancellationToken.None);
        }

        TrainingForecast bounded = TrainingRehearsal.Run(config), whole = TrainingRehearsal.Run(config with { DataMemory = SliceRoom.All });
        Assert.That((double)bounded.PeakBytes, Is.EqualTo((double)device.Ledger.PeakBytes).Within(0.03 * device.Ledger.PeakBytes)); // what README promises
        Assert.That(bounded.Waiting, Is.EqualTo(session.Waiting));
        Assert.That(bounded.PeakBytes, Is.LessThan(whole.PeakBytes));
        Assert.That(whole.Waiting, Is.Null);
    }

    [TestCase(false, "cannot be read any more")]
    [TestCase(true, "has changed since")]
    public void A_file_that_changes_or_vanishes_in_mid_training_ends_it_and_what_was_done_stays(bool changes, string complaint)
    {
        DatasetFolder data = DatasetFolder.Open(Prepare());
        TrainingConfig config = s_config with { DataMemory = "130kB" }; // but for one slice all wait in files
        string maps = Path.Combine(_root, "prepared", "s1", "problems", "maps.npy"), aside = Path.Combine(_root, "aside.npy");
        File.Copy(maps, aside);
        Run(data, config, "whole", ExistingRun.Refuse, _ => { });
        Assert.That(
            () => Run(data, config, "broken", ExistingRun.Refuse, step =>
            {
                if (step == StepsPerEpoch + 1)
                {
                    File.Delete(maps);
                    if (changes)
                    {
                        byte[] bytes = File.ReadAllBytes(aside);
                        bytes[^(bytes.Length / 3)] ^= 1;
                        File.WriteAllBytes(maps, bytes);
                    }
                }
            }),
            Throws.TypeOf<InputException>().With.Message.Contains(complaint).And.Message.Contains(Path.Combine("s1", "problems", "maps.npy")).And.Message.Contains("--resume"));
        string broken = Path.Combine(_root, "broken");
        Assert.That(Directory.EnumerateFileSystemEntries(broken).Where(AtomicFile.IsTemporary), Is.Empty);
        File.Copy(aside, maps, overwrite: true);
        Run(data, config, "broken", ExistingRun.Resume, _ => { });
        Assert.That(TinyTraining.Traces(broken), Is.EqualTo(TinyTraining.Traces(Path.Combine(_root, "whole"))));
    }

    [Test]
    public void Less_than_the_slices_that_are_worked_on_is_refused()
    {
        DatasetFolder data = DatasetFolder.Open(Simulate());
        Assert.That(
            () => Open(data, s_config with { DataMemory = "80kB" }, Device.Cpu),
            Throws.TypeOf<InputException>().With.Message.Contains("data_memory").And.Message.Contains("at least 87.75 KiB for the 3"));
        Assert.That(() => ConfigKeys.Assign(s_config, "data_memory=half"), Throws.TypeOf<InputException>().With.Message.Contains("'half'"));
    }

    [Test]
    public void A_resumed_run_may_have_other_memory()
    {
        string data = Simulate(), whole = Train(data, SliceRoom.All), folder = Path.Combine(_root, "resumed");
        using (var stop = new CancellationTokenSource())
        {
            var half = new TrainRequest(s_config with { DataMemory = SliceRoom.All }, data, RunFolder.Open(folder, ExistingRun.Refuse), []);
            TrainingRun.Run(half, Device.Cpu, new StepListener(NoProgress.Instance, step => CancelAfter(stop, step)), stop.Token);
        }

        TrainRequest rest = TrainRequest.Open(null, null, [$"data_memory={Limit}"], data, folder, ExistingRun.Resume, []);
        Assert.That(TrainingRun.Run(rest, Device.Cpu, NoProgress.Instance, CancellationToken.None).Outcome, Is.EqualTo(TrainingOutcome.Finished));
        Assert.That(Traces(folder), Is.EqualTo(Traces(whole)));
    }

    private static void CancelAfter(CancellationTokenSource stop, long step)
    {
        if (step == StepsPerEpoch + 1) // beyond the subjects that are prepared
        {
            stop.Cancel();
        }
    }

    private void Run(DatasetFolder data, TrainingConfig config, string name, ExistingRun existing, Action<long> afterStep)
    {
        RunFolder folder = RunFolder.Open(Path.Combine(_root, name), existing);
        if (!folder.IsResumed)
        {
            folder.WriteRecord(new RunRecord(config, new Dictionary<string, string>(), [], "cpu"));
        }

        using TrainingSession session = Open(data, config, Device.Cpu);
        using var trainer = new Trainer(config, session.Model, session.Training, session.Validation, folder);
        trainer.Train(new StepListener(NoProgress.Instance, afterStep), CancellationToken.None);
    }

    private TrainingSession Open(DatasetFolder data, TrainingConfig config, Device device) =>
        TrainingSession.Open(data, config, device, Path.Combine(_root, "slices"), NoProgress.Instance, CancellationToken.None);

    private string Train(string data, string memory)
    {
        string folder = Path.Combine(_root, $"{Path.GetFileName(data)}-{memory}");
        TrainingRun.Run(new TrainRequest(s_config with { DataMemory = memory }, data, RunFolder.Open(folder, ExistingRun.Refuse), []), Device.Cpu, NoProgress.Instance, CancellationToken.None);
        return folder;
    }

    /// <summary>All that a run leaves but its settings.</summary>
    private static IEnumerable<string> Traces(string folder) => TinyTraining.Traces(folder).Where(line => !line.StartsWith("config ", StringComparison.Ordinal));

    private static string[] TimelessTable(string folder) =>
        [.. File.ReadAllLines(Path.Combine(folder, "table.json"), Encoding.UTF8).Where(line => !line.Contains("seconds", StringComparison.Ordinal))];

    private string Simulate()
    {
        string folder = Path.Combine(_root, "simulated");
        DatasetSimulator.Write(SimulationSettings.From(s_config), folder, Device.Cpu, []);
        return folder;
    }

    /// <summary>The same subjects as raw files and then as prepared problems with maps of their own.</summary>
    private string Prepare()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        SimulationSettings settings = SimulationSettings.From(s_config);
        RawInput Raw(int subject)
        {
            string path = Path.Combine(_root, $"s{subject}.npy");
            ArrayFile.Write(path, DatasetSimulator.Simulate(settings, subject, scope, []).KSpace);
            return RawInput.Parse(path, settings.SplitOf(subject));
        }

        var request = new PreparationRequest
        {
            Inputs = [.. Enumerable.Range(0, settings.Subjects).Select(Raw)],
            Source = new RawSource { Matrix = settings.Matrix, Angles = new SpokeAngles() },
            Settings = new PreparationSettings { Problems = ProblemSettings.From(s_config) },
        };
        string folder = Path.Combine(_root, "prepared");
        PreparationRun.Write(folder, request, Device.Cpu, NoProgress.Instance, default);
        return folder;
    }
}
