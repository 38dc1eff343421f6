using Stardeq.Autodiff;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Builds the three orthogonal choices of a configuration: model, solver, adjoint.</summary>
public static class ModelFactory
{
    /// <summary>Name of the model in tables and reports.</summary>
    public static string Name(TrainingConfig config) => config.Model switch
    {
        ModelKind.Ifdeq => "IFDEQ",
        ModelKind other => throw new InvalidOperationException($"model: there is no name for {other}."),
    };

    /// <summary>A model with freshly drawn weights.</summary>
    public static EquilibriumModel Create(TrainingConfig config, Device device)
    {
        using Ledger.PhaseScope phase = device.Ledger.Enter("model");
        var model = new EquilibriumModel(device, Options(config));
        model.Initialise(new CounterRandom((ulong)config.Seed).Stream("weights"));
        return model;
    }

    /// <summary>Size and kind of the model.</summary>
    public static ModelOptions Options(TrainingConfig config) => new()
    {
        Layer = config.Layer,
        Unet = Network(config),
        Denoiser = config.Denoiser,
        DenoiserShare = config.DenoiserT,
        StepSize = config.EtaInit,
        LargestStepSize = config.EtaMax,
        LearnStepSize = config.EtaLearned,
        Spectral = Spectral(config),
    };

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

    /// <summary>The forward solver.</summary>
    public static IFixedPointSolver Solver(TrainingConfig config) => config.Solver switch
    {
        SolverKind.Anderson => new Anderson
        {
            Memory = config.AndersonMemory,
            Ridge = config.AndersonRidge,
            Mixing = config.AndersonBeta,
            Tolerance = config.Tolerance,
            MaxEvaluations = config.MaxIterations,
        },
        _ => new Picard(config.Tolerance, config.MaxIterations),
    };

    /// <summary>How the gradient passes the equilibrium.</summary>
    public static IEquilibriumAdjoint Adjoint(TrainingConfig config) => config.Adjoint switch
    {
        AdjointKind.Neumann => new Neumann(config.AdjointTerms),
        AdjointKind.Unrolled => new Unrolled(config.AdjointTerms),
        _ => new JacobianFree(),
    };
}
