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

        .. SimulationKeys.All,

        // Model
        Choice("model", c => c.Model, (c, v) => c with { Model = v }, "reconstruction model",
            ("ifdeq", ModelKind.Ifdeq), ("deq", ModelKind.Deq), ("modl", ModelKind.Modl), ("unet", ModelKind.Unet)),
        Choice("layer", c => c.Layer, (c, v) => c with { Layer = v }, "what one application computes",
            ("prox", LayerKind.Prox), ("grad", LayerKind.Grad), ("modl", LayerKind.Modl), ("mol", LayerKind.Mol)),
        Whole("unrolls", c => c.Unrolls, (c, v) => c with { Unrolls = v }, "applications of the layer in model=modl", 1),
        Switch("checkpointing", c => c.Checkpointing, (c, v) => c with { Checkpointing = v }, "model=modl keeps only states between layers and recomputes the rest"),
        Whole("base", c => c.Base, (c, v) => c with { Base = v }, "features of the U-Net's first level", 1),
        Whole("poolings", c => c.Poolings, (c, v) => c with { Poolings = v }, "poolings of the U-Net", 0),
        Choice("pool", c => c.Pool, (c, v) => c with { Pool = v }, "downsampling of the U-Net",
            ("avg", Pooling.Average), ("max", Pooling.Max)),
        Number("slope", c => c.Slope, (c, v) => c with { Slope = v }, "slope of LeakyReLU for negative values", "0 <= slope < 1", v => v is >= 0 and < 1),
        Choice("denoiser", c => c.Denoiser, (c, v) => c with { Denoiser = v }, "how the U-Net enters the denoiser",
            ("residual", DenoiserKind.Residual), ("direct", DenoiserKind.Direct), ("averaged", DenoiserKind.Averaged)),
        Number("denoiser_t", c => c.DenoiserT, (c, v) => c with { DenoiserT = v }, "weight of the averaged denoiser", "0 < t <= 1", v => v is > 0 and <= 1),
        Number("eta_init", c => c.EtaInit, (c, v) => c with { EtaInit = v }, "data step size before training, 0 = the layer's own", "0 <= eta < 2", v => v is >= 0 and < 2),
        Switch("eta_learned", c => c.EtaLearned, (c, v) => c with { EtaLearned = v }, "whether the data step size is trained"),
        Number("eta_max", c => c.EtaMax, (c, v) => c with { EtaMax = v }, "upper clamp of the data step size, 0 = the layer's own", "0 <= eta < 2", v => v is >= 0 and < 2),
        Number("lambda_init", c => c.LambdaInit, (c, v) => c with { LambdaInit = v }, "lambda of modl and mol before training, 0 = the layer's own", "lambda >= 0", v => v >= 0),
        Switch("lambda_learned", c => c.LambdaLearned, (c, v) => c with { LambdaLearned = v }, "whether lambda is trained"),
        Number("lambda_max", c => c.LambdaMax, (c, v) => c with { LambdaMax = v }, "upper clamp of lambda, 0 = the layer's own", "lambda >= 0", v => v >= 0),
        Number("mol_alpha", c => c.MolAlpha, (c, v) => c with { MolAlpha = v }, "alpha of layer=mol", "0 < alpha <= 1", v => v is > 0 and <= 1),
        Whole("cg_iterations", c => c.CgIterations, (c, v) => c with { CgIterations = v }, "most CG steps of the inverse in modl and mol", 1),
        Number("cg_tolerance", c => c.CgTolerance, (c, v) => c with { CgTolerance = v }, "relative residual at which that inverse stops", "tolerance > 0", v => v > 0),

        // Equilibrium
        Choice("adjoint", c => c.Adjoint, (c, v) => c with { Adjoint = v }, "how the gradient passes the fixed point",
            ("of-model", AdjointKind.OfModel), ("jfb", AdjointKind.JacobianFree), ("neumann", AdjointKind.Neumann), ("unrolled", AdjointKind.Unrolled),
            ("implicit", AdjointKind.Implicit), ("auto", AdjointKind.Cheapest)),
        Whole("adjoint_terms", c => c.AdjointTerms, (c, v) => c with { AdjointTerms = v }, "terms of neumann, applications of unrolled, most terms of auto", 1),
        Choice("adjoint_solver", c => c.AdjointSolver, (c, v) => c with { AdjointSolver = v }, "solver of the implicit adjoint",
            ("gmres", AdjointMethod.Gmres), ("anderson", AdjointMethod.Anderson), ("neumann", AdjointMethod.Neumann)),
        Number("adjoint_tolerance", c => c.AdjointTolerance, (c, v) => c with { AdjointTolerance = v }, "relative residual at which the implicit adjoint stops", "tolerance > 0", v => v > 0),
        Whole("adjoint_max_iterations", c => c.AdjointMaxIterations, (c, v) => c with { AdjointMaxIterations = v }, "most sweeps of the implicit adjoint", 1),
        Whole("adjoint_memory", c => c.AdjointMemory, (c, v) => c with { AdjointMemory = v }, "basis vectors of gmres, pairs of anderson, in the implicit adjoint", 1),
        Number("adjoint_residual", c => c.AdjointResidual, (c, v) => c with { AdjointResidual = v }, "largest forward residual at which the implicit gradient is taken; above it the Jacobian-free one", "residual > 0", v => v > 0),
        Number("adjoint_give_up", c => c.AdjointGiveUp, (c, v) => c with { AdjointGiveUp = v }, "residual of the adjoint equation above which the Jacobian-free gradient is taken, 0 = never", "residual >= 0", v => v >= 0),
        Number("adjoint_cosine", c => c.AdjointCosine, (c, v) => c with { AdjointCosine = v }, "least cosine to the implicit gradient for adjoint=auto", "0 < cosine < 1", v => v is > 0 and < 1),
        Choice("solver", c => c.Solver, (c, v) => c with { Solver = v }, "fixed-point solver",
            ("anderson", SolverKind.Anderson), ("picard", SolverKind.Picard), ("broyden", SolverKind.Broyden)),
        Whole("anderson_memory", c => c.AndersonMemory, (c, v) => c with { AndersonMemory = v }, "pairs that Anderson keeps", 1),
        Number("anderson_ridge", c => c.AndersonRidge, (c, v) => c with { AndersonRidge = v }, "ridge of Anderson", "ridge >= 0", v => v >= 0),
        Choice("anderson_ridge_mode", c => c.AndersonRidgeMode, (c, v) => c with { AndersonRidgeMode = v }, "what the ridge is relative to; absolute as in the first codes",
            ("column", RidgeMode.Column), ("mean", RidgeMode.Mean), ("absolute", RidgeMode.Absolute)),
        Number("anderson_beta", c => c.AndersonBeta, (c, v) => c with { AndersonBeta = v }, "mixing of Anderson", "0 < beta <= 1", v => v is > 0 and <= 1),
        Whole("anderson_restart", c => c.AndersonRestart, (c, v) => c with { AndersonRestart = v }, "evaluations of growing residual before Anderson drops its history, 0 = never", 0),
        Switch("anderson_safeguard", c => c.AndersonSafeguard, (c, v) => c with { AndersonSafeguard = v }, "refuse accelerated steps that raise the residual"),
        Number("picard_damping", c => c.PicardDamping, (c, v) => c with { PicardDamping = v }, "share of f(z) in a step of solver=picard", "0 < damping <= 1", v => v is > 0 and <= 1),
        Whole("broyden_memory", c => c.BroydenMemory, (c, v) => c with { BroydenMemory = v }, "updates that solver=broyden keeps", 1),
        Switch("solver_ladder", c => c.SolverLadder, (c, v) => c with { SolverLadder = v }, "solve diverged slices again with more cautious solvers"),
        Number("tolerance", c => c.Tolerance, (c, v) => c with { Tolerance = v }, "relative residual at which the solver stops", "tolerance > 0", v => v > 0),
        Whole("max_iterations", c => c.MaxIterations, (c, v) => c with { MaxIterations = v }, "largest number of layer evaluations", 1),

        .. PreparationKeys.All,

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
        .. MemoryKeys.All,
        .. TrainerKeys.All,
        .. StabiliserKeys.All,
    ];

    /// <summary>The key of that name.</summary>
    /// <exception cref="InputException">There is none; the message names the nearest.</exception>
    public static ConfigKey Find(string name) => All.FirstOrDefault(key => key.Name == name)
        ?? throw new InputException($"config key '{name}' is not known.{Meant(name)} 'stardeq train --keys' lists all {All.Count} keys.");

    private static string Meant(string name) => Suggestion.Nearest(name, All.Select(key => key.Name)) is { } nearest ? $" Did you mean '{nearest}'?" : "";

    /// <summary>Refuses assignments of keys that nothing would look at.</summary>
    /// <param name="assignments">Texts of the form <c>key=value</c>.</param>
    /// <param name="isRead">Whether a key is looked at.</param>
    /// <param name="reason">Why the others are not, and what to do.</param>
    /// <exception cref="InputException">There is such an assignment.</exception>
    public static void RequireRead(IEnumerable<string> assignments, Func<ConfigKey, bool> isRead, string reason)
    {
        foreach (string assignment in assignments)
        {
            if (All.FirstOrDefault(key => key.Name == assignment.Split('=')[0].Trim()) is { } key && !isRead(key))
            {
                throw new InputException($"--set {assignment}: {reason}");
            }
        }
    }

    /// <summary>The configuration with one assignment of the form <c>key=value</c> made.</summary>
    /// <exception cref="InputException">The form, the key or the value is not legal.</exception>
    public static TrainingConfig Assign(TrainingConfig config, string assignment)
    {
        int equals = assignment.IndexOf('=', StringComparison.Ordinal);
        return equals > 0
            ? Find(assignment[..equals].Trim()).Set(config, assignment[(equals + 1)..].Trim())
            : throw new InputException($"--set: got '{assignment}', expected key=value, for example learning_rate=0.0005.");
    }
}
