using NUnit.Framework;
using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class TrainingStepTests
{
    [Test]
    public void A_second_step_asks_the_system_for_nothing_and_the_ledger_returns_to_its_level()
    {
        var device = new CpuDevice(1); // how many threads hold scratch at once is chance
        using var tiny = new TinyTraining(device: device);
        using var model = Model(tiny.Settings, device);
        using var adam = new Adam(model.Parameters, new(1e-3, 0.9, 0.999, 1e-8));
        var step = new TrainingStep(tiny.Settings, model, adam);
        long held = device.Ledger.CurrentBytes;
        long[] asked = [.. tiny.Training.Take(2).Select(slice =>
        {
            Run(step, slice);
            Assert.That(device.Ledger.CurrentBytes, Is.EqualTo(held));
            return device.Pool.SystemAllocations;
        })];
        Assert.That(asked[1], Is.EqualTo(asked[0]));
    }

    [Test]
    public void A_batch_gives_the_mean_of_the_gradients_and_losses_of_its_slices()
    {
        using var tiny = new TinyTraining();
        SliceProblem[] slices = [tiny.Training[0], tiny.Training[3]];
        (StepResult together, double[] gradient) = Step(tiny.Settings, slices);
        (StepResult Result, double[] Gradient)[] alone = [.. slices.Select(slice => Step(tiny.Settings, slice))];

        // Slices are solved apart, so only the order of the sums over 24² pixels and two slices differs: 24 roundings of
        // 6e-8 in a root-mean-square sense.
        double[] mean = [.. alone[0].Gradient.Zip(alone[1].Gradient, (a, b) => (a + b) / 2)];
        Assert.That(Fixtures.RelativeError(gradient, mean), Is.LessThan(24 * 6e-8));
        Assert.That(together.Loss, Is.EqualTo(alone.Average(a => a.Result.Loss)).Within(24 * 6e-8 * together.Loss));
        Assert.That(together.Solution.Select(s => s.Evaluations), Is.EqualTo(alone.Select(a => a.Result.Solution[0].Evaluations)));
    }

    [Test]
    public void Clipping_scales_the_gradient_that_Adam_sees_and_reports_the_norm_before()
    {
        using var tiny = new TinyTraining();
        (StepResult free, double[] gradient) = Step(tiny.Settings, tiny.Training[0]);
        Assert.That(Math.Sqrt(gradient.Sum(g => g * g)), Is.EqualTo(free.GradientNorm).Within(1e-6 * free.GradientNorm));
        double clip = free.GradientNorm / 8;
        using EquilibriumModel model = Model(tiny.Settings, Device.Cpu);
        using var adam = new Adam(model.Parameters, new(1e-3, 0.9, 0.999, 1e-8));
        StepResult clipped = Run(new TrainingStep(tiny.Settings with { GradientClip = clip }, model, adam), tiny.Training[0]);
        Assert.That(clipped.GradientNorm, Is.EqualTo(free.GradientNorm));

        // After one step the mean is (1 − β₁) times the gradient that was taken.
        double taken = Math.Sqrt(adam.State.Sum(state => Reduce.SumOfSquares(state.Mean))) / (1 - 0.9);
        Assert.That(taken, Is.EqualTo(clip).Within(1e-5 * clip));
    }

    [Test]
    public void The_step_size_never_leaves_its_range()
    {
        using var model = new EquilibriumModel(Device.Cpu, new ModelOptions { Unet = new UnetOptions(1, 0), LargestScalar = 1.5 });
        foreach ((double moved, double expected, bool changed) in new[] { (1.25, 1.25, false), (1.75, 1.5, true), (0, 1e-3, true), (-4, 1e-3, true) })
        {
            Fill.Run(moved, model.Parameters[EquilibriumModel.StepSizeName].Value);
            Assert.That(model.ClampScalar(), Is.EqualTo(changed));
            Assert.That(model.Scalar, Is.EqualTo((float)expected));
        }

        // Whichever way the gradient points, a rate of 10 would throw the step size far out.
        TrainingConfig config = TinyTraining.Config with { LearningRate = 10, EtaInit = 0.75, EtaMax = 1.25 };
        using var tiny = new TinyTraining(config);
        using EquilibriumModel trained = Model(config, Device.Cpu);
        using var adam = new Adam(trained.Parameters, new(config.LearningRate, 0.9, 0.999, 1e-8));
        Run(new TrainingStep(config, trained, adam), tiny.Training[0]);
        Assert.That(trained.Scalar, Is.EqualTo(1.25).Or.EqualTo((float)1e-3));
    }

    [Test]
    public void A_step_size_that_is_not_learned_stays_while_the_network_moves()
    {
        TrainingConfig config = TinyTraining.Config with { EtaLearned = false };
        using var tiny = new TinyTraining(config);
        using EquilibriumModel model = Model(config, Device.Cpu);
        double[] before = Values(model);
        using var adam = new Adam(model.Parameters, new(1e-3, 0.9, 0.999, 1e-8));
        Run(new TrainingStep(config, model, adam), tiny.Training[0]);
        Assert.That(model.Scalar, Is.EqualTo(LayerKind.Prox.DefaultScalar()));
        Assert.That(Values(model), Is.Not.EqualTo(before));
    }

    [Test]
    public void A_step_that_is_not_finite_changes_no_parameter_and_no_state()
    {
        using var tiny = new TinyTraining();
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Tensor broken = scope.Clone(tiny.Training[0].Target!);
        broken.Span<Complex64>()[17] = new Complex64(float.NaN, 0);
        using EquilibriumModel model = Model(tiny.Settings, Device.Cpu);
        using var adam = new Adam(model.Parameters, new(1e-3, 0.9, 0.999, 1e-8));
        double[] before = Values(model);
        Assert.That(
            () => Run(new TrainingStep(tiny.Settings, model, adam), tiny.Training[0] with { Target = broken }),
            Throws.TypeOf<DivergedException>().With.Message.Contains("loss NaN"));
        Assert.That(Values(model), Is.EqualTo(before));
        Assert.That(adam.StepCount, Is.Zero);
        Assert.That(adam.State.Sum(state => Reduce.SumOfSquares(state.Mean)), Is.Zero);
    }

    [Test]
    public void The_loss_is_what_its_key_says()
    {
        using var tiny = new TinyTraining();
        Tensor image = tiny.Training[0].B, target = tiny.Training[0].Target!;
        double[] p = Sample.Scalars(image), t = Sample.Scalars(target);
        double distance = p.Zip(t, (a, b) => (a - b) * (a - b)).Sum();
        double Loss(LossKind kind) => new TrainingLoss(kind).Of(image, target);
        double[] Magnitudes(double[] scalars) => [.. scalars.Chunk(2).Select(c => Math.Sqrt((c[0] * c[0]) + (c[1] * c[1])))];
        double magnitude = Magnitudes(p).Zip(Magnitudes(t), (a, b) => (a - b) * (a - b)).Average();

        // Sums of 1152 squares of float32 differences: each difference is rounded to 6e-8.
        Assert.That(Loss(LossKind.Mse), Is.EqualTo(distance / t.Length).Within(1e-6 * distance / t.Length));
        Assert.That(Loss(LossKind.MseMagnitude), Is.EqualTo(magnitude).Within(1e-6 * magnitude));
        Assert.That(Loss(LossKind.Nmse), Is.EqualTo(distance / t.Sum(v => v * v)).Within(1e-6 * distance / t.Sum(v => v * v)));
    }

    private static (StepResult Result, double[] Gradient) Step(TrainingConfig config, params SliceProblem[] slices)
    {
        using EquilibriumModel model = Model(config, Device.Cpu);
        using var adam = new Adam(model.Parameters, new(1e-3, 0.9, 0.999, 1e-8));
        StepResult result = Run(new TrainingStep(config, model, adam), slices);
        return (result, [.. model.Parameters.All.SelectMany(p => Sample.Scalars(p.Gradient))]);
    }

    private static StepResult Run(TrainingStep step, params SliceProblem[] slices)
    {
        using var batch = new SliceBatch(slices, slices[0].B.Device);
        return step.Run(batch);
    }

    private static double[] Values(EquilibriumModel model) => [.. model.Parameters.All.SelectMany(p => Sample.Scalars(p.Value))];

    /// <summary>A model whose last convolution is not zero, so that every parameter has a gradient.</summary>
    private static EquilibriumModel Model(TrainingConfig config, Device device)
    {
        EquilibriumModel model = ModelFactory.Create(config, device);
        RandomFill.Normal(model.Parameters["unet.out.weight"].Value, new CounterRandom(3), 0.1);
        return model;
    }
}
