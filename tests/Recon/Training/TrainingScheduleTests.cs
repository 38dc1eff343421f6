using NUnit.Framework;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class TrainingScheduleTests
{
    private static readonly TrainingConfig s_config = TinyTraining.Config with { LearningRate = 0.01, Epochs = 5 };

    [Test]
    public void Each_epoch_is_a_permutation_and_the_last_batch_takes_the_rest()
    {
        var schedule = new TrainingSchedule(s_config with { Batch = 3 }, slices: 7);
        Assert.That((schedule.StepsPerEpoch, schedule.Steps), Is.EqualTo((3, 15L)));
        for (int epoch = 0; epoch < 5; epoch++)
        {
            int[][] batches = [.. Enumerable.Range(1, 3).Select(step => schedule.Slices((3 * epoch) + step))];
            Assert.That(batches.Select(batch => batch.Length), Is.EqualTo(new[] { 3, 3, 1 }));
            Assert.That(batches.SelectMany(batch => batch), Is.EquivalentTo(Enumerable.Range(0, 7)));
        }

        Assert.That(new[] { 1L, 3, 4, 15 }.Select(schedule.Epoch), Is.EqualTo(new[] { 1, 1, 2, 5 }));
        Assert.That(new[] { 1L, 3, 4, 15 }.Select(schedule.EndsEpoch), Is.EqualTo(new[] { false, true, false, true }));
    }

    [Test]
    public void The_rate_rises_linearly_and_then_follows_half_a_cosine_to_its_last_value_at_the_last_step()
    {
        var schedule = new TrainingSchedule(s_config with { RateSchedule = RateScheduleKind.Cosine, RateWarmup = 4, RateFinal = 0.2 }, slices: 5);
        double[] rates = [.. Enumerable.Range(1, 25).Select(step => schedule.LearningRate(step))];
        Assert.That(rates[..5], Is.EqualTo(new[] { 0.0025, 0.005, 0.0075, 0.01, 0.01 }).Within(1e-15)); // rounding of numbers of 0.01
        Assert.That(rates[14], Is.EqualTo(0.006).Within(1e-15), "half way between steps 5 and 25: the mean of 0.01 and 0.002");
        Assert.That(rates[24], Is.EqualTo(0.002).Within(1e-15));
        Assert.That(rates[4..].Zip(rates[5..], (a, b) => a > b), Is.All.True);
    }

    [Test]
    public void A_step_schedule_multiplies_after_every_few_epochs_and_a_constant_one_never()
    {
        TrainingConfig config = s_config with { RateStepEpochs = 2, RateStepFactor = 0.1 };
        var steps = new TrainingSchedule(config with { RateSchedule = RateScheduleKind.Step }, slices: 3);
        Assert.That(Enumerable.Range(1, 15).Select(step => steps.LearningRate(step)), Is.EqualTo(
            Enumerable.Repeat(0.01, 6).Concat(Enumerable.Repeat(0.001, 6)).Concat(Enumerable.Repeat(0.0001, 3))).Within(1e-15));
        var constant = new TrainingSchedule(config, slices: 3);
        Assert.That(Enumerable.Range(1, 15).Select(step => constant.LearningRate(step)), Is.All.EqualTo(0.01));
    }

    [Test]
    public void The_tolerance_falls_in_equal_ratios_and_then_holds()
    {
        var schedule = new TrainingSchedule(s_config with { Tolerance = 1e-4, ToleranceStart = 1e-1, ToleranceEpochs = 3 }, slices: 3);
        Assert.That(Enumerable.Range(1, 5).Select(schedule.Tolerance), Is.EqualTo(new[] { 1e-1, 1e-2, 1e-3, 1e-4, 1e-4 }).Within(1e-10).Percent); // of pow
        var fixedOne = new TrainingSchedule(s_config with { Tolerance = 1e-4 }, slices: 3);
        Assert.That(Enumerable.Range(1, 5).Select(fixedOne.Tolerance), Is.All.EqualTo(1e-4));
    }

    [TestCase(0, new[] { 3, 6, 9, 12, 15 })]
    [TestCase(4, new[] { 4, 8, 12, 15 })]
    public void Checkpoints_are_due_every_few_steps_or_each_epoch_and_at_the_end(int every, int[] due)
    {
        var schedule = new TrainingSchedule(s_config with { CheckpointEvery = every }, slices: 3);
        Assert.That(Enumerable.Range(1, 15).Where(step => schedule.SavesAfter(step)), Is.EqualTo(due));
    }

    [Test]
    public void Pre_training_takes_the_first_epochs()
    {
        var schedule = new TrainingSchedule(s_config with { Pretrain = PretrainKind.Denoiser, PretrainEpochs = 2 }, slices: 3);
        Assert.That(Enumerable.Range(1, 15).Where(step => schedule.IsPretraining(step)), Is.EqualTo(Enumerable.Range(1, 6)));
    }
}
