using System.Globalization;
using Stardeq.Autodiff;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Builds the orthogonal choices of a configuration: model, solver, adjoint.</summary>
public static class ModelFactory
{
    // The rungs that follow a solver that diverged get twice its evaluations: caution is slow.
    private const int CautiousFactor = 2;
    private const double CautiousDamping = 0.5;

    /// <summary>Name of the model in tables and reports.</summary>
    public static string Name(TrainingConfig config) => config.Model switch
    {
        ModelKind.Ifdeq => "IFDEQ",
        ModelKind.Deq => "DEQ",
        ModelKind.Modl => string.Create(CultureInfo.InvariantCulture, $"MoDL-{config.Unrolls}"),
        _ => "U-Net",
    };

    /// <summary>A model with freshly drawn weights.</summary>
    public static EquilibriumModel Create(TrainingConfig config, Device device)
    {
        using Ledger.PhaseScope phase = device.Ledger.Enter("model");
        var model = new EquilibriumModel(device, Options(config));
        (model.Unet.Saved, model.Unet.Recomputes) = (config.Activations, RecomputesLevels(config));
        model.Initialise(new CounterRandom((ulong)config.Seed).Stream("weights"));
        return model;
    }

    /// <summary>Whether the sweep computes the maps inside levels of the U-Net again. A penalty on the Jacobian needs them on the tape.</summary>
    public static bool RecomputesLevels(TrainingConfig config) => config.Recompute switch
    {
        RecomputeKind.Levels => true,
        RecomputeKind.None => false,
        _ => config.IsEquilibrium && config.EffectiveAdjoint == AdjointKind.JacobianFree && config.Jacobian == JacobianKind.None,
    };

    /// <summary>Size and kind of the model.</summary>
    public static ModelOptions Options(TrainingConfig config)
    {
        bool hasStep = config.Layer.HasStepSize();
        double first = hasStep ? config.EtaInit : config.LambdaInit, largest = hasStep ? config.EtaMax : config.LambdaMax;
        return new()
        {
            Layer = config.Layer,
            Unet = Network(config),
            Denoiser = config.Denoiser,
            DenoiserShare = config.DenoiserT,
            Scalar = first == 0 ? config.Layer.DefaultScalar() : first,
            LargestScalar = Math.Min(largest == 0 ? config.Layer.LargestScalar() : largest, config.Certified ? config.Layer.LargestCertifiedScalar() : double.PositiveInfinity),
            LearnsScalar = hasStep ? config.EtaLearned : config.LambdaLearned,
            Alpha = config.MolAlpha,
            Spectral = Spectral(config),
            Resolvent = new ResolventOptions(config.CgIterations, config.CgTolerance),
        };
    }

    /// <summary>How the configured model gets from b to an image, and how its gradient comes back.</summary>
    public static ReconstructionScheme Scheme(TrainingConfig config, EquilibriumModel model) => config.Model switch
    {
        ModelKind.Modl => ReconstructionScheme.Unrolled(model, config.Unrolls, config.Checkpointing),
        ModelKind.Unet => ReconstructionScheme.Network(model),
        _ => ReconstructionScheme.Equilibrium(model, Solver(config), Adjoint(config, model)),
    };

    /// <summary>The forward solver, with the rungs that follow it where it diverges.</summary>
    public static IFixedPointSolver Solver(TrainingConfig config)
    {
        var anderson = new Anderson
        {
            Memory = config.AndersonMemory,
            Ridge = config.AndersonRidge,
            RidgeMode = config.AndersonRidgeMode,
            Mixing = config.AndersonBeta,
            RestartAfter = config.AndersonRestart,
            IsSafeguarded = config.AndersonSafeguard,
            Tolerance = config.Tolerance,
            MaxEvaluations = config.MaxIterations,
        };
        IFixedPointSolver chosen = config.Solver switch
        {
            SolverKind.Anderson => anderson,
            SolverKind.Broyden => new Broyden(config.Tolerance, config.MaxIterations, config.BroydenMemory),
            _ => new Picard(config.Tolerance, config.MaxIterations, config.PicardDamping),
        };
        int cautious = CautiousFactor * config.MaxIterations;
        return config.SolverLadder
            ? new Ladder([
                chosen,
                new Anderson { IsSafeguarded = true, Tolerance = config.Tolerance, MaxEvaluations = cautious },
                new Picard(config.Tolerance, cautious, CautiousDamping),
            ])
            : chosen;
    }

    /// <summary>How the gradient passes the equilibrium.</summary>
    public static IEquilibriumAdjoint Adjoint(TrainingConfig config, EquilibriumModel model)
    {
        var exact = new Implicit
        {
            Method = config.AdjointSolver,
            Tolerance = config.AdjointTolerance,
            MaxSweeps = config.AdjointMaxIterations,
            Memory = config.AdjointMemory,
            GiveUpAbove = config.AdjointGiveUp > 0 ? config.AdjointGiveUp : double.PositiveInfinity,
        };
        return config.EffectiveAdjoint switch
        {
            AdjointKind.Neumann => new Neumann(config.AdjointTerms),
            AdjointKind.Unrolled => new Unrolled(config.AdjointTerms),
            AdjointKind.Implicit => exact,
            AdjointKind.Cheapest => new CheapestNeumann([.. model.Trained], exact, config.AdjointCosine, config.AdjointTerms),
            _ => new JacobianFree(),
        };
    }

    /// <summary>Normalisation of the weights; null for none.</summary>
    private static SpectralOptions? Spectral(TrainingConfig config)
    {
        if (config.Certified)
        {
            double norm = UnetBound.NormFor(Network(config), 1 - config.CertifiedMargin, config.Matrix, config.Matrix);
            return new SpectralOptions(SpectralNorm.Fft, new NormTarget(norm, NormRule.Clip));
        }

        SpectralNorm? kind = config.Normalisation switch
        {
            NormalisationKind.Reshape => SpectralNorm.Reshape,
            NormalisationKind.Power => SpectralNorm.Power,
            NormalisationKind.Fft => SpectralNorm.Fft,
            _ => null,
        };
        return kind is { } which ? new SpectralOptions(which, new NormTarget(config.NormTarget, config.NormRule), config.NormSize) : null;
    }

    private static UnetOptions Network(TrainingConfig config) => new(config.Base, config.Poolings, config.Pool, config.Slope);
}
