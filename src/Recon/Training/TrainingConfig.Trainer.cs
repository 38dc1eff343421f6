namespace Stardeq.Recon;

/// <content>Settings of the trainer: where solves start, what the rate does, when to stop, save and turn back.</content>
public sealed partial record TrainingConfig
{
    /// <summary>Where the solves of training start.</summary>
    public InitKind Init { get; init; } = InitKind.Cold;

    /// <summary>Where remembered solutions are held.</summary>
    public CacheStoreKind CacheStore { get; init; } = CacheStoreKind.Memory;

    /// <summary>Precision of remembered solutions.</summary>
    public CachePrecision CachePrecision { get; init; } = CachePrecision.Float32;

    /// <summary>Whether the solutions of the adjoint equation are remembered too; used by iterative adjoints.</summary>
    public bool CascadeBackward { get; init; } = true;

    /// <summary>States on the way to the fixed point that get a loss of their own, beside the fixed point.</summary>
    public int LossStates { get; init; }

    /// <summary>Weight of a state's loss relative to the next later one's.</summary>
    public double LossDecay { get; init; } = 0.8;

    /// <summary>Decoupled weight decay per unit of the learning rate; acts on convolution weights alone.</summary>
    public double WeightDecay { get; init; }

    /// <summary>How the learning rate changes.</summary>
    public RateScheduleKind RateSchedule { get; init; } = RateScheduleKind.Constant;

    /// <summary>Steps over which the learning rate rises from nearly zero.</summary>
    public int RateWarmup { get; init; }

    /// <summary>Learning rate at the end of a cosine, as a share of <see cref="LearningRate"/>.</summary>
    public double RateFinal { get; init; }

    /// <summary>Epochs between the steps of a step schedule.</summary>
    public int RateStepEpochs { get; init; } = 10;

    /// <summary>Factor of each step of a step schedule.</summary>
    public double RateStepFactor { get; init; } = 0.5;

    /// <summary>Tolerance of the first epoch; 0 takes <see cref="Tolerance"/> from the beginning.</summary>
    public double ToleranceStart { get; init; }

    /// <summary>Epochs over which the tolerance falls, in equal ratios, from its start to <see cref="Tolerance"/>.</summary>
    public int ToleranceEpochs { get; init; } = 5;

    /// <summary>What is trained first, before solves begin.</summary>
    public PretrainKind Pretrain { get; init; } = PretrainKind.None;

    /// <summary>Epochs of <see cref="Pretrain"/>, counted among all.</summary>
    public int PretrainEpochs { get; init; } = 1;

    /// <summary>Applications of the layer in unrolled pre-training.</summary>
    public int PretrainSteps { get; init; } = 2;

    /// <summary>Validations without improvement after which training ends; 0 is never.</summary>
    public int EarlyStop { get; init; }

    /// <summary>What makes one validation better than another.</summary>
    public BestByKind BestBy { get; init; } = BestByKind.Psnr;

    /// <summary>Which weights the final result is measured with.</summary>
    public ReportedWeights Report { get; init; } = ReportedWeights.Last;

    /// <summary>Whether a diverging training is turned back.</summary>
    public bool Guard { get; init; } = true;

    /// <summary>Multiple of the median of recent losses above which a loss counts as an explosion.</summary>
    public double GuardFactor { get; init; } = 20;

    /// <summary>Losses and solves that count as recent.</summary>
    public int GuardWindow { get; init; } = 32;

    /// <summary>Share of recent solves that may diverge.</summary>
    public double GuardDiverged { get; init; } = 0.5;

    /// <summary>Steps between the states that are kept to turn back to.</summary>
    public int GuardEvery { get; init; } = 20;

    /// <summary>How often a training is turned back before it is given up.</summary>
    public int GuardRescues { get; init; } = 4;

    /// <summary>Steps between checkpoints; 0 writes one after each epoch.</summary>
    public int CheckpointEvery { get; init; }
}
