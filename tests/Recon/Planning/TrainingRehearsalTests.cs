using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

/// <summary>What a rehearsal predicts against what the training then holds.</summary>
public sealed class TrainingRehearsalTests
{
    // What may differ is when iterations end: a solve that converges early fills less of a history that grows with it, and a
    // penalty that is drawn by chance may not come in so few steps. Three per cent is what README promises.
    private const double Allowed = 0.03;

    [TestCase("")]
    [TestCase("model=ifdeq sn=reshape")]
    [TestCase("model=ifdeq init=cascaded cache_precision=half tolerance=0.5")]
    [TestCase("model=deq")]
    [TestCase("model=deq jr_kind=fro jr_frequency=1")]
    [TestCase("model=deq adjoint=neumann solver=picard")]
    [TestCase("model=modl")]
    [TestCase("model=modl unrolls=10 checkpointing=true")]
    [TestCase("model=unet")]
    [TestCase("layer=mol certified=true")]
    [TestCase("layer=modl solver=broyden batch=2")]
    [TestCase("maps=jsense pretrain=unrolled epochs=3")]
    public void A_rehearsal_predicts_the_peak_of_a_training_with_the_sizes_of_tiny(string keys) => Compare(Small(TrainingConfig.FromPreset("tiny"), keys));

    [TestCase("")]
    [TestCase("model=modl")]
    public void A_rehearsal_predicts_the_peak_of_a_training_with_the_sizes_of_small(string keys) => Compare(Small(TrainingConfig.FromPreset("small"), $"slices=2 {keys}"));

    [TestCase("")]
    [TestCase("model=deq sn=reshape")]
    [TestCase("model=modl")]
    [TestCase("layer=modl batch=2")]
    public void A_rehearsal_predicts_the_peak_of_a_training_on_a_GPU(string keys)
    {
        Emulator.Require();
        using var cuda = new CudaDevice();
        Compare(keys.Split(' ', StringSplitOptions.RemoveEmptyEntries).Aggregate(TinyTraining.Config, ConfigKeys.Assign), cuda);
    }

    [Test]
    public void A_rehearsal_of_sizes_that_no_machine_here_has_room_for_touches_next_to_none_of_it()
    {
        long before = Environment.WorkingSet;
        TrainingForecast forecast = TrainingRehearsal.Run(TrainingConfig.FromPreset("paper") with { DataMemory = SliceRoom.All });
        Assert.That(forecast.PeakBytes, Is.GreaterThan(10L << 30), "500 slices with their coil maps alone");
        Assert.That(Environment.WorkingSet - before, Is.LessThan(forecast.PeakBytes / 20), "pages that are never touched are never there");
    }

    private static TrainingConfig Small(TrainingConfig preset, string keys) =>
        keys.Split(' ', StringSplitOptions.RemoveEmptyEntries).Aggregate(preset with { TrainSubjects = 1, ValidationSubjects = 1, TestSubjects = 1, Epochs = 1 }, ConfigKeys.Assign);

    private static void Compare(TrainingConfig config, Device? on = null)
    {
        Device device = on ?? new CpuDevice();
        string folder = Fixtures.TemporaryFolder();
        DatasetFolder data = DatasetSimulator.Write(SimulationSettings.From(config), Path.Combine(folder, "data"), device.Host, []);
        using var session = TrainingSession.Open(data, config, device, Path.Combine(folder, "slices"), NoProgress.Instance, CancellationToken.None);
        using (var trainer = new Trainer(config, session.Model, session.Training, session.Validation, RunFolder.Open(Path.Combine(folder, "run"), ExistingRun.Refuse)))
        {
            trainer.Train(NoProgress.Instance, CancellationToken.None);
        }

        TrainingForecast forecast = TrainingRehearsal.Run(config, onGpu: !device.IsHost);
        Assert.That((double)forecast.PeakBytes, Is.EqualTo((double)device.Ledger.PeakBytes).Within(Allowed * device.Ledger.PeakBytes), Owners(forecast, device));
        TestContext.Out.WriteLine($"{forecast.PeakBytes:N0} predicted, {device.Ledger.PeakBytes:N0} measured");
    }

    private static string Owners(TrainingForecast forecast, Device device) => string.Join(
        "; ",
        device.Ledger.AtPeak().Select(owner => $"{owner.Key} {forecast.AtPeak(owner.Key):N0} predicted, {owner.Value:N0} measured")
            .Concat(device.Ledger.PeaksOfPhases().Select(phase => $"'{phase.Key}' {forecast.Phases.GetValueOrDefault(phase.Key):N0} predicted, {phase.Value:N0} measured")));
}
