using NUnit.Framework;
using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class PretrainingStepTests
{
    [TestCase(PretrainKind.Denoiser)]
    [TestCase(PretrainKind.Unrolled)]
    public void Its_loss_falls_without_a_solve(PretrainKind kind)
    {
        TrainingConfig config = TinyTraining.Config with { Pretrain = kind };
        using var tiny = new TinyTraining(config);
        using EquilibriumModel model = ModelFactory.Create(config, Device.Cpu);
        using var adam = new Adam(model.Parameters, new(3e-3, 0.9, 0.999, 1e-8));
        using var batch = new SliceBatch([tiny.Training[0]], Device.Cpu);
        var step = new PretrainingStep(config, model, adam);
        StepResult[] results = [.. Enumerable.Range(0, 30).Select(_ => step.Run(batch))];
        Assert.That(results[^1].Loss, Is.LessThan(results[0].Loss));
        Assert.That(results.Select(result => result.Solution.Count), Is.All.Zero);
        Assert.That(results[0].Evaluations, Is.NaN);
        Assert.That(model.Scalar, kind == PretrainKind.Denoiser ? Is.EqualTo(model.Options.Scalar) : Is.Not.EqualTo(model.Options.Scalar), "the denoiser alone has no data step");
    }

    [Test]
    public void The_first_loss_is_that_of_the_gridded_image_because_the_network_starts_at_zero()
    {
        TrainingConfig config = TinyTraining.Config with { Pretrain = PretrainKind.Denoiser };
        using var tiny = new TinyTraining(config);
        using EquilibriumModel model = ModelFactory.Create(config, Device.Cpu);
        using var adam = new Adam(model.Parameters, new(3e-3, 0.9, 0.999, 1e-8));
        using var batch = new SliceBatch([tiny.Training[0]], Device.Cpu);
        Assert.That(new PretrainingStep(config, model, adam).Run(batch).Loss, Is.EqualTo(new TrainingLoss(config.Loss).Of(batch.Start, batch.Target)));
    }

    [Test]
    public void A_run_that_is_stopped_in_it_continues_with_the_same_bits([Values(2, 4, 5)] int last)
    {
        string root = Fixtures.TemporaryFolder();
        using var tiny = new TinyTraining(TinyTraining.Config with { Pretrain = PretrainKind.Unrolled, Epochs = 2 });
        tiny.Train(Path.Combine(root, "whole"));
        tiny.Train(Path.Combine(root, "stopped"), afterStep: (step, stop) => CancelAt(step == last, stop));
        tiny.Train(Path.Combine(root, "stopped"), ExistingRun.Resume);
        Assert.That(TinyTraining.Traces(Path.Combine(root, "stopped")), Is.EqualTo(TinyTraining.Traces(Path.Combine(root, "whole"))));
        Directory.Delete(root, recursive: true);
    }

    private static void CancelAt(bool now, CancellationTokenSource stop)
    {
        if (now)
        {
            stop.Cancel();
        }
    }
}
