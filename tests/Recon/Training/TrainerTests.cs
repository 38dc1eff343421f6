using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class TrainerTests
{
    private const int StepsPerEpoch = 4;

    private string _root = "";

    [SetUp]
    public void MakeFolder() => _root = Fixtures.TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_root, recursive: true);

    private string At(string name) => Path.Combine(_root, name);

    [Test]
    public void A_run_stopped_after_any_step_and_resumed_ends_with_the_same_bits_as_one_that_never_stopped()
    {
        using var tiny = new TinyTraining();
        Assert.That(tiny.Train(At("whole")), Is.EqualTo(TrainingOutcome.Finished));
        string[] whole = TinyTraining.Traces(At("whole"));
        for (int last = 1; last < 2 * StepsPerEpoch; last++)
        {
            string folder = At($"stopped-{last}");
            Assert.That(tiny.Train(folder, afterStep: StopAfter(last)), Is.EqualTo(TrainingOutcome.Interrupted));
            Assert.That(tiny.Train(folder, ExistingRun.Resume), Is.EqualTo(TrainingOutcome.Finished));
            Assert.That(TinyTraining.Traces(folder), Is.EqualTo(whole), $"stopped after step {last}");
        }
    }

    [Test]
    public void A_run_that_was_killed_inside_an_epoch_continues_from_the_epoch_before_with_the_same_bits()
    {
        using var tiny = new TinyTraining();
        tiny.Train(At("whole"));
        Assert.That(() => tiny.Train(At("killed"), afterStep: KillAfter(6)), Throws.TypeOf<TimeoutException>());
        Assert.That(MetricsLog.Read(At("killed/metrics.csv")).Max(row => row.Step), Is.EqualTo(6));
        tiny.Train(At("killed"), ExistingRun.Resume);
        Assert.That(TinyTraining.Traces(At("killed")), Is.EqualTo(TinyTraining.Traces(At("whole"))));
    }

    [Test]
    public void The_means_of_an_epoch_count_every_step_of_it_also_those_before_an_interruption()
    {
        using var tiny = new TinyTraining();
        tiny.Train(At("run"), afterStep: StopAfter(StepsPerEpoch + 1));
        tiny.Train(At("run"), ExistingRun.Resume);
        IReadOnlyList<MetricsRow> rows = MetricsLog.Read(At("run/metrics.csv"));
        foreach (int epoch in new[] { 1, 2 })
        {
            MetricsRow[] steps = [.. rows.Where(row => row.Kind == MetricsKind.Step && row.Epoch == epoch)];
            MetricsRow mean = rows.Single(row => row.Kind == MetricsKind.Epoch && row.Epoch == epoch);
            Assert.That(steps.Select(row => row.Step), Is.EqualTo(Enumerable.Range(1 + ((epoch - 1) * StepsPerEpoch), StepsPerEpoch)));
            Assert.That(mean.Loss, Is.EqualTo(steps.Average(row => row.Loss)));
            Assert.That(mean.Residual, Is.EqualTo(steps.Max(row => row.Residual)));
            Assert.That(mean.Seconds, Is.EqualTo(steps.Sum(row => row.Seconds)).Within(1e-12));
        }
    }

    [Test]
    public void A_run_gives_the_same_bits_on_1_2_and_8_threads()
    {
        string[][] traces = [.. new[] { 1, 2, 8 }.Select(threads =>
        {
            using var tiny = new TinyTraining(device: new CpuDevice(threads));
            tiny.Train(At($"threads-{threads}"));
            return TinyTraining.Traces(At($"threads-{threads}"));
        })];
        Assert.That(traces[1], Is.EqualTo(traces[0]));
        Assert.That(traces[2], Is.EqualTo(traces[0]));
    }

    [Test]
    public void Each_epoch_visits_every_slice_once_in_an_order_of_its_own()
    {
        // A learning rate of nearly nothing: the loss of a step then tells which slice it took.
        using var tiny = new TinyTraining(TinyTraining.Config with { LearningRate = 1e-30, Epochs = 6 });
        tiny.Train(At("run"));
        double[][] epochs = [.. MetricsLog.Read(At("run/metrics.csv")).Where(row => row.Kind == MetricsKind.Step)
            .GroupBy(row => row.Epoch).Select(epoch => epoch.Select(row => row.Loss).ToArray())];
        Assert.That(epochs, Has.Length.EqualTo(6));
        Assert.That(epochs[0].Distinct().Count(), Is.EqualTo(StepsPerEpoch));
        Assert.That(epochs, Is.All.EquivalentTo(epochs[0]));
        Assert.That(epochs.Select(epoch => string.Join(' ', epoch)).Distinct().Count(), Is.GreaterThan(1));
    }

    [Test]
    public void The_loss_falls_on_training_and_on_held_out_slices()
    {
        using var tiny = new TinyTraining(TinyTraining.Config with { Epochs = 8, LearningRate = 3e-3 });
        tiny.Train(At("run"));
        IReadOnlyList<MetricsRow> rows = MetricsLog.Read(At("run/metrics.csv"));
        foreach (MetricsKind kind in new[] { MetricsKind.Epoch, MetricsKind.Validation })
        {
            double[] losses = [.. rows.Where(row => row.Kind == kind).Select(row => row.Loss)];
            Assert.That(losses, Has.Length.EqualTo(8));
            Assert.That(losses[^1], Is.LessThan(losses[0]), $"{kind}");
        }
    }

    [TestCase(true, "epoch 2, step 8")] // three rescues, and the fourth failure ends the run
    [TestCase(false, "epoch 2, step 5")]
    public void Data_that_are_not_finite_end_the_run_and_leave_parameters_and_checkpoint_intact(bool isGuarded, string place)
    {
        using var tiny = new TinyTraining(TinyTraining.Config with { Epochs = 1, Guard = isGuarded, GuardRescues = isGuarded ? 3 : TinyTraining.Config.GuardRescues });
        tiny.Train(At("run"));
        byte[] checkpoint = File.ReadAllBytes(At("run/checkpoint.safetensors"));
        using var broken = new TinyTraining(TinyTraining.Config with { Guard = isGuarded, GuardRescues = isGuarded ? 3 : TinyTraining.Config.GuardRescues });
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Tensor nan = scope.Clone(broken.Training[0].B);
        Kernels.Fill.Run(double.NaN, nan);
        broken.Training = [.. broken.Training.Select(slice => slice with { B = nan })];

        Assert.That(
            () => broken.Train(At("run"), ExistingRun.Resume),
            Throws.TypeOf<DivergedException>().With.Message.Contains(place).And.Message.Contains("Try")
                .And.Property(nameof(DivergedException.Cause)).EqualTo(DivergenceCause.SolveNotFinite));
        Assert.That(File.ReadAllBytes(At("run/checkpoint.safetensors")), Is.EqualTo(checkpoint));
        Assert.That(Directory.GetFiles(At("run")).Select(Path.GetFileName), Is.EquivalentTo(new[] { "best.safetensors", "checkpoint.safetensors", "config.json", "metrics.csv", "metrics.jsonl" }));
    }

    [Test]
    public void Slices_of_different_trajectories_cannot_share_a_step()
    {
        using var tiny = new TinyTraining(TinyTraining.Config with { Batch = 2 });
        tiny.Training = [.. tiny.Training, tiny.Load(Split.Train, UndersamplingPattern.Contiguous)[0]];
        Assert.That(() => tiny.Train(At("run")), Throws.TypeOf<InputException>().With.Message.Contains("batch=1"));
    }

    private static Action<long, CancellationTokenSource> StopAfter(int last) => (step, stop) =>
    {
        if (step == last)
        {
            stop.Cancel();
        }
    };

    private static Action<long, CancellationTokenSource> KillAfter(int last) => (step, _) =>
    {
        if (step == last)
        {
            throw new TimeoutException("killed");
        }
    };
}
