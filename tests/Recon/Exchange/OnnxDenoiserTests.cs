using Microsoft.ML.OnnxRuntime;
using NUnit.Framework;
using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class OnnxDenoiserTests
{
    private const int Batch = 3;

    private string _root = "";

    [SetUp]
    public void MakeFolder() => _root = Fixtures.TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_root, recursive: true);

    [Test]
    public void ONNX_Runtime_computes_what_the_model_computes(
        [Values] DenoiserKind denoiser, [Values] Autodiff.Pooling pooling, [Values("16x24", "17x22")] string size, [Values(0, 2)] int poolings, [Values] bool isNormalised)
    {
        int rows = int.Parse(size[..2]), columns = int.Parse(size[3..]);
        using var model = new EquilibriumModel(Device.Cpu, new ModelOptions
        {
            Unet = new UnetOptions(3, poolings, pooling, 0.2),
            Denoiser = denoiser,
            DenoiserShare = 0.3,
            Spectral = isNormalised ? new SpectralOptions(SpectralNorm.Reshape, new NormTarget(0.9, NormRule.Divide)) : null,
        });
        foreach (Parameter parameter in model.Parameters.All)
        {
            RandomFill.Normal(parameter.Value, new CounterRandom(1).Stream(parameter.Name), 0.3);
        }

        model.Normalisation?.Advance(10);
        model.Normalisation?.Refresh(); // the norms at the vectors that this left, as whoever reads a model takes them
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Tensor image = Sample.Normal(scope, DType.Complex64, [Batch, rows, columns], 2), channels = scope.New(DType.Float32, [Batch, 2, rows, columns]), expected = scope.Like(channels);
        var map = new ComplexToChannels(image.Shape);
        map.Forward(image, channels);
        using var tape = Tape.Forgetful(Device.Cpu);
        map.Forward(model.Denoise(tape, tape.Input(image)).Value, expected);

        string path = Path.Combine(_root, "denoiser.onnx");
        OnnxDenoiser.Write(model, rows, columns, path);
        using var session = new InferenceSession(path);
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(channels.ToArray<float>(), [Batch, 2, rows, columns]);
        using var options = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(options, ["image"], [input], ["denoised"]);
        Assert.That(outputs[0].GetTensorTypeAndShape().Shape, Is.EqualTo(new long[] { Batch, 2, rows, columns }));

        // Up to eleven convolutions in a row, each a sum of at most 9 * 24 products in another order: sqrt(216) roundings of 6e-8,
        // which add up over the layers; a factor of two for the rectifiers, which may flip a value near zero.
        Assert.That(Fixtures.RelativeError(outputs[0].GetTensorDataAsSpan<float>().ToArray().Select(v => (double)v), Sample.Scalars(expected)), Is.LessThan(2 * 11 * Math.Sqrt(216) * 6e-8));
    }

    [Test]
    public void Images_that_are_too_small_to_mirror_are_refused()
    {
        using var model = new EquilibriumModel(Device.Cpu, new ModelOptions { Unet = new UnetOptions(1, 3) });
        Assert.That(() => OnnxDenoiser.Write(model, 3, 8, Path.Combine(_root, "x.onnx")), Throws.TypeOf<InputException>().With.Message.Contains("3 x 8").And.Message.Contains("--rows"));
        Assert.That(File.Exists(Path.Combine(_root, "x.onnx")), Is.False);
    }
}
