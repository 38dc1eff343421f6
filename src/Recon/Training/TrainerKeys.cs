using static Stardeq.Recon.ConfigKey;

namespace Stardeq.Recon;

/// <summary>The keys of the trainer; part of <see cref="ConfigKeys.All"/>.</summary>
internal static class TrainerKeys
{
    /// <summary>In the order in which they are written.</summary>
    public static IReadOnlyList<ConfigKey> All { get; } =
    [
        // Cascaded initialisation
        Choice("init", c => c.Init, (c, v) => c with { Init = v }, "where the solves of training start",
            ("cold", InitKind.Cold), ("cascaded", InitKind.Cascaded)),
        Choice("cache_store", c => c.CacheStore, (c, v) => c with { CacheStore = v }, "where solutions are remembered",
            ("memory", CacheStoreKind.Memory), ("mapped", CacheStoreKind.Mapped)),
        Choice("cache_precision", c => c.CachePrecision, (c, v) => c with { CachePrecision = v }, "precision of remembered solutions",
            ("float32", CachePrecision.Float32), ("half", CachePrecision.Half)),
        Switch("cascade_backward", c => c.CascadeBackward, (c, v) => c with { CascadeBackward = v }, "whether adjoint solutions are remembered too"),

        // Loss on the way, optimiser, schedules
        Whole("loss_states", c => c.LossStates, (c, v) => c with { LossStates = v }, "states before the fixed point that get a loss", 0),
        Number("loss_decay", c => c.LossDecay, (c, v) => c with { LossDecay = v }, "weight of a state's loss against the next later one's", "0 < decay <= 1", v => v is > 0 and <= 1),
        Number("weight_decay", c => c.WeightDecay, (c, v) => c with { WeightDecay = v }, "decoupled decay of convolution weights", "decay >= 0", v => v >= 0),
        Choice("lr_schedule", c => c.RateSchedule, (c, v) => c with { RateSchedule = v }, "how the learning rate changes",
            ("constant", RateScheduleKind.Constant), ("cosine", RateScheduleKind.Cosine), ("step", RateScheduleKind.Step)),
        Whole("lr_warmup", c => c.RateWarmup, (c, v) => c with { RateWarmup = v }, "steps over which the learning rate rises", 0),
        Number("lr_final", c => c.RateFinal, (c, v) => c with { RateFinal = v }, "share of the learning rate at the end of a cosine", "0 <= share <= 1", v => v is >= 0 and <= 1),
        Whole("lr_step_epochs", c => c.RateStepEpochs, (c, v) => c with { RateStepEpochs = v }, "epochs between steps of the learning rate", 1),
        Number("lr_step_factor", c => c.RateStepFactor, (c, v) => c with { RateStepFactor = v }, "factor of each step of the learning rate", "0 < factor <= 1", v => v is > 0 and <= 1),
        Number("tolerance_start", c => c.ToleranceStart, (c, v) => c with { ToleranceStart = v }, "tolerance of the first epoch, 0 = tolerance", "tolerance >= 0", v => v >= 0),
        Whole("tolerance_epochs", c => c.ToleranceEpochs, (c, v) => c with { ToleranceEpochs = v }, "epochs from tolerance_start to tolerance", 1),
        Choice("pretrain", c => c.Pretrain, (c, v) => c with { Pretrain = v }, "what is trained before solves begin",
            ("none", PretrainKind.None), ("denoiser", PretrainKind.Denoiser), ("unrolled", PretrainKind.Unrolled)),
        Whole("pretrain_epochs", c => c.PretrainEpochs, (c, v) => c with { PretrainEpochs = v }, "epochs of pre-training", 1),
        Whole("pretrain_steps", c => c.PretrainSteps, (c, v) => c with { PretrainSteps = v }, "applications of the layer in unrolled pre-training", 1),

        // Stopping, saving, turning back
        Whole("early_stop", c => c.EarlyStop, (c, v) => c with { EarlyStop = v }, "validations without improvement that end training, 0 = off", 0),
        Choice("best_by", c => c.BestBy, (c, v) => c with { BestBy = v }, "what makes a validation the best",
            ("psnr", BestByKind.Psnr), ("loss", BestByKind.Loss)),
        Choice("report", c => c.Report, (c, v) => c with { Report = v }, "weights that the final result is measured with",
            ("last", ReportedWeights.Last), ("best", ReportedWeights.Best)),
        Whole("checkpoint_every", c => c.CheckpointEvery, (c, v) => c with { CheckpointEvery = v }, "steps between checkpoints, 0 = each epoch", 0),
        Choice("guard", c => c.Guard, (c, v) => c with { Guard = v }, "whether a diverging training is turned back", ("on", true), ("off", false)),
        Number("guard_factor", c => c.GuardFactor, (c, v) => c with { GuardFactor = v }, "multiple of the median loss that is an explosion", "factor > 1", v => v > 1),
        Whole("guard_window", c => c.GuardWindow, (c, v) => c with { GuardWindow = v }, "recent losses and solves that the guard looks at", 4),
        Number("guard_diverged", c => c.GuardDiverged, (c, v) => c with { GuardDiverged = v }, "share of recent solves that may diverge", "0 <= share <= 1", v => v is >= 0 and <= 1),
        Whole("guard_every", c => c.GuardEvery, (c, v) => c with { GuardEvery = v }, "steps between states kept to turn back to", 1),
        Whole("guard_rescues", c => c.GuardRescues, (c, v) => c with { GuardRescues = v }, "how often training is turned back before it is given up", 0),
    ];

    /// <summary>Keys that only mean something beside other choices; see <see cref="ConfigRules"/>.</summary>
    public static IReadOnlyList<(string[] Keys, string Needs, Func<TrainingConfig, bool> Applies)> Relevance { get; } =
    [
        (["cache_store", "cache_precision"], "init=cascaded", c => c.Init == InitKind.Cascaded),
        (["loss_decay"], "loss_states above 0", c => c.LossStates > 0),
        (["lr_final"], "lr_schedule=cosine", c => c.RateSchedule == RateScheduleKind.Cosine),
        (["lr_step_epochs", "lr_step_factor"], "lr_schedule=step", c => c.RateSchedule == RateScheduleKind.Step),
        (["tolerance_epochs"], "tolerance_start above 0", c => c.ToleranceStart > 0),
        (["pretrain_epochs"], "pretrain=denoiser or pretrain=unrolled", c => c.Pretrain != PretrainKind.None),
        (["pretrain_steps"], "pretrain=unrolled", c => c.Pretrain == PretrainKind.Unrolled),
        (["guard_factor", "guard_window", "guard_diverged", "guard_every", "guard_rescues"], "guard=on", c => c.Guard),
    ];

    /// <summary>Refuses trainer settings that contradict each other.</summary>
    /// <exception cref="InputException">A combination makes no sense.</exception>
    public static void Validate(TrainingConfig config)
    {
        if (config.ToleranceStart > 0 && config.ToleranceStart < config.Tolerance)
        {
            throw new InputException($"config: tolerance_start {config.ToleranceStart} is below tolerance {config.Tolerance}; the schedule goes from loose to tight.");
        }

        if (config.Pretrain != PretrainKind.None && config.PretrainEpochs >= config.Epochs)
        {
            throw new InputException($"config: pretrain_epochs {config.PretrainEpochs} leave no epoch of {config.Epochs} for the model itself; raise epochs.");
        }
    }
}
