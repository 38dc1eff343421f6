using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class BestValidationTests
{
    private string _root = "";

    [SetUp]
    public void MakeFolder() => _root = Fixtures.TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_root, recursive: true);

    private string At(string name) => Path.Combine(_root, name);

    [Test]
    public void The_best_is_the_highest_psnr_or_the_lowest_loss_and_patience_counts_from_it()
    {
        var byPsnr = new BestValidation(TinyTraining.Config with { EarlyStop = 2 });
        var byLoss = new BestValidation(TinyTraining.Config with { BestBy = BestByKind.Loss });
        (double Psnr, double Loss, bool IsBestPsnr, bool IsBestLoss)[] validations =
            [(20, 3, true, true), (double.NaN, double.NaN, false, false), (21, 4, true, false), (21, 2, false, true), (20, 2, false, false)];
        for (int i = 0; i < validations.Length; i++)
        {
            Assert.That(byPsnr.IsOver, Is.False);
            var row = new MetricsRow { Kind = MetricsKind.Validation, Step = i + 1, Epoch = i + 1, Psnr = validations[i].Psnr, Loss = validations[i].Loss };
            Assert.That((byPsnr.Offer(row), byLoss.Offer(row)), Is.EqualTo((validations[i].IsBestPsnr, validations[i].IsBestLoss)));
        }

        Assert.That((byPsnr.Step, byPsnr.Value, byPsnr.IsOver), Is.EqualTo((3L, 21.0, true)));
        Assert.That((byLoss.Step, byLoss.Value, byLoss.IsOver), Is.EqualTo((4L, 2.0, false)));
    }

    [Test]
    public void Training_ends_early_and_stays_ended_when_it_is_resumed()
    {
        // A rate of nearly nothing: no validation is better than the first.
        using var tiny = new TinyTraining(TinyTraining.Config with { LearningRate = 1e-30, Epochs = 9, EarlyStop = 2 });
        Assert.That(tiny.Train(At("run")), Is.EqualTo(TrainingOutcome.Finished));
        string[] ended = TinyTraining.Traces(At("run"));
        Assert.That(MetricsLog.Read(At("run/metrics.csv")).Count(row => row.Kind == MetricsKind.Validation), Is.EqualTo(3));
        Assert.That(tiny.Train(At("run"), ExistingRun.Resume), Is.EqualTo(TrainingOutcome.Finished));
        Assert.That(TinyTraining.Traces(At("run")), Is.EqualTo(ended));
    }

    [Test]
    public void The_best_model_is_the_one_that_was_validated()
    {
        TrainingConfig config = TinyTraining.Config with { Epochs = 3, LearningRate = 0.05 };
        using var tiny = new TinyTraining(config);
        tiny.Train(At("run"));
        MetricsRow[] validations = [.. MetricsLog.Read(At("run/metrics.csv")).Where(row => row.Kind == MetricsKind.Validation)];
        (EquilibriumModel model, _) = Checkpoint.ReadModel(At("run/best.safetensors"), Device.Cpu);
        using (model)
        using (var scope = new TensorScope(Device.Cpu, MemoryOwner.Data))
        {
            Reconstruction again = new ModelReconstructor(model, config).Run(tiny.Validation, Device.Cpu, scope, NoProgress.Instance, CancellationToken.None);
            Assert.That(again.Compare(config.PsnrRange).Psnr, Is.EqualTo(validations.Max(row => row.Psnr)));
        }
    }

    [TestCase("early_stop=1")]
    [TestCase("report=best")]
    public void Without_validation_slices_there_is_no_best(string assignment)
    {
        using var tiny = new TinyTraining(ConfigKeys.Assign(TinyTraining.Config, assignment));
        RunFolder folder = RunFolder.Open(At("run"), ExistingRun.Refuse);
        using EquilibriumModel model = ModelFactory.Create(tiny.Settings, Device.Cpu);
        Assert.That(() => new Trainer(tiny.Settings, model, tiny.Training, [], folder), Throws.TypeOf<InputException>().With.Message.Contains("validation"));
    }
}
