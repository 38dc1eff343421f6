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
        [Values(DenoiserKind.Direct, DenoiserKind.Averaged)] DenoiserKind kind, [Values("prox", "grad", "mol")] string layer)
    {
        using EquilibriumModel model = Certified(kind);
        ContractionBound bound = ContractionBound.Of(model, SmallProblem.Rows, SmallProblem.Columns);
        (FixedPointMap f, double factor) = layer switch
        {
            "prox" => (model.Layer(_problem.Normal, _problem.B), bound.Factor),
            "grad" => (Grad(model, step: 2.0 / 3), ContractionBound.OfGrad(2.0 / 3, bound.Denoiser, 1)),
            _ => (Mol(model, alpha: 0.7, lambda: 3), ContractionBound.OfMol(0.7, bound.Denoiser)),
        };
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
        using EquilibriumModel plain = Model(DenoiserKind.Direct, null);
        Assert.That(ContractionBound.Of(plain, 8, 9).IsCertified, Is.False);
        Assert.That(ContractionBound.Of(plain, 8, 9).ToString(), Does.Contain("no certificate"));
        Assert.That(ContractionBound.OfDenoiser(DenoiserKind.Residual, 0, 1e-6), Is.GreaterThan(1));
    }

    [Test]
    public void The_key_makes_a_model_that_is_certified_from_the_first_step_to_the_last()
    {
        TrainingConfig config = TinyTraining.Config with { Certified = true, CertifiedMargin = 0.1, Denoiser = DenoiserKind.Direct, LearningRate = 0.3, Epochs = 1 };
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
                Assert.That(bound.Factor, Is.LessThanOrEqualTo(0.9 + 1e-5));
                Assert.That(bound.ToString(), Does.Contain("certified").And.Not.Contain("no certificate"));
            }
        }

        Directory.Delete(folder, recursive: true);
    }

    /// <summary>z − η (H z − b − (R(z) − z)).</summary>
    private FixedPointMap Grad(EquilibriumModel model, double step) => (tape, z) =>
    {
        Variable residual = tape.Subtract(tape.Apply(_problem.Normal, z), tape.Input(_problem.B));
        return tape.WeightedSum(1, z, -step, tape.Subtract(residual, tape.Subtract(model.Denoise(tape, z), z)));
    };

    /// <summary>(I + αλH)⁻¹ ((1 − α) z + α R(z) + αλ b).</summary>
    private FixedPointMap Mol(EquilibriumModel model, double alpha, double lambda) => (tape, z) =>
    {
        Variable averaged = tape.WeightedSum(1 - alpha, z, alpha, model.Denoise(tape, z));
        return tape.Apply(new Resolvent(_problem.Normal, alpha * lambda), tape.WeightedSum(1, averaged, alpha * lambda, tape.Input(_problem.B)));
    };

    private EquilibriumModel Certified(DenoiserKind kind)
    {
        double norm = UnetBound.NormFor(_problem.Model.Options.Unet, 1 - Margin, SmallProblem.Rows, SmallProblem.Columns);
        EquilibriumModel model = Model(kind, new SpectralOptions(SpectralNorm.Fft, new NormTarget(norm, NormRule.Clip)));
        model.Normalisation!.Refresh();
        return model;
    }

    private static EquilibriumModel Model(DenoiserKind kind, SpectralOptions? spectral)
    {
        var options = new ModelOptions { Unet = new UnetOptions(3, 1), Denoiser = kind, Scalar = 0.8, Spectral = spectral };
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

    /// <summary>(I + λH)⁻¹, solved to rounding.</summary>
    private sealed class Resolvent(ILinearOperator normal, double lambda) : ILinearOperator
    {
        public Shape Domain => normal.Domain;

        public Shape Range => normal.Domain;

        public void Forward(Tensor x, Tensor y, WriteMode mode)
        {
            using var scope = new TensorScope(x.Device, MemoryOwner.Workspace);
            Tensor right = scope.Like(x), solution = scope.Zeros(x.DType, x.Shape);
            Scale.Run(1 / lambda, x, right);
            ConjugateGradient.Solve(normal, 1 / lambda, right, solution, 500, 1e-14);
            Scale.Run(1, solution, y, mode);
        }

        public void Adjoint(Tensor y, Tensor x, WriteMode mode) => Forward(y, x, mode);
    }
}
