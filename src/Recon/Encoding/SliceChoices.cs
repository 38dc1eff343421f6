namespace Stardeq.Recon;

/// <summary>What becomes of the slices of a dataset on their way to a reconstruction.</summary>
public sealed record SliceChoices
{
    /// <summary>Weights, scale and target.</summary>
    public required EncodingSettings Encoding { get; init; }

    /// <summary>How coil maps are estimated; null takes those that the dataset holds, and the default where it holds none.</summary>
    public CoilMapChoice? Maps { get; init; }

    /// <summary>Whether the true maps of a simulation are used instead.</summary>
    public bool TrueMaps { get; init; }

    /// <summary>Whether maps are estimated from all spokes, and not from the kept ones alone.</summary>
    public bool MapsFromFull { get; init; }

    /// <summary>Whether targets are made, and the slices as plain least squares and as gridded by areas beside the weighted ones:
    /// what training and comparisons need.</summary>
    public bool Yardsticks { get; init; }

    /// <summary>What a training configuration asks for.</summary>
    public static SliceChoices From(TrainingConfig config) => new()
    {
        Encoding = Settings(config),
        Maps = Coils(config),
        TrueMaps = config.Maps == MapsKind.True,
        MapsFromFull = config.MapsFrom == MapsSourceKind.Full,
        Yardsticks = true,
    };

    /// <summary>The preparation that a configuration asks for.</summary>
    public static EncodingSettings Settings(TrainingConfig config) => new()
    {
        Density = config.Density,
        DensityNorm = config.DensityNorm,
        Accuracy = config.Nufft,
        KSpaceNorm = config.KSpaceNorm,
        Norm = config.ImageNorm,
        Target = config.Target,
    };

    /// <summary>The estimation of coil maps that a configuration asks for; without one, the default.</summary>
    public static CoilMapChoice Coils(TrainingConfig config) => new()
    {
        Method = config.Maps switch
        {
            MapsKind.Jsense => CoilMapMethod.Jsense,
            MapsKind.Espirit => CoilMapMethod.Espirit,
            _ => CoilMapMethod.Walsh,
        },
        Jsense = new JsenseSettings
        {
            Basis = config.JsenseBasis,
            Kernel = config.JsenseKernel,
            Degree = config.JsenseDegree,
            Calibration = config.JsenseCalibration,
            Rounds = config.JsenseRounds,
            Iterations = config.JsenseIterations,
            Lambda = config.JsenseLambda,
        },
        Espirit = new EspiritSettings
        {
            Calibration = config.EspiritCalibration,
            Kernel = config.EspiritKernel,
            Threshold = config.EspiritThreshold,
            Crop = config.EspiritCrop,
        },
    };
}
