using NUnit.Framework;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class CascadedTrainingTests
{
    // A rate at which the weights hardly move between epochs, and a tolerance that every solve reaches.
    private static readonly TrainingConfig s_config = TinyTraining.Config with
    {
        Init = InitKind.Cascaded,
        Epochs = 3,
        LearningRate = 1e-4,
        Tolerance = 1e-2,
        MaxIterations = 30,
    };

    private string _root = "";

    [SetUp]
    public void MakeFolder() => _root = Fixtures.TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_root, recursive: true);

    private string At(string name) => Path.Combine(_root, name);

    [Test]
    public void After_the_first_epoch_every_solve_starts_warm_and_needs_fewer_evaluations()
    {
        MetricsRow[] warm = Epochs("warm", s_config), cold = Epochs("cold", s_config with { Init = InitKind.Cold });
        Assert.That(warm.Select(row => row.Warm), Is.EqualTo(new[] { 0, 4, 4 }));
        Assert.That(warm.Select(row => row.Dropped), Is.All.Zero);
        Assert.That(warm[0].Iterations, Is.EqualTo(cold[0].Iterations));
        Assert.That(warm[2].Iterations, Is.LessThan(0.7 * cold[2].Iterations), "a start within the tolerance needs two evaluations");
        Assert.That(warm[2].WarmResidual, Is.LessThan(s_config.Tolerance).And.LessThan(warm[2].ColdResidual));
        Assert.That(cold.Select(row => row.Warm), Is.All.NaN);
    }

    [Test]
    public void A_run_stopped_or_killed_anywhere_continues_with_the_same_bits(
        [Values] CacheStoreKind store, [Values] CachePrecision precision, [Values(0, 3)] int checkpointEvery)
    {
        using var tiny = new TinyTraining(s_config with { CacheStore = store, CachePrecision = precision, CheckpointEvery = checkpointEvery });
        tiny.Train(At("whole"));
        string[] whole = TinyTraining.Traces(At("whole"));
        foreach (int last in new[] { 3, 4, 6, 11 })
        {
            tiny.Train(At($"stopped-{last}"), afterStep: (step, stop) => Stop(step == last, stop.Cancel));
            tiny.Train(At($"stopped-{last}"), ExistingRun.Resume);
            Assert.That(TinyTraining.Traces(At($"stopped-{last}")), Is.EqualTo(whole), $"stopped after step {last}");
            Assert.That(() => tiny.Train(At($"killed-{last}"), afterStep: (step, _) => Stop(step == last, () => throw new TimeoutException())), Throws.TypeOf<TimeoutException>());
            tiny.Train(At($"killed-{last}"), ExistingRun.Resume);
            Assert.That(TinyTraining.Traces(At($"killed-{last}")), Is.EqualTo(whole), $"killed after step {last}");
        }
    }

    [Test]
    public void A_mapped_file_of_another_run_is_refused()
    {
        using var tiny = new TinyTraining(s_config with { CacheStore = CacheStoreKind.Mapped });
        tiny.Train(At("run"), afterStep: (step, stop) => Stop(step == 6, stop.Cancel));
        byte[] file = File.ReadAllBytes(At("run/cache.bin"));
        File.WriteAllBytes(At("run/cache.bin"), [.. file.Select(value => (byte)~value)]);
        Assert.That(() => tiny.Train(At("run"), ExistingRun.Resume), Throws.TypeOf<InputException>().With.Message.Contains("cache.bin").And.Message.Contains("start again"));
    }

    private MetricsRow[] Epochs(string name, TrainingConfig config)
    {
        using var tiny = new TinyTraining(config);
        tiny.Train(At(name));
        return [.. MetricsLog.Read(At($"{name}/metrics.csv")).Where(row => row.Kind == MetricsKind.Epoch)];
    }

    private static void Stop(bool now, Action how)
    {
        if (now)
        {
            how();
        }
    }
}
