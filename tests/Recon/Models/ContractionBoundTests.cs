using NUnit.Framework;
using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;
using Stardeq.Recon;

namespace Stardeq.Tests;

/// <summary>Bounds of layers against dense Jacobians and pairs of points, on a radial problem of 8 × 9 pixels in float64.</summary>
public sealed class ContractionBoundTests
{
    private const double Margin = 0.05;

    private TensorScope _scope = null!;
    private SmallProblem _problem = null!;

    [SetUp]
    public void MakeProblem()
    {
        _scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        _problem = new SmallProblem(_scope);
    }

    [TearDown]
    public void DropProblem()
    {
        _problem.Dispose();
        _scope.Dispose();
    }

    [Test]
    public void A_certified_layer_contracts_every_jacobian_and_every_pair_of_points(
        [Values(DenoiserKind.Direct, DenoiserKind.Averaged)] DenoiserKind kind, [Values] LayerKind layer)
    {
        using EquilibriumModel model = Certified(kind, layer);
        ContractionBound bound = ContractionBound.Of(model, SmallProblem.Rows, SmallProblem.Columns);
        FixedPointMap f = model.Layer(_problem.Normal, _problem.B);
        double factor = bound.Factor;
        Assert.That(factor, Is.LessThan(1));
        Assert.That(bound.Network.Value, Is.EqualTo(1 - Margin).Within(1e-9), "every norm is clipped");

        for (ulong seed = 1; seed <= 2; seed++)
        {
            using var tape = Tape.Recording(Device.Cpu);
            Variable z = tape.Input(Image(seed)), fz = f(tape, z);
            Assert.That(DenseMatrix.Jacobian(tape, z, fz).Norm(), Is.GreaterThan(0).And.LessThanOrEqualTo(factor));
            Variable fOther = f(tape, tape.Input(Image(seed + 10)));
            double ratio = Math.Sqrt(Reduce.SquaredDistance(fz.Value, fOther.Value) / Reduce.SquaredDistance(Image(seed), Image(seed + 10)));
            Assert.That(ratio, Is.LessThanOrEqualTo(factor));
        }
    }

    [TestCase(0.1, 0.95, 0.995)]
    [TestCase(2.0 / 3, 0.95, 0.9667)] // the last step size of the certificate: 1 − η m
    [TestCase(0.9, 0.95, 1.655)]      // beyond it the eigenvalue 1 − 2 η of the linear part decides
    public void The_factor_of_grad_is_that_of_its_linear_part_and_its_network(double step, double denoiser, double expected) =>
        Assert.That(ContractionBound.OfGrad(step, denoiser, 1), Is.EqualTo(expected).Within(1e-4));

    [Test]
    public void Without_clipping_and_with_a_residual_denoiser_there_is_no_certificate()
    {
        using EquilibriumModel plain = Model(DenoiserKind.Direct, LayerKind.Prox, null);
        Assert.That(ContractionBound.Of(plain, 8, 9).IsCertified, Is.False);
        Assert.That(ContractionBound.Of(plain, 8, 9).ToString(), Does.Contain("no certificate"));
        Assert.That(ContractionBound.OfDenoiser(DenoiserKind.Residual, 0, 1e-6), Is.GreaterThan(1));
    }

    [Test]
    public void The_key_makes_a_model_that_is_still_certified_after_wild_training([Values(LayerKind.Prox, LayerKind.Grad, LayerKind.Mol)] LayerKind layer)
    {
        TrainingConfig config = TinyTraining.Config with { Layer = layer, Certified = true, CertifiedMargin = 0.1, Denoiser = DenoiserKind.Direct, LearningRate = 0.3, Epochs = 1 };
        string folder = Fixtures.TemporaryFolder();
        using (var tiny = new TinyTraining(config))
        {
            tiny.Train(folder);
            (EquilibriumModel model, TrainingConfig read) = Checkpoint.ReadModel(Path.Combine(folder, "checkpoint.safetensors"), Device.Cpu);
            using (model)
            {
                model.Normalisation!.Refresh();
                ContractionBound bound = ContractionBound.Of(model, read.Matrix, read.Matrix);

                // A rate of 0.3 makes weights far above the clip; float32 rounds products of nine norms.
                Assert.That(model.Normalisation.Norms.Max(norm => norm.Sigma), Is.GreaterThan(2));
                Assert.That(bound.Network.Value, Is.LessThanOrEqualTo(0.9 + 1e-5));
                Assert.That(bound.IsCertified, Is.True, $"{bound}");
                Assert.That(bound.ToString(), Does.Contain("certified").And.Not.Contain("no certificate"));
            }
        }

        Directory.Delete(folder, recursive: true);
    }

    private EquilibriumModel Certified(DenoiserKind kind, LayerKind layer)
    {
        double norm = UnetBound.NormFor(_problem.Model.Options.Unet, 1 - Margin, SmallProblem.Rows, SmallProblem.Columns);
        EquilibriumModel model = Model(kind, layer, new SpectralOptions(SpectralNorm.Fft, new NormTarget(norm, NormRule.Clip)));
        model.Normalisation!.Refresh();
        return model;
    }

    private static EquilibriumModel Model(DenoiserKind kind, LayerKind layer, SpectralOptions? spectral)
    {
        var options = new ModelOptions { Layer = layer, Unet = new UnetOptions(3, 1), Denoiser = kind, Scalar = layer.LargestCertifiedScalar(), Spectral = spectral };
        var model = new EquilibriumModel(Device.Cpu, options, DType.Float64);
        foreach (Parameter parameter in model.Parameters.All.Where(p => p.Value.Shape.Rank > 0))
        {
            RandomFill.Normal(parameter.Value, new CounterRandom(53).Stream(parameter.Name), 1); // norms far above one
        }

        return model;
    }

    private Tensor Image(ulong seed)
    {
        Tensor image = _scope.Like(_problem.B);
        RandomFill.Normal(image, new CounterRandom(seed).Stream("image"));
        return image;
    }
}
