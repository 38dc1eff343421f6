using NUnit.Framework;
using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;
using Stardeq.Recon;

namespace Stardeq.Tests;

/// <summary>Equilibrium, unrolled and plain models as choices of one trainer.</summary>
public sealed class ModelKindTests
{
    [TestCase("model=ifdeq", "IFDEQ")]
    [TestCase("model=deq denoiser=averaged", "DEQ")] // with R = I + U the equation of the adjoint is singular where H is
    [TestCase("model=modl", "MoDL-5")]
    [TestCase("model=modl layer=modl unrolls=10", "MoDL-10")]
    [TestCase("model=unet", "U-Net")]
    [TestCase("model=deq layer=grad denoiser=averaged", "DEQ")]
    [TestCase("model=deq layer=modl denoiser=averaged", "DEQ")]
    [TestCase("model=deq layer=mol denoiser=averaged", "DEQ")]
    public void Every_model_learns(string assignments, string name)
    {
        TrainingConfig config = assignments.Split(' ').Aggregate(TinyTraining.Config with { Epochs = 4, LearningRate = 0.002, MaxIterations = 20 }, ConfigKeys.Assign);
        using var tiny = new TinyTraining(config);
        string folder = Fixtures.TemporaryFolder();
        Assert.That(tiny.Train(folder), Is.EqualTo(TrainingOutcome.Finished));
        MetricsRow[] epochs = [.. MetricsLog.Read(Path.Combine(folder, "metrics.csv")).Where(row => row.Kind == MetricsKind.Epoch)];
        Assert.That(epochs[^1].Loss, Is.LessThan(epochs[0].Loss));
        Assert.That(ModelFactory.Name(config), Is.EqualTo(name));
        Directory.Delete(folder, recursive: true);
    }

    [TestCase("")]
    [TestCase("layer=modl")]
    public void Checkpointing_gives_the_same_bits_in_less_memory(string assignments)
    {
        TrainingConfig config = $"model=modl unrolls=12 {assignments}".Split(' ', StringSplitOptions.RemoveEmptyEntries).Aggregate(TinyTraining.Config with { Base = 8 }, ConfigKeys.Assign);
        (double[] Gradient, long Peak)[] runs = [.. new[] { false, true }.Select(checkpointing => Step(config with { Checkpointing = checkpointing }))];
        Assert.That(runs[1].Gradient, Is.EqualTo(runs[0].Gradient));
        Assert.That(runs[1].Gradient, Has.Some.Not.Zero);

        // Twelve tapes against one and twelve images: at base 8 a tape holds some fifty images, and the convolutions need
        // a workspace of one or two tapes of so small an image.
        Assert.That(runs[1].Peak, Is.LessThan(runs[0].Peak / 3));
    }

    [Test]
    public void Reconstruction_gives_the_image_that_training_sees()
    {
        foreach (string assignments in (string[])["model=ifdeq", "model=modl", "model=modl layer=modl", "model=unet"])
        {
            TrainingConfig config = assignments.Split(' ').Aggregate(TinyTraining.Config, ConfigKeys.Assign);
            using var tiny = new TinyTraining(config);
            using EquilibriumModel model = ModelFactory.Create(config, Device.Cpu);
            RandomFill.Normal(model.Parameters["unet.out.weight"].Value, new CounterRandom(4), 0.02);
            using var batch = new SliceBatch([tiny.Training[0]], Device.Cpu);
            using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
            ReconstructionScheme scheme = ModelFactory.Scheme(config, model);
            FixedPointProblem problem = scheme.Problem(batch);
            Tensor image = scope.Like(batch.B);
            scheme.Run(problem, image);
            using var tape = Tape.Recording(Device.Cpu);
            Tensor trained = scheme.Adjoint.Attach(tape, problem.Map, scheme.Solve(problem, scope).Value).Output.Value;
            Assert.That(Sample.Bits(image), Is.EqualTo(Sample.Bits(trained)), assignments);
        }
    }

    [Test]
    public void The_ladder_takes_over_where_a_solve_diverges()
    {
        TrainingConfig config = TinyTraining.Config with { Solver = SolverKind.Picard, Denoiser = DenoiserKind.Direct };
        using var tiny = new TinyTraining(config);
        using EquilibriumModel model = ModelFactory.Create(config, Device.Cpu);
        foreach (Parameter parameter in model.Parameters.All.Where(p => p.Value.Shape.Rank == 4))
        {
            Scale.Run(3, parameter.Value, parameter.Value); // far from contractive
        }

        RandomFill.Normal(model.Parameters["unet.out.weight"].Value, new CounterRandom(4), 30);
        using var batch = new SliceBatch([tiny.Training[0]], Device.Cpu);
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        SliceSolve Solve(bool ladder)
        {
            ReconstructionScheme scheme = ModelFactory.Scheme(config with { SolverLadder = ladder }, model);
            return scheme.Solve(scheme.Problem(batch), scope).Slices[0];
        }

        SliceSolve alone = Solve(ladder: false), helped = Solve(ladder: true);
        Assert.That(alone.Status, Is.EqualTo(SolveStatus.Diverged).Or.EqualTo(SolveStatus.NotFinite));
        Assert.That(helped.Evaluations, Is.GreaterThan(alone.Evaluations));
        Assert.That(helped.BestResidual, Is.LessThanOrEqualTo(alone.BestResidual));
    }

    private static (double[] Gradient, long Peak) Step(TrainingConfig config)
    {
        using var tiny = new TinyTraining(config);
        using EquilibriumModel model = ModelFactory.Create(config, Device.Cpu);
        RandomFill.Normal(model.Parameters["unet.out.weight"].Value, new CounterRandom(4), 0.02);
        using var adam = new Adam(model.Parameters, new AdamConstants(0, 0.9, 0.999, 1e-8));
        using var batch = new SliceBatch([tiny.Training[0]], Device.Cpu);
        long before = Device.Cpu.Ledger.CurrentBytes;
        Device.Cpu.Pool.ResetPeak();
        new TrainingStep(config, model, adam).Run(batch);
        return ([.. model.Parameters.All.SelectMany(p => Sample.Scalars(p.Gradient))], Device.Cpu.Ledger.PeakBytes - before);
    }
}
