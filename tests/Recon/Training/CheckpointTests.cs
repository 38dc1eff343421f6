using NUnit.Framework;
using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class CheckpointTests
{
    private string _root = "";

    [SetUp]
    public void MakeFolder() => _root = Fixtures.TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_root, recursive: true);

    private string At(string name) => Path.Combine(_root, name);

    [Test]
    public void Parameters_optimiser_position_and_configuration_come_back_bit_by_bit()
    {
        TrainingConfig config = TinyTraining.Config with { Seed = 7, LearningRate = 1.0 / 3 };
        using EquilibriumModel model = Filled(config, seed: 1);
        using var adam = Optimiser(model, seed: 2);
        Checkpoint.Write(At("a"), config, model, adam, new TrainingPosition(12, 3.25));
        using EquilibriumModel other = ModelFactory.Create(config, Device.Cpu);
        using var fresh = new Adam(other.Parameters, adam.Constants);
        Assert.That(Checkpoint.Resume(At("a"), other, fresh), Is.EqualTo(new TrainingPosition(12, 3.25)));
        Assert.That(fresh.StepCount, Is.EqualTo(12));
        Checkpoint.Write(At("b"), config, other, fresh, new TrainingPosition(12, 3.25));
        Assert.That(File.ReadAllBytes(At("b")), Is.EqualTo(File.ReadAllBytes(At("a"))));

        (EquilibriumModel read, TrainingConfig recorded) = Checkpoint.ReadModel(At("a"), Device.Cpu);
        using (read)
        {
            Assert.That(recorded, Is.EqualTo(config));
            Assert.That(read.Parameters.All.Select(p => Convert.ToHexString(Sample.Bits(p.Value))), Is.EqualTo(model.Parameters.All.Select(p => Convert.ToHexString(Sample.Bits(p.Value)))));
        }
    }

    [TestCase("base=3")]
    [TestCase("poolings=0")] // holds every array that this network asks for
    [TestCase("pool=max")]
    [TestCase("slope=0.2")]
    [TestCase("denoiser=direct")]
    public void A_checkpoint_of_another_architecture_is_refused_and_the_model_stays(string assignment)
    {
        TrainingConfig config = TinyTraining.Config;
        using EquilibriumModel model = Filled(config, seed: 1);
        using var adam = Optimiser(model, seed: 2);
        Checkpoint.Write(At("a"), config, model, adam, new TrainingPosition(1, 0));
        using EquilibriumModel other = Filled(ConfigKeys.Assign(config, assignment), seed: 3);
        using var fresh = new Adam(other.Parameters, adam.Constants);
        string[] before = [.. other.Parameters.All.Select(p => Convert.ToHexString(Sample.Bits(p.Value)))];
        Assert.That(() => Checkpoint.Resume(At("a"), other, fresh), Throws.TypeOf<InputException>().With.Message.Contains("another architecture"));
        Assert.That(other.Parameters.All.Select(p => Convert.ToHexString(Sample.Bits(p.Value))), Is.EqualTo(before));
    }

    [Test]
    public void A_file_of_another_format_is_no_checkpoint()
    {
        Assert.That(
            () => Checkpoint.ReadModel(Fixtures.Path("reference/relu.safetensors"), Device.Cpu),
            Throws.TypeOf<InputException>().With.Message.Contains("deq-reference-1").And.Message.Contains("no checkpoint"));
    }

    [TestCase("config")]
    [TestCase("step")]
    [TestCase("seconds")]
    [TestCase("unet.out.weight")]
    [TestCase("adam.mean.eta")]
    public void A_checkpoint_that_lacks_a_part_is_damaged_and_names_it(string part)
    {
        TrainingConfig config = TinyTraining.Config;
        using EquilibriumModel model = Filled(config, seed: 1);
        using var adam = Optimiser(model, seed: 2);
        Checkpoint.Write(At("a"), config, model, adam, new TrainingPosition(1, 0));
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        SafetensorsContent content = Safetensors.Read(At("a"), scope);
        Safetensors.Write(At("b"), content.Tensors.Where(t => t.Key != part), content.Metadata.Where(m => m.Key != part).ToDictionary());
        long held = Device.Cpu.Ledger.CurrentBytes;
        Assert.That(() => Checkpoint.Resume(At("b"), model, adam), Throws.TypeOf<InputException>().With.Message.Contains($"'{part}'").And.Message.Contains("damaged"));
        Assert.That(Device.Cpu.Ledger.CurrentBytes, Is.EqualTo(held));
    }

    [Test]
    public void A_checkpoint_that_cannot_be_written_leaves_the_old_one_and_no_part_of_itself()
    {
        TrainingConfig config = TinyTraining.Config;
        using EquilibriumModel model = Filled(config, seed: 1);
        using var adam = Optimiser(model, seed: 2);
        Checkpoint.Write(At("a"), config, model, adam, new TrainingPosition(1, 0));
        byte[] old = File.ReadAllBytes(At("a"));
        Assert.That(
            () => AtomicFile.Write(At("a"), stream =>
            {
                stream.Write(old, 0, old.Length / 2);
                throw new IOException("no space left");
            }),
            Throws.TypeOf<InputException>().With.Message.Contains("no space left"));
        Assert.That(File.ReadAllBytes(At("a")), Is.EqualTo(old));
        Directory.CreateDirectory(At("folder"));
        Assert.That(() => Checkpoint.Write(At("folder"), config, model, adam, new TrainingPosition(2, 0)), Throws.TypeOf<InputException>());
        Assert.That(Directory.GetFileSystemEntries(_root).Select(Path.GetFileName), Is.EquivalentTo(new[] { "a", "folder" }));
    }

    private static EquilibriumModel Filled(TrainingConfig config, ulong seed)
    {
        EquilibriumModel model = ModelFactory.Create(config, Device.Cpu);
        foreach (Parameter parameter in model.Parameters.All)
        {
            RandomFill.Normal(parameter.Value, new CounterRandom(seed).Stream(parameter.Name));
        }

        return model;
    }

    private static Adam Optimiser(EquilibriumModel model, ulong seed)
    {
        var adam = new Adam(model.Parameters, new(1e-3, 0.9, 0.999, 1e-8)) { StepCount = 12 };
        foreach ((string name, Tensor mean, Tensor meanSquare) in adam.State)
        {
            RandomFill.Normal(mean, new CounterRandom(seed).Stream(name));
            RandomFill.Normal(meanSquare, new CounterRandom(seed + 1).Stream(name));
        }

        return adam;
    }
}
