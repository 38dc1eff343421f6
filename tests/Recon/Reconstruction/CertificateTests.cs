using NUnit.Framework;
using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class CertificateTests
{
    [TestCase(SolveStatus.Converged, 0.9, 0.8, CertificateFlag.Certified)]
    [TestCase(SolveStatus.Converged, 0.9, null, CertificateFlag.Converged)]
    [TestCase(SolveStatus.Converged, 1.0, null, CertificateFlag.NotContractive)]
    [TestCase(SolveStatus.Converged, double.NaN, null, CertificateFlag.NotContractive)]
    [TestCase(SolveStatus.Stalled, 0.9, 0.8, CertificateFlag.Stalled)]
    [TestCase(SolveStatus.Diverged, 0.9, null, CertificateFlag.Diverged)]
    [TestCase(SolveStatus.NotFinite, 0.9, 0.8, CertificateFlag.Diverged)]
    public void The_flag_follows_from_solve_proof_and_spectral_radius(SolveStatus status, double radius, double? factor, CertificateFlag expected)
    {
        var solve = new SliceSolve(status, [0.1, 0.01], 0.01, 0, []);
        var estimate = new SolutionEstimate(Step: 2, Size: 100, JacobianNorm: 1, radius, Distance: 3, IsDistanceSolved: true, Sweeps: 5);
        Certificate certificate = Certificate.Of(solve, estimate, factor, seconds: 1);
        Assert.That(certificate.Flag, Is.EqualTo(expected));
        Assert.That(certificate.Iterations, Is.EqualTo(2));
        Assert.That(certificate.Distance, Is.EqualTo(0.03).Within(1e-15));
        Assert.That(certificate.ProvenDistance, factor is null ? Is.Null : Is.EqualTo(0.8 / 0.2 * 0.02).Within(1e-15));
    }

    [Test]
    public void A_certified_model_is_as_near_to_its_fixed_point_as_is_proven([Values("prox", "grad", "modl", "mol")] string layer)
    {
        TrainingConfig config = $"certified=true denoiser=averaged layer={layer} tolerance=1e-3 max_iterations=50".Split(' ').Aggregate(TinyTraining.Config, ConfigKeys.Assign);
        using var tiny = new TinyTraining(config);
        using EquilibriumModel model = Model(config);
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Reconstruction result = new ModelReconstructor(model, config, new InferenceOptions(Certificates: true))
            .Run(tiny.Training, Device.Cpu, scope, NoProgress.Instance, CancellationToken.None);
        Reconstruction truth = new ModelReconstructor(model, config with { Solver = SolverKind.Picard, Tolerance = 1e-7, MaxIterations = 2000 })
            .Run(tiny.Training, Device.Cpu, scope, NoProgress.Instance, CancellationToken.None);
        for (int s = 0; s < tiny.Training.Count; s++)
        {
            Certificate certificate = result.Certificates[s];
            Assert.That(certificate.Flag, Is.EqualTo(CertificateFlag.Certified));
            Assert.That(certificate.JacobianNorm, Is.LessThanOrEqualTo(certificate.ProvenFactor! + 1e-5), "float32");

            // Images are cut to the support, the certificate is of the whole image: the cut can only bring two images nearer, but
            // makes the norm that the distance is relative to smaller. The truth itself is 1e-7 / (1 − factor) away.
            double distance = Math.Sqrt(Reduce.SquaredDistance(result.Images.Slice(s), truth.Images.Slice(s)) / Reduce.SumOfSquares(result.Images.Slice(s)));
            double cut = Math.Sqrt(WholeOverCut(model, config, tiny.Training[s]));
            Assert.That(distance, Is.LessThanOrEqualTo((certificate.ProvenDistance!.Value * cut) + (1e-6 / (1 - certificate.ProvenFactor!.Value))));
        }
    }

    [Test]
    public void A_residual_denoiser_has_certificates_without_proof_and_weights_of_unknown_norm_prove_nothing()
    {
        TrainingConfig certified = TinyTraining.Config with { Certified = true, Denoiser = DenoiserKind.Direct };
        Assert.That(CertificateOf(certified).ProvenFactor, Is.Not.Null);
        Assert.That(CertificateOf(certified with { DensityNorm = DensityNormKind.None }).ProvenFactor, Is.Null);
        Certificate residual = CertificateOf(TinyTraining.Config);
        Assert.That((residual.ProvenFactor, residual.ProvenDistance), Is.EqualTo(((double?)null, (double?)null)));
        Assert.That(residual, Is.EqualTo(CertificateOf(TinyTraining.Config) with { Seconds = residual.Seconds }), "the same bits each time");
        Assert.That(residual.Sweeps, Is.GreaterThan(30));
    }

    [TestCase("model=modl")]
    [TestCase("model=unet")]
    public void Models_that_solve_nothing_have_none_and_say_so(string assignment)
    {
        TrainingConfig config = ConfigKeys.Assign(TinyTraining.Config, assignment);
        using var tiny = new TinyTraining(config);
        using EquilibriumModel model = Model(config);
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        var options = new InferenceOptions(Certificates: true);
        Reconstruction result = new ModelReconstructor(model, config, options).Run(tiny.Validation, Device.Cpu, scope, NoProgress.Instance, CancellationToken.None);
        Assert.That(result.Certified("x"), Is.Null);
        Assert.That(options.WhyNone(config), Does.StartWith("no certificates"));
    }

    [Test]
    public void A_summary_counts_flags_and_shows_median_and_largest_with_the_unknown_last()
    {
        Certificate One(CertificateFlag flag, double distance, bool solved) => new()
        {
            Flag = flag,
            Iterations = 7,
            Residual = 1e-3,
            JacobianNorm = 1.02,
            SpectralRadius = 0.97,
            Distance = distance,
            IsDistanceSolved = solved,
            Sweeps = 80,
            Seconds = 0.5,
        };
        var summary = new CertificateSummary("DEQ", [("a", One(CertificateFlag.Stalled, double.NaN, false)), ("b", One(CertificateFlag.Converged, 0.02, false)), ("c", One(CertificateFlag.Converged, 0.01, true))]);
        Assert.That(summary.Headline, Is.EqualTo("3 certificates of DEQ: 2 converged, 1 stalled; 80 sweeps and 0.50 s each"));
        Assert.That(summary.Rows.Single(row => row[0].StartsWith("distance", StringComparison.Ordinal)), Is.EqualTo(new[] { "distance to the fixed point, first order", ">2.0e-2", "unknown" }));
        Assert.That(summary.Lines(), Has.Count.EqualTo(7));
    }

    private static Certificate CertificateOf(TrainingConfig config)
    {
        using var tiny = new TinyTraining(config);
        using EquilibriumModel model = Model(config);
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        return new ModelReconstructor(model, config, new InferenceOptions(Certificates: true))
            .Run([tiny.Validation[0]], Device.Cpu, scope, NoProgress.Instance, CancellationToken.None).Certificates[0];
    }

    private static EquilibriumModel Model(TrainingConfig config)
    {
        EquilibriumModel model = ModelFactory.Create(config, Device.Cpu);
        RandomFill.Normal(model.Parameters["unet.out.weight"].Value, new CounterRandom(4), 0.02); // new networks end in zeros
        return model;
    }

    /// <summary>‖f(z)‖² / ‖f(z) in the support‖² at the solution.</summary>
    private static double WholeOverCut(EquilibriumModel model, TrainingConfig config, SliceProblem slice)
    {
        using var batch = new SliceBatch([slice], Device.Cpu);
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Tensor image = scope.Like(batch.B);
        ReconstructionScheme scheme = ModelFactory.Scheme(config, model);
        scheme.Run(scheme.Problem(batch), image);
        double whole = Reduce.SumOfSquares(image);
        slice.MaskToSupport(image.Slice(0));
        return whole / Reduce.SumOfSquares(image);
    }
}
