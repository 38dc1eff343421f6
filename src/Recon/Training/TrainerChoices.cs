namespace Stardeq.Recon;

/// <summary>Where the solves of training start.</summary>
public enum InitKind
{
    /// <summary>At the gridded image.</summary>
    Cold,

    /// <summary>At the solution of the same slice in the epoch before.</summary>
    Cascaded,
}

/// <summary>Where remembered solutions are held.</summary>
public enum CacheStoreKind
{
    /// <summary>In host memory; a copy goes into each checkpoint.</summary>
    Memory,

    /// <summary>In a memory-mapped file beside the checkpoint, which names the records that are its own.</summary>
    Mapped,
}

/// <summary>Precision of remembered solutions.</summary>
public enum CachePrecision
{
    /// <summary>As computed.</summary>
    Float32,

    /// <summary>11 bits, scaled by a power of two of each image.</summary>
    Half,
}

/// <summary>How the learning rate changes over a training.</summary>
public enum RateScheduleKind
{
    /// <summary>Not at all.</summary>
    Constant,

    /// <summary>Half a period of a cosine, from the learning rate to its final share.</summary>
    Cosine,

    /// <summary>Multiplied by a factor every few epochs.</summary>
    Step,
}

/// <summary>What is trained before solves begin.</summary>
public enum PretrainKind
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The denoiser alone: R(gridded image) against the target.</summary>
    Denoiser,

    /// <summary>A few applications of the layer from the gridded image.</summary>
    Unrolled,
}

/// <summary>What makes one validation better than another.</summary>
public enum BestByKind
{
    /// <summary>A higher PSNR.</summary>
    Psnr,

    /// <summary>A lower loss.</summary>
    Loss,
}

/// <summary>Which weights the final result is measured with.</summary>
public enum ReportedWeights
{
    /// <summary>Those of the best validation.</summary>
    Best,

    /// <summary>Those after the last step.</summary>
    Last,
}
