using System.Text.Json;
using Stardeq.Autodiff;
using Stardeq.Kernels;
using static Stardeq.Recon.ConfigKey;

namespace Stardeq.Recon;

/// <summary>The one table of all configuration keys: JSON, <c>--set</c>, help and report all go through it.</summary>
public static class ConfigKeys
{
    /// <summary>All keys in the order in which they are written.</summary>
    public static IReadOnlyList<ConfigKey> All { get; } =
    [
        new("preset", string.Join('|', TrainingConfig.PresetNames), "preset that the values started from", c => c.Preset,
            (c, v) => c with { Preset = TrainingConfig.FromPreset(v).Preset }, JsonValueKind.String),

        // Simulated data
        Whole("matrix", c => c.Matrix, (c, v) => c with { Matrix = v }, "image side in pixels of simulated data", 8),
        Whole("coils", c => c.Coils, (c, v) => c with { Coils = v }, "coils of simulated data", 1),
        Whole("slices", c => c.Slices, (c, v) => c with { Slices = v }, "slices of each simulated subject", 1),
        Whole("train_subjects", c => c.TrainSubjects, (c, v) => c with { TrainSubjects = v }, "simulated subjects to train on", 1),
        Whole("validation_subjects", c => c.ValidationSubjects, (c, v) => c with { ValidationSubjects = v }, "simulated subjects to watch progress on", 0),
        Whole("test_subjects", c => c.TestSubjects, (c, v) => c with { TestSubjects = v }, "simulated subjects that only measure the result", 1),
        Number("snr", c => c.SignalToNoise, (c, v) => c with { SignalToNoise = v }, "signal to noise ratio of simulated data", "snr > 0", v => v > 0),

        // Model
        Choice("model", c => c.Model, (c, v) => c with { Model = v }, "reconstruction model", ("ifdeq", ModelKind.Ifdeq)),
        Choice("layer", c => c.Layer, (c, v) => c with { Layer = v }, "layer whose fixed point is the image", ("prox", LayerKind.Prox)),
        Whole("base", c => c.Base, (c, v) => c with { Base = v }, "features of the U-Net's first level", 1),
        Whole("poolings", c => c.Poolings, (c, v) => c with { Poolings = v }, "poolings of the U-Net", 0),
        Choice("pool", c => c.Pool, (c, v) => c with { Pool = v }, "downsampling of the U-Net",
            ("avg", Pooling.Average), ("max", Pooling.Max)),
        Number("slope", c => c.Slope, (c, v) => c with { Slope = v }, "slope of LeakyReLU for negative values", "0 <= slope < 1", v => v is >= 0 and < 1),
        Choice("denoiser", c => c.Denoiser, (c, v) => c with { Denoiser = v }, "how the U-Net enters the denoiser",
            ("residual", DenoiserKind.Residual), ("direct", DenoiserKind.Direct), ("averaged", DenoiserKind.Averaged)),
        Number("denoiser_t", c => c.DenoiserT, (c, v) => c with { DenoiserT = v }, "weight of the averaged denoiser", "0 < t <= 1", v => v is > 0 and <= 1),
        Number("eta_init", c => c.EtaInit, (c, v) => c with { EtaInit = v }, "data step size before training", "0 < eta < 2", v => v is > 0 and < 2),
        Switch("eta_learned", c => c.EtaLearned, (c, v) => c with { EtaLearned = v }, "whether the data step size is trained"),
        Number("eta_max", c => c.EtaMax, (c, v) => c with { EtaMax = v }, "upper clamp of the data step size", "0 < eta < 2", v => v is > 0 and < 2),

        // Equilibrium
        Choice("adjoint", c => c.Adjoint, (c, v) => c with { Adjoint = v }, "how the gradient passes the fixed point",
            ("jfb", AdjointKind.JacobianFree), ("neumann", AdjointKind.Neumann), ("unrolled", AdjointKind.Unrolled)),
        Whole("adjoint_terms", c => c.AdjointTerms, (c, v) => c with { AdjointTerms = v }, "terms of neumann, applications of unrolled", 1),
        Choice("solver", c => c.Solver, (c, v) => c with { Solver = v }, "fixed-point solver",
            ("anderson", SolverKind.Anderson), ("picard", SolverKind.Picard)),
        Whole("anderson_memory", c => c.AndersonMemory, (c, v) => c with { AndersonMemory = v }, "pairs that Anderson keeps", 1),
        Number("anderson_ridge", c => c.AndersonRidge, (c, v) => c with { AndersonRidge = v }, "relative ridge of Anderson", "ridge >= 0", v => v >= 0),
        Number("anderson_beta", c => c.AndersonBeta, (c, v) => c with { AndersonBeta = v }, "mixing of Anderson", "0 < beta <= 1", v => v is > 0 and <= 1),
        Number("tolerance", c => c.Tolerance, (c, v) => c with { Tolerance = v }, "relative residual at which the solver stops", "tolerance > 0", v => v > 0),
        Whole("max_iterations", c => c.MaxIterations, (c, v) => c with { MaxIterations = v }, "largest number of layer evaluations", 1),

        // Data preparation
        Choice("dcf", c => c.Density, (c, v) => c with { Density = v }, "density compensation",
            ("voronoi", DensityRule.Voronoi), ("ramp", DensityRule.Ramp), ("pipe", DensityRule.Pipe), ("none", DensityRule.None)),
        Choice("dcf_norm", c => c.DensityNorm, (c, v) => c with { DensityNorm = v }, "scale of the density weights",
            ("maxeig", DensityNormKind.MaximumEigenvalue), ("none", DensityNormKind.None)),
        Choice("image_norm", c => c.ImageNorm, (c, v) => c with { ImageNorm = v }, "norm of the gridded image that scales the data",
            ("p99.9", ImageNorm.P999), ("l2", ImageNorm.L2), ("rms", ImageNorm.Rms), ("max", ImageNorm.Max)),
        Choice("nufft", c => c.Nufft, (c, v) => c with { Nufft = v }, "accuracy of the NUFFT",
            ("accurate", NufftAccuracy.Accurate), ("fast", NufftAccuracy.Fast)),
        Choice("target", c => c.Target, (c, v) => c with { Target = v }, "image that training aims at",
            ("gridding", TargetKind.Gridding), ("cg-sense", TargetKind.CgSense)),
        Choice("train_pattern", c => c.TrainPattern, (c, v) => c with { TrainPattern = v }, "spokes that training keeps",
            ("temporal", UndersamplingPattern.Temporal), ("equiangular", UndersamplingPattern.Equiangular), ("contiguous", UndersamplingPattern.Contiguous)),
        Choice("test_pattern", c => c.TestPattern, (c, v) => c with { TestPattern = v }, "spokes that the measured result keeps",
            ("temporal", UndersamplingPattern.Temporal), ("equiangular", UndersamplingPattern.Equiangular), ("contiguous", UndersamplingPattern.Contiguous)),
        Whole("acceleration", c => c.Acceleration, (c, v) => c with { Acceleration = v }, "undersampling factor", 1),
        Choice("maps", c => c.Maps, (c, v) => c with { Maps = v }, "origin of the coil maps",
            ("walsh", MapsKind.Walsh), ("true", MapsKind.True)),
        Choice("maps_from", c => c.MapsFrom, (c, v) => c with { MapsFrom = v }, "data that the coil maps are estimated from",
            ("full", MapsSourceKind.Full), ("undersampled", MapsSourceKind.Undersampled)),

        // Training
        Choice("loss", c => c.Loss, (c, v) => c with { Loss = v }, "training loss",
            ("mse", LossKind.Mse), ("mse-magnitude", LossKind.MseMagnitude), ("nmse", LossKind.Nmse)),
        Number("learning_rate", c => c.LearningRate, (c, v) => c with { LearningRate = v }, "step size of Adam", "learning_rate > 0", v => v > 0),
        Number("adam_beta1", c => c.AdamBeta1, (c, v) => c with { AdamBeta1 = v }, "decay of Adam's first moment", "0 <= beta < 1", v => v is >= 0 and < 1),
        Number("adam_beta2", c => c.AdamBeta2, (c, v) => c with { AdamBeta2 = v }, "decay of Adam's second moment", "0 <= beta < 1", v => v is >= 0 and < 1),
        Number("adam_eps", c => c.AdamEpsilon, (c, v) => c with { AdamEpsilon = v }, "Adam's epsilon", "eps > 0", v => v > 0),
        Number("gradient_clip", c => c.GradientClip, (c, v) => c with { GradientClip = v }, "largest gradient norm of a step, 0 = off", "clip >= 0", v => v >= 0),
        Whole("epochs", c => c.Epochs, (c, v) => c with { Epochs = v }, "passes over the training slices", 1),
        Whole("batch", c => c.Batch, (c, v) => c with { Batch = v }, "slices per step", 1),
        Whole("seed", c => c.Seed, (c, v) => c with { Seed = v }, "seed of everything random", 0),
        Whole("validation_every", c => c.ValidationEvery, (c, v) => c with { ValidationEvery = v }, "epochs between validations", 1),
        Choice("psnr_range", c => c.PsnrRange, (c, v) => c with { PsnrRange = v }, "where the peak of a PSNR is taken from",
            ("volume", DataRange.VolumeMaximum), ("slice", DataRange.SliceMaximum)),
        .. TrainerKeys.All,
        .. StabiliserKeys.All,
    ];

    /// <summary>The key of that name.</summary>
    /// <exception cref="InputException">There is none; the message names the nearest.</exception>
    public static ConfigKey Find(string name) => All.FirstOrDefault(key => key.Name == name)
        ?? throw new InputException($"config key '{name}' is not known. {Suggestion.For(name, [.. All.Select(key => key.Name)])}");

    /// <summary>The configuration with one assignment of the form <c>key=value</c> made.</summary>
    /// <exception cref="InputException">The form, the key or the value is not legal.</exception>
    public static TrainingConfig Assign(TrainingConfig config, string assignment)
    {
        int equals = assignment.IndexOf('=', StringComparison.Ordinal);
        return equals > 0
            ? Find(assignment[..equals].Trim()).Set(config, assignment[(equals + 1)..].Trim())
            : throw new InputException($"--set: got '{assignment}', expected key=value, for example learning_rate=0.0005.");
    }

    /// <summary>Values that contradict each other.</summary>
    /// <exception cref="InputException">A combination makes no sense.</exception>
    public static TrainingConfig Validate(TrainingConfig config)
    {
        if (config.EtaInit > config.EtaMax)
        {
            throw new InputException($"config: eta_init {config.EtaInit} is above eta_max {config.EtaMax}; lower the one or raise the other.");
        }

        TrainerKeys.Validate(config);
        StabiliserKeys.Validate(config);
        return config.Matrix >> config.Poolings >= 2
            ? config
            : throw new InputException(
                $"config: {config.Poolings} poolings leave less than 2 pixels of matrix {config.Matrix}; take fewer poolings.");
    }
}
