using NUnit.Framework;
using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class JacobianRegulariserTests
{
    private const int Slices = 100; // steps of an epoch

    [TestCase("", 1, 1)]
    [TestCase("jr_start=3", 2, 0)]
    [TestCase("jr_start=3", 3, 1)]
    [TestCase("jr_stop=3", 3, 1)]
    [TestCase("jr_stop=3", 4, 0)]
    [TestCase("jr_start=2;jr_ramp=4", 2, 0.25)]
    [TestCase("jr_start=2;jr_ramp=4", 5, 1)]
    [TestCase("jr_start=2;jr_ramp=4", 9, 1)]
    public void The_weight_follows_the_schedule(string keys, int epoch, double share)
    {
        TrainingConfig config = keys.Split(';', StringSplitOptions.RemoveEmptyEntries).Aggregate(Config, ConfigKeys.Assign);
        using EquilibriumModel model = ModelFactory.Create(config, Device.Cpu);
        Assert.That(Regulariser(config, model).Weight(((epoch - 1) * Slices) + 7), Is.EqualTo(0.5 * share));
    }

    [Test]
    public void The_frequency_is_the_share_of_steps_and_the_seed_says_which()
    {
        TrainingConfig config = Config with { JacobianFrequency = 0.35 };
        using EquilibriumModel model = ModelFactory.Create(config, Device.Cpu);
        bool[] Steps(TrainingConfig settings) => [.. Enumerable.Range(1, 1000).Select(step => Regulariser(settings, model).Weight(step) > 0)];
        bool[] steps = Steps(config);

        // Three standard deviations of a binomial share of 1000 draws.
        Assert.That(steps.Count(hit => hit) / 1000.0, Is.EqualTo(0.35).Within(3 * Math.Sqrt(0.35 * 0.65 / 1000)));
        Assert.That(Steps(config), Is.EqualTo(steps));
        Assert.That(Steps(config with { Seed = 2 }), Is.Not.EqualTo(steps));
    }

    [Test]
    public void On_the_network_it_is_the_jacobian_of_the_denoiser_at_what_the_layer_gives_it()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        using var tiny = new TinyTraining();
        TrainingConfig config = TinyTraining.Config with { Jacobian = JacobianKind.Frobenius, JacobianOf = JacobianOf.Network };
        using EquilibriumModel model = Filled(config);
        using var batch = new SliceBatch(tiny.Training.Take(1).ToArray(), Device.Cpu);
        double penalty = Penalty(config, model, batch);

        // The same by hand, with the probe of this seed and step.
        using var tape = Tape.Recording(Device.Cpu);
        Variable at = tape.Input(model.DenoiserInput(tape, batch.Normal, tape.Input(batch.B), tape.Input(batch.Start)).Value);
        var random = new CounterRandom((ulong)config.Seed).Stream("jacobian").Stream("probes").Stream(1);
        double expected = new FrobeniusPenalty().AddGradient(tape, at, model.Denoise(tape, at), 0, new GradientTargets(), random);
        Assert.That(penalty, Is.EqualTo(expected).And.GreaterThan(0));
        Assert.That(Penalty(config with { JacobianOf = JacobianOf.Layer }, model, batch), Is.Not.EqualTo(penalty));
    }

    [Test]
    public void A_recorded_application_serves_as_well_as_one_of_its_own()
    {
        using var tiny = new TinyTraining();
        TrainingConfig config = TinyTraining.Config with { Jacobian = JacobianKind.Frobenius, JacobianWeight = 0.5 };
        using EquilibriumModel model = Filled(config);
        using var batch = new SliceBatch(tiny.Training.Take(1).ToArray(), Device.Cpu);
        double own = Penalty(config, model, batch);
        float[][] gradients = [.. model.Parameters.All.Select(p => p.Gradient.ToArray<float>())];
        model.Parameters.ClearGradients();
        using var tape = Tape.Recording(Device.Cpu);
        EquilibriumPoint point = new JacobianFree().Attach(tape, model.Layer(batch.Normal, batch.B), batch.Start);
        double recorded = Regulariser(config, model).AddGradient(tape, batch, batch.Start, point, 1);
        Assert.That(recorded, Is.EqualTo(own));
        Assert.That(model.Parameters.All.Select(p => p.Gradient.ToArray<float>()), Is.EqualTo(gradients));
        Assert.That(gradients.SelectMany(g => g).Any(g => g != 0), Is.True);
    }

    private static TrainingConfig Config => TinyTraining.Config with { Jacobian = JacobianKind.Frobenius, JacobianWeight = 0.5, Epochs = 20 };

    private static JacobianRegulariser Regulariser(TrainingConfig config, EquilibriumModel model) => new(config, new TrainingSchedule(config, Slices), model);

    private static double Penalty(TrainingConfig config, EquilibriumModel model, SliceBatch batch)
    {
        using var tape = Tape.Recording(Device.Cpu);
        return Regulariser(config, model).AddGradient(tape, batch, batch.Start, null, 1);
    }

    /// <summary>A model whose last convolution is not zero.</summary>
    private static EquilibriumModel Filled(TrainingConfig config)
    {
        EquilibriumModel model = ModelFactory.Create(config, Device.Cpu);
        RandomFill.Normal(model.Parameters["unet.out.weight"].Value, new CounterRandom(4), 0.3);
        return model;
    }
}
