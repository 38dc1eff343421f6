namespace Stardeq.Recon;

/// <summary>When receiver noise is whitened.</summary>
public enum WhitenKind
{
    /// <summary>Where there is a noise scan.</summary>
    Auto,

    /// <summary>Always; a missing noise scan is an error.</summary>
    On,

    /// <summary>Never.</summary>
    Off,
}

/// <summary>Some consecutive slices of a volume.</summary>
/// <param name="First">Index of the first.</param>
/// <param name="Count">How many.</param>
public readonly record struct SliceRange(int First, int Count);

/// <summary>The problems that a training asks for.</summary>
/// <param name="Train">Of subjects for training and validation.</param>
/// <param name="Test">Of subjects for test.</param>
public sealed record ProblemSettings(ProblemChoices Train, ProblemChoices Test)
{
    /// <summary>Those of a configuration.</summary>
    public static ProblemSettings From(TrainingConfig config) => new(ProblemChoices.From(config, Split.Train), ProblemChoices.From(config, Split.Test));

    /// <summary>Those of a group.</summary>
    public ProblemChoices Of(Split split) => split == Split.Test ? Test : Train;
}

/// <summary>What happens to a raw measurement on its way into a dataset. Null means: not given, or not done.</summary>
public sealed record PreparationSettings
{
    private const string NoneName = "none";

    /// <summary>Whitening of noise.</summary>
    public WhitenKind Whiten { get; init; }

    /// <summary>Factor of readout oversampling to remove; 1 keeps it.</summary>
    public int ReadoutOversampling { get; init; } = 1;

    /// <summary>How gradient delays are estimated.</summary>
    public DelayMethod? DelayMethod { get; init; }

    /// <summary>Gradient delays that are known, in samples of the raw readout.</summary>
    public GradientDelays? Delays { get; init; }

    /// <summary>Slices of the transform along kz, in place of those that the raw file implies.</summary>
    public int? VolumeSlices { get; init; }

    /// <summary>First slice that is kept and number of slices, in place of those that the raw file implies.</summary>
    public SliceRange? Slices { get; init; }

    /// <summary>How virtual coils are made; <see cref="CompressionKind.Svd"/> if only their number is given.</summary>
    public CompressionKind? Compression { get; init; }

    /// <summary>Number of virtual coils.</summary>
    public int? VirtualCoils { get; init; }

    /// <summary>Share of the energy that virtual coils keep, in place of their number; per subject, so that numbers may differ.</summary>
    public double? CoilEnergy { get; init; }

    /// <summary>Coil maps that are stored with the slices.</summary>
    public CoilMapChoice? Maps { get; init; }

    /// <summary>What a training asks for: its weights, b, spectra, scales and targets are stored; null for none.</summary>
    public ProblemSettings? Problems { get; init; }

    /// <summary>The same with the maps, inputs and targets that a training asks for.</summary>
    /// <param name="preset">Its preset; null for <c>tiny</c>, "none" for maps alone.</param>
    /// <param name="configPath">JSON file of config keys, or null.</param>
    /// <param name="assignments">Texts of the form <c>key=value</c>.</param>
    /// <param name="maps">Value of the key <c>maps</c>, or "none" for no stored maps; null for <c>jsense</c>, or for what <paramref name="configPath"/> says.</param>
    /// <exception cref="InputException">A value is not legal, or they contradict each other.</exception>
    public PreparationSettings For(string? preset, string? configPath, IReadOnlyCollection<string> assignments, string? maps)
    {
        bool storesProblems = preset != NoneName;
        Require(storesProblems || (configPath is null && assignments.Count == 0), "--preset none stores no inputs of a training, which --config and --set would choose; leave them out.");
        PreparationKeys.RequireOnly(assignments);
        string? method = maps == NoneName ? null : maps ?? (configPath is null ? "jsense" : null);
        string[] keys = [.. method is null ? Array.Empty<string>() : [$"maps={method}"], .. assignments];
        TrainingConfig config = ConfigFile.Compose(storesProblems ? preset : null, configPath is null ? null : InputFile.ReadText(configPath), keys);
        Require(config.Maps != MapsKind.True, "maps=true: raw files hold no true coil maps; choose jsense, espirit or walsh.");
        return this with
        {
            Maps = maps == NoneName ? null : SliceChoices.Coils(config),
            Problems = storesProblems ? ProblemSettings.From(config) : null,
        };
    }

    /// <summary>Throws unless the parts make sense together.</summary>
    /// <exception cref="InputException">Names what does not fit, and what to do.</exception>
    public void Validate()
    {
        Require(DelayMethod is null || Delays is null, "give a method of estimating gradient delays or the delays themselves, not both.");
        Require(VirtualCoils is null || CoilEnergy is null, "--virtual-coils and --coil-energy both say how many virtual coils there are; give one of them.");
        Require(Compression is null || VirtualCoils is not null || CoilEnergy is not null, "--compression needs --virtual-coils or --coil-energy.");
        Require(CoilEnergy is null or (> 0 and <= 1), "--coil-energy is a share of the energy, above 0 and at most 1.");
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new InputException(message);
        }
    }
}
