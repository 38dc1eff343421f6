using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

/// <summary>Training with each stabiliser: resumed bit by bit, and the same on every device.</summary>
public sealed class StabilisedTrainingTests
{
    private static readonly string[] s_settings =
    [
        "sn=reshape;sn_rule=divide;jr_kind=fro;jr_frequency=0.6",
        "sn=power;sn_rule=divide;sn_size=8;jr_kind=fro;jr_on=network;jr_probe=rademacher",
        "sn=fft;sn_rule=divide;jr_kind=spec;jr_margin=0.9",
    ];

    private string _root = "";

    [SetUp]
    public void MakeFolder() => _root = Fixtures.TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_root, recursive: true);

    private string At(string name) => Path.Combine(_root, name);

    [Test]
    public void A_resumed_run_ends_with_the_same_bits_as_one_that_never_stopped_on_other_threads_too([ValueSource(nameof(s_settings))] string keys)
    {
        using TinyTraining tiny = new(Config(keys)), threads = new(Config(keys), new CpuDevice(3));
        tiny.Train(At("whole"));
        string[] whole = TinyTraining.Traces(At("whole"));
        foreach (int last in new[] { 1, 4, 6 })
        {
            string folder = At($"stopped-{last}");
            tiny.Train(folder, afterStep: (step, stop) => StopAt(step == last, stop));
            tiny.Train(folder, ExistingRun.Resume);
            Assert.That(TinyTraining.Traces(folder), Is.EqualTo(whole), $"stopped after step {last}");
        }

        threads.Train(At("threads"));
        Assert.That(TinyTraining.Traces(At("threads")), Is.EqualTo(whole));
    }

    [Test]
    public void The_first_step_is_the_same_on_both_devices([ValueSource(nameof(s_settings))] string keys)
    {
        TrainingConfig config = Config(keys) with { Epochs = 1, JacobianFrequency = 1 };
        using TinyTraining cpu = new(config), cuda = new(config, SoftwareDriver.Open());
        cpu.Train(At("cpu"));
        cuda.Train(At("cuda"), afterStep: (step, stop) => StopAt(step == 1, stop));
        MetricsRow expected = MetricsLog.Read(At("cpu/metrics.csv"))[0], found = MetricsLog.Read(At("cuda/metrics.csv"))[0];

        // Single precision: sums of 1e3 terms, and rounding of 1e-6 in each of ten norms that are divided by.
        Assert.That(found.Loss, Is.EqualTo(expected.Loss).Within(0.1).Percent);
        Assert.That(found.JacobianPenalty, Is.EqualTo(expected.JacobianPenalty).Within(0.1).Percent.And.GreaterThan(0));
        Assert.That(found.GradientNorm, Is.EqualTo(expected.GradientNorm).Within(0.1).Percent);
    }

    private static TrainingConfig Config(string keys) => keys.Split(';').Aggregate(TinyTraining.Config, ConfigKeys.Assign);

    private static void StopAt(bool isTime, CancellationTokenSource stop)
    {
        if (isTime)
        {
            stop.Cancel();
        }
    }
}
