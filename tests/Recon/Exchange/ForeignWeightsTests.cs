using NUnit.Framework;
using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

/// <summary>Weights that another program wrote: only the parameters, under their names, and metadata of its own.</summary>
public sealed class ForeignWeightsTests : CommandLineSession
{
    private const string Settings = "matrix=16 coils=1 slices=1 train_subjects=1 validation_subjects=1 test_subjects=1 base=2 poolings=1 epochs=1 max_iterations=3 learning_rate=1e-30";

    private TensorScope _scope = null!;

    [SetUp]
    public void Open() => _scope = new TensorScope(Device.Cpu, MemoryOwner.Data);

    [TearDown]
    public void Close() => _scope.Dispose();

    [Test]
    public void Training_starts_from_them_and_the_record_has_their_hash()
    {
        Dictionary<string, Tensor> weights = WriteWeights("foreign.safetensors", "");
        Succeed($"train --device cpu --threads 1 --out @run --weights @foreign.safetensors --set {Settings}");
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        SafetensorsContent trained = Safetensors.Read(At("run/checkpoint.safetensors"), scope);
        foreach ((string name, Tensor value) in weights)
        {
            Assert.That(Sample.Bits(trained[name]), Is.EqualTo(Sample.Bits(value)), $"{name}: a rate of nothing leaves them");
        }

        Assert.That(File.ReadAllText(At("run/config.json")), Does.Contain(DatasetFolder.Hash(At("foreign.safetensors"))));
        Succeed("train --device cpu --threads 1 --out @run --resume --set epochs=2");
    }

    [Test]
    public void A_file_that_lacks_a_parameter_is_refused_and_the_parameter_is_named()
    {
        WriteWeights("foreign.safetensors", without: "unet.out.bias");
        (Cli.ExitCode code, _, string error) = Run($"train --device cpu --threads 1 --out @run --weights @foreign.safetensors --set {Settings}");
        Assert.That(code, Is.EqualTo(Cli.ExitCode.WrongInput));
        Assert.That(error, Does.Contain("unet.out.bias"));
    }

    [Test]
    public void A_missing_file_is_found_out_before_the_run_folder_is_made()
    {
        Assert.That(Run($"train --device cpu --threads 1 --out @run --weights @none.safetensors --set {Settings}").Code, Is.EqualTo(Cli.ExitCode.WrongInput));
        Assert.That(Content(), Is.Empty);
    }

    [Test]
    public void A_resumed_run_takes_no_other_weights()
    {
        Succeed($"train --device cpu --threads 1 --out @run --set {Settings}");
        (Cli.ExitCode code, _, string error) = Run("train --device cpu --threads 1 --out @run --resume --weights @run/checkpoint.safetensors");
        Assert.That((code, error), Is.EqualTo((Cli.ExitCode.WrongInput, error)));
        Assert.That(error, Does.Contain("leave out --weights"));
    }

    [Test]
    public void The_denoiser_of_a_run_is_exported()
    {
        Succeed($"train --device cpu --threads 1 --out @run --set {Settings}");
        Assert.That(Succeed("export --checkpoint @run/best.safetensors --onnx @denoiser.onnx"), Does.Contain("denoiser.onnx"));
        Assert.That(new FileInfo(At("denoiser.onnx")).Length, Is.GreaterThan(1000));
    }

    private Dictionary<string, Tensor> WriteWeights(string name, string without)
    {
        using EquilibriumModel model = ModelFactory.Create(TinyTraining.Config, Device.Cpu);
        foreach (Parameter parameter in model.Parameters.All.Where(p => p.Value.Shape.Rank > 0))
        {
            RandomFill.Normal(parameter.Value, new CounterRandom(5).Stream(parameter.Name), 0.01);
        }

        var weights = model.Parameters.All.Where(p => p.Name != without).ToDictionary(p => p.Name, p => _scope.Clone(p.Value));
        Safetensors.Write(At(name), weights, new Dictionary<string, string> { ["format"] = "pt" });
        return weights;
    }
}
