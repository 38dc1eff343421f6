using System.Text.Json;
using NUnit.Framework;
using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class PlanTests
{
    [Test]
    public void A_saving_is_taken_only_if_it_saves_and_only_until_the_training_fits()
    {
        TrainingConfig config = new() { Model = ModelKind.Modl, Batch = 2 };
        TrainingForecast Rehearse(TrainingConfig c) => Forecast((c.Checkpointing ? 600 : 1000) - (c.Batch == 1 ? 200 : 0));
        MemoryFit Find(long budget) => MemoryFit.Find(config, Rehearse(config), budget, Rehearse);
        MemoryFit first = Find(700), second = Find(500), none = Find(300), asItIs = Find(1000);
        Assert.That(first.Taken.Select(t => (t.Key, t.Bytes)), Is.EqualTo(new[] { ("checkpointing", 400L) }));
        Assert.That(second.Taken.Select(t => (t.Key, t.Bytes)), Is.EqualTo(new[] { ("checkpointing", 400L), ("batch", 200L) }));
        Assert.That((first.Fits, second.Fits, none.Fits, asItIs.Fits), Is.EqualTo((true, true, false, true)));
        Assert.That(asItIs.Taken, Is.Empty);
        Assert.That(none.Forecast.ReservedBytes, Is.EqualTo(400), "the least that there is");
    }

    [Test]
    public void Every_saving_is_legal_where_it_applies_and_lowers_the_peak()
    {
        TrainingConfig tiny = TinyTraining.Config with { MaxIterations = new TrainingConfig().MaxIterations }, start = tiny with { Model = ModelKind.Modl, Batch = 2 }, cascaded = tiny with { Init = InitKind.Cascaded };
        foreach (Saving saving in Saving.All)
        {
            bool isOfCoils = saving.Key == "workspace"; // what it bounds grows with coils, where a GPU transforms many together
            TightTraining Tight(TrainingConfig c) => new(c, TrainingRehearsal.Run(c, onGpu: isOfCoils), ExcessBytes: 1 << 20);
            TightTraining training = Tight(isOfCoils ? tiny with { Matrix = 256, Coils = 40, Slices = 1 } : start);
            training = saving.Value(training) is null ? Tight(cascaded) : training;
            TrainingConfig changed = saving.Change(training)!;
            Assert.That(ConfigRules.Require(changed), Is.EqualTo(changed), saving.Key);
            Assert.That(Tight(changed).Forecast.ReservedBytes, Is.LessThan(training.Forecast.ReservedBytes), saving.Key);
        }
    }

    [Test]
    public void Slices_that_do_not_fit_are_left_in_files_before_anything_is_rounded()
    {
        TrainingConfig config = TinyTraining.Config with { TrainSubjects = 12, DataMemory = SliceRoom.All };
        TrainingForecast Rehearse(TrainingConfig c) => TrainingRehearsal.Run(c, threads: 1);
        TrainingForecast whole = Rehearse(config);
        long budget = whole.LargestBytes - (whole.SliceBytes / 2);
        MemoryFit fit = MemoryFit.Find(config, whole, budget, Rehearse);
        Assert.That(fit.Taken.Select(taken => taken.Key), Does.Contain("data_memory"));
        Assert.That(fit.Fits, Is.True, $"{fit.Forecast.LargestBytes} of {budget}");
        Assert.That(fit.Forecast.LargestBytes, Is.GreaterThan(budget - (2 * whole.LeastSliceBytes)), "no more slices wait in files than must");
        Assert.That(fit.Config.Activations, Is.EqualTo(SavedAs.Whole));
    }

    [Test]
    public void Kernels_with_costs_of_their_own_are_kernels_that_a_training_calls()
    {
        TrainingForecast forecast = TrainingRehearsal.Run(TinyTraining.Config with { Model = ModelKind.Modl });
        Assert.That(KernelCost.Known, Is.SubsetOf(forecast.Step.Kernels.Select(kernel => kernel.Kernel)));
    }

    [Test]
    public void A_step_is_as_many_layers_as_it_has_iterations()
    {
        TrainingConfig config = TinyTraining.Config with { MaxIterations = 7 };
        int Calls(int iterations) => TrainingRehearsal.Run(config with { MaxIterations = iterations }).Step.Kernels.Single(kernel => kernel.Kernel == "normal operator").Calls;
        Assert.That(Calls(17) - Calls(7), Is.EqualTo(10));
    }

    [Test]
    public void A_step_takes_the_sum_of_its_kernels_and_of_what_passes_between_them()
    {
        var roof = new MachineRoof(1, [KeyValuePair.Create(256, 1e9)], 1e9);
        var step = new StepForecast([new PlannedKernel("normal operator", 2, new WorkCount(3e6, 5e6)), new PlannedKernel("some pass", 4, new WorkCount(0, 1e6))]);
        const double Normal = (2 * 88e-6) + (3.3 * 3e-3) + (0.8 * 5e-3), Pass = (4 * 3e-6) + (3.3 * 1e-3), Between = 6 * 12e-6;
        Assert.That(step.Seconds(roof), Is.EqualTo(Normal + Pass + Between).Within(1e-12)); // sums of six numbers in double precision
    }

    [Test]
    public void The_numbers_are_written_for_other_programs()
    {
        string path = Path.Combine(Fixtures.TemporaryFolder(), "plan.json");
        (IReadOnlyList<string> lines, bool fits) = PlanRun.Run(new PlanRequest(TinyTraining.Config, null, 1) { JsonPath = path, Budget = 1L << 40 });
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(path));
        TrainingForecast forecast = TrainingRehearsal.Run(TinyTraining.Config, threads: 1);
        Assert.That(json.RootElement.GetProperty("peak_bytes").GetInt64(), Is.EqualTo(forecast.PeakBytes));
        Assert.That(json.RootElement.GetProperty("owners_at_peak").EnumerateObject().Sum(owner => owner.Value.GetInt64()), Is.EqualTo(forecast.PeakBytes));
        Assert.That(fits, Is.True);
        Assert.That(lines, Has.Some.EqualTo("fits into 1 TiB as it is"));
    }

    [TestCase("8GB", 8_000_000_000)]
    [TestCase("1.5GiB", 1_610_612_736)]
    [TestCase("512MiB", 536_870_912)]
    [TestCase("100B", 100)]
    public void Amounts_of_memory_are_read(string text, long bytes) => Assert.That(ByteSize.Parse("--fit", text), Is.EqualTo(bytes));

    [TestCase("8")]
    [TestCase("GB")]
    [TestCase("-1GB")]
    [TestCase("8 gigs")]
    [TestCase("0B")]
    [TestCase("1e3MB")]
    public void Other_texts_are_refused(string text) =>
        Assert.That(() => ByteSize.Parse("--fit", text), Throws.TypeOf<InputException>().With.Message.EqualTo($"--fit: got '{text}', expected an amount of memory such as 8GB or 512MiB."));

    [TestCase(0, "0 B")]
    [TestCase(1023, "1023 B")]
    [TestCase(1536, "1.5 KiB")]
    [TestCase(16 << 20, "16 MiB")]
    public void Amounts_of_memory_are_written(long bytes, string text) => Assert.That(ByteSize.Text(bytes), Is.EqualTo(text));

    private static TrainingForecast Forecast(long bytes) => new([], new Dictionary<string, long>(), bytes, bytes, 0, 0, new StepForecast([]));
}
