using NUnit.Framework;
using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;
using Stardeq.Recon;

namespace Stardeq.Tests;

/// <summary>Training on a GPU is training on the CPU: the same slices, the same draws, the same losses.</summary>
public sealed class DeviceAgreementTests
{
    private const int Steps = 4;

    [Test]
    public void In_double_precision_the_losses_of_several_steps_agree_to_rounding()
    {
        using var tiny = new TinyTraining();
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        SliceProblem[] slices = [.. tiny.Training.Select(slice => Widened(slice, scope))];
        double[] cpu = Losses(tiny.Settings, slices, Device.Cpu, DType.Float64), cuda = Losses(tiny.Settings, slices, SoftwareDriver.Open(), DType.Float64);

        // Both round at 1e-16. Anderson's weights are conditioned by their ridge of 1e-8 at worst, and Adam divides by gradients
        // that may be as small as its epsilon of 1e-8: 1e-16 / 1e-8, with room of 100 for eight iterations.
        Assert.That(cuda, Is.EqualTo(cpu).Within(1e-6).Percent);
        Assert.That(cpu.Distinct().Count(), Is.EqualTo(Steps), "each step changes the loss");
    }

    [Test]
    public void In_single_precision_the_first_loss_agrees_to_rounding_and_the_next_stay_close()
    {
        using var tiny = new TinyTraining();
        double[] cpu = Losses(tiny.Settings, tiny.Training, Device.Cpu, DType.Float32), cuda = Losses(tiny.Settings, tiny.Training, SoftwareDriver.Open(), DType.Float32);

        // The image is some 5 % from its target, so a change of 1e-6 of it, ten roundings, is 4e-5 of the loss.
        Assert.That(cuda[0], Is.EqualTo(cpu[0]).Within(4e-3).Percent);

        // Adam's first steps follow the signs of gradients, and rounding decides those that vanish.
        Assert.That(cuda, Is.EqualTo(cpu).Within(2).Percent);
    }

    [Test]
    public void A_run_has_the_same_bits_every_time_in_whatever_order_threads_and_blocks_run()
    {
        using var tiny = new TinyTraining(device: SoftwareDriver.Open());
        double[] first = Losses(tiny.Settings, tiny.Training, tiny.Device, DType.Float32);
        foreach (string order in Emulator.Orders)
        {
            using var option = new EmulatorOptions(("order", order));
            Assert.That(Losses(tiny.Settings, tiny.Training, tiny.Device, DType.Float32), Is.EqualTo(first), order);
        }
    }

    [Test]
    public void A_checkpoint_of_a_GPU_continues_on_the_CPU_and_the_other_way_round()
    {
        string folder = Fixtures.TemporaryFolder();
        using TinyTraining cpu = new(), cuda = new(device: SoftwareDriver.Open());
        string whole = Path.Combine(folder, "whole"), mixed = Path.Combine(folder, "mixed");
        cpu.Train(whole);
        cuda.Train(mixed, afterStep: (step, stop) => Stop(step == 3, stop));
        cpu.Train(mixed, ExistingRun.Resume, (step, stop) => Stop(step == 5, stop));
        Assert.That(cuda.Train(mixed, ExistingRun.Resume), Is.EqualTo(TrainingOutcome.Finished));
        MetricsRow[] Rows(string run) => [.. MetricsLog.Read(Path.Combine(run, "metrics.csv")).Where(row => row.Kind == MetricsKind.Step)];
        Assert.That(Rows(mixed).Select(row => row.Step), Is.EqualTo(Rows(whole).Select(row => row.Step)));
        Assert.That(Rows(mixed).Select(row => row.Loss), Is.EqualTo(Rows(whole).Select(row => row.Loss)).Within(2).Percent); // as above
    }

    private static void Stop(bool now, CancellationTokenSource stop)
    {
        if (now)
        {
            stop.Cancel();
        }
    }

    private static double[] Losses(TrainingConfig config, IReadOnlyList<SliceProblem> slices, Device device, DType precision)
    {
        using var model = new EquilibriumModel(device, ModelFactory.Options(config), precision);
        using var drawn = new EquilibriumModel(Device.Cpu, ModelFactory.Options(config), precision);
        drawn.Initialise(new CounterRandom(4));
        RandomFill.Normal(drawn.Parameters["unet.out.weight"].Value, new CounterRandom(3), 0.1); // zero at first, which stops all gradients
        foreach ((Parameter to, Parameter from) in model.Parameters.All.Zip(drawn.Parameters.All))
        {
            to.Value.CopyFrom(from.Value);
        }

        using var adam = new Adam(model.Parameters, new(1e-3, 0.9, 0.999, 1e-8));
        var step = new TrainingStep(config, model, adam);
        return [.. Enumerable.Range(0, Steps).Select(i =>
        {
            using var batch = new SliceBatch([slices[i % slices.Count]], device);
            return step.Run(batch).Loss;
        })];
    }

    /// <summary>The slice in double precision.</summary>
    private static SliceProblem Widened(SliceProblem slice, TensorScope scope)
    {
        Tensor Wide(Tensor narrow)
        {
            Tensor wide = scope.New(narrow.DType.IsComplex() ? DType.Complex128 : DType.Float64, narrow.Shape);
            Cast.Run(narrow, wide);
            return wide;
        }

        return slice with { Maps = Wide(slice.Maps), Support = Wide(slice.Support), Spectrum = Wide(slice.Spectrum), B = Wide(slice.B), Target = Wide(slice.RequireTarget()) };
    }
}
