using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;
using Stardeq.Recon;

namespace Stardeq.Tests;

/// <summary>Trainings in which something goes wrong on the way.</summary>
public sealed class RescueTests
{
    private string _root = "";

    [SetUp]
    public void MakeFolder() => _root = Fixtures.TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_root, recursive: true);

    private string At(string name) => Path.Combine(_root, name);

    [Test]
    public void One_damaged_slice_costs_its_steps_and_half_of_the_rate_each_time_and_the_rest_goes_on()
    {
        using TinyTraining tiny = Damaged(TinyTraining.Config with { GuardEvery = 1 }, out TensorScope scope);
        using (scope)
        {
            Assert.That(tiny.Train(At("run")), Is.EqualTo(TrainingOutcome.Finished));
        }

        IReadOnlyList<MetricsRow> rows = MetricsLog.Read(At("run/metrics.csv"));
        MetricsRow[] events = [.. rows.Where(row => row.Kind == MetricsKind.Event)];
        Assert.That(events.Select(row => row.Epoch), Is.EqualTo(new[] { 1, 2 }), "once an epoch");
        Assert.That(events.Select(row => row.Note), Is.All.Contains(nameof(DivergenceCause.LossNotFinite)).And.All.Contains("learning rate x 0."));
        Assert.That(rows.Count(row => row.Kind == MetricsKind.Step), Is.EqualTo(6), "of eight steps");
        Assert.That(rows.Last(row => row.Kind == MetricsKind.Step).LearningRate, Is.AnyOf(TinyTraining.Config.LearningRate / 4, TinyTraining.Config.LearningRate / 2));
        Assert.That(rows.Where(row => row.Kind == MetricsKind.Epoch).Select(row => row.Loss), Is.All.GreaterThan(0));
    }

    [Test]
    public void A_rescued_run_continues_with_the_same_bits_wherever_it_is_killed([Values(1, 3, 20)] int guardEvery)
    {
        TrainingConfig config = TinyTraining.Config with { GuardEvery = guardEvery, CheckpointEvery = 1, Init = InitKind.Cascaded, Tolerance = 0.1 };
        using TinyTraining tiny = Damaged(config, out TensorScope scope);
        using (scope)
        {
            tiny.Train(At("whole"));
            string[] whole = TinyTraining.Traces(At("whole"));
            for (int last = 1; last < 8; last++)
            {
                // Damaged steps report no progress, so the run is stopped after the next good one.
                bool isStopped = false;
                tiny.Train(At($"{last}"), afterStep: (step, stop) =>
                {
                    if (step >= last && !isStopped)
                    {
                        isStopped = true;
                        stop.Cancel();
                    }
                });
                tiny.Train(At($"{last}"), ExistingRun.Resume);
                Assert.That(TinyTraining.Traces(At($"{last}")), Is.EqualTo(whole), $"stopped after step {last}");
            }
        }
    }

    [Test]
    public void A_rate_that_throws_the_weights_away_is_halved_until_training_holds()
    {
        TrainingConfig config = TinyTraining.Config with { LearningRate = 1, Epochs = 12, GuardWindow = 4, GuardEvery = 2, GuardRescues = 30 };
        using var tiny = new TinyTraining(config);
        Assert.That(tiny.Train(At("run")), Is.EqualTo(TrainingOutcome.Finished));
        IReadOnlyList<MetricsRow> rows = MetricsLog.Read(At("run/metrics.csv"));
        Assert.That(rows.Count(row => row.Kind == MetricsKind.Event), Is.GreaterThan(0));
        Assert.That(rows.Last(row => row.Kind == MetricsKind.Validation).Loss, Is.LessThan(1), "the images have the size of the object");
    }

    /// <summary>A training with a target that is not finite.</summary>
    private static TinyTraining Damaged(TrainingConfig config, out TensorScope scope)
    {
        var tiny = new TinyTraining(config);
        scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Tensor broken = scope.Clone(tiny.Training[1].RequireTarget());
        Fill.Run(double.NaN, broken);
        tiny.Training = [.. tiny.Training.Select((slice, i) => i == 1 ? slice with { Target = broken } : slice)];
        return tiny;
    }
}
