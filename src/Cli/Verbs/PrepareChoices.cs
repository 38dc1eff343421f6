using CommandLine;
using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>Options that say what to prepare, and how.</summary>
internal abstract class PrepareChoices : DeviceOptions
{
    [Option("train", MetaValue = "FILES", HelpText = "Raw files of subjects for training: ISMRMRD (.h5, .mrd), .npy [coil, partition, spoke, readout], or .cfl [1, readout, spoke, coil, ..., partition]. One subject each, FILE or NAME=FILE.")]
    public IEnumerable<string> Train { get; set; } = [];

    [Option("validation", MetaValue = "FILES", HelpText = "Raw files of subjects on which training is watched.")]
    public IEnumerable<string> Validation { get; set; } = [];

    [Option("test", MetaValue = "FILES", HelpText = "Raw files of subjects that only measure the result.")]
    public IEnumerable<string> Test { get; set; } = [];

    [Option("size", MetaValue = "N", HelpText = "Side of the image in pixels; by default what an ISMRMRD header asks for.")]
    public int? Size { get; set; }

    [Option("trajectory", MetaValue = "FILE", HelpText = "Points [spoke, readout, 2] of all raw files, in place of those in the files.")]
    public string? Trajectory { get; set; }

    [Option("trajectory-unit", MetaValue = "NAME", HelpText = "Unit of trajectories: cycles-per-fov, cycles-per-pixel, radians-per-pixel or normalised (edge of k-space at 1); by default what the raw file says, else cycles-per-fov.")]
    public string? TrajectoryUnit { get; set; }

    [Option("order", MetaValue = "NAME", HelpText = "Order of spoke angles where there is no trajectory: golden, uniform or full-circle.")]
    public string? Order { get; set; }

    [Option("golden-number", MetaValue = "N", HelpText = "Golden angle 180/(1.618 + N - 1) degrees, with --order golden; by default 1.")]
    public int? GoldenNumber { get; set; }

    [Option("angles", MetaValue = "FILE", HelpText = "Angles of the spokes where there is no trajectory, in the order of acquisition.")]
    public string? Angles { get; set; }

    [Option("angle-unit", MetaValue = "NAME", HelpText = "Unit of --angles: radians (default) or degrees.")]
    public string? AngleUnit { get; set; }

    [Option("half-shift", HelpText = "k = 0 lies between two samples; with --order or --angles.")]
    public bool HalfShift { get; set; }

    [Option("noise", MetaValue = "FILE", HelpText = "Noise scan [coil, ...] for arrays; ISMRMRD files hold theirs.")]
    public string? Noise { get; set; }

    [Option("partitions", MetaValue = "N", HelpText = "Partitions of the whole kz grid, where arrays hold a part of it.")]
    public int? Partitions { get; set; }

    [Option("centre-partition", MetaValue = "I", HelpText = "Index of kz = 0 in arrays; by default the middle.")]
    public int? CentrePartition { get; set; }

    [Option("whiten", Default = "auto", MetaValue = "NAME", HelpText = "Whiten receiver noise: auto (where there is a noise scan), on or off.")]
    public string Whiten { get; set; } = "auto";

    [Option("delays", MetaValue = "NAME", HelpText = "Correct gradient delays: ring, antiparallel, or three numbers X,Y,XY in samples; by default not.")]
    public string? Delays { get; set; }

    [Option("readout-oversampling", Default = 1, MetaValue = "R", HelpText = "Readout oversampling to remove; the field of view becomes a disc of the image's width.")]
    public int ReadoutOversampling { get; set; } = 1;

    [Option("volume-slices", MetaValue = "N", HelpText = "Slices of the volume, at least the partitions; more interpolate along z. By default what the raw file implies.")]
    public int? VolumeSlices { get; set; }

    [Option("slices", MetaValue = "FIRST,COUNT", HelpText = "Slices to keep; by default what the raw file implies.")]
    public string? Slices { get; set; }

    [Option("virtual-coils", MetaValue = "N", HelpText = "Compress coils to so many virtual ones.")]
    public int? VirtualCoils { get; set; }

    [Option("coil-energy", MetaValue = "X", HelpText = "Compress coils to the fewest that keep this share of the energy, for example 0.99.")]
    public double? CoilEnergy { get; set; }

    [Option("compression", MetaValue = "NAME", HelpText = "svd (default): one set of virtual coils; geometric: aligned sets per slice.")]
    public string? Compression { get; set; }

    [Option("maps", MetaValue = "NAME", HelpText = "Coil maps to store with the slices: jsense (default), espirit, walsh, or none; short for --set maps=NAME.")]
    public string? Maps { get; set; }

    [Option("preset", MetaValue = "NAME", HelpText = "Preset of the training whose inputs and targets are stored: tiny (default), small or paper; or none for slices and maps alone.")]
    public string? Preset { get; set; }

    [Option("config", MetaValue = "FILE", HelpText = "JSON file of config keys of that training, or the config.json of a run.")]
    public string? Config { get; set; }

    [Option("set", MetaValue = "KEY=VALUE", HelpText = "Config keys of that training that decide its data, such as acceleration, dcf or target; others are refused. 'stardeq train --keys' lists them.")]
    public IEnumerable<string> Set { get; set; } = [];

    /// <summary>What the options ask for.</summary>
    /// <exception cref="InputException">A value is not legal.</exception>
    public PreparationRequest Request() => new()
    {
        Inputs =
        [
            .. Train.Select(file => RawInput.Parse(file, Split.Train)),
            .. Validation.Select(file => RawInput.Parse(file, Split.Validation)),
            .. Test.Select(file => RawInput.Parse(file, Split.Test)),
        ],
        Source = Source(),
        Settings = Settings().For(Preset, Config, [.. Set], Maps),
    };

    private RawSource Source() => new()
    {
        Matrix = Count("--size", Size),
        Trajectory = Trajectory,
        TrajectoryUnit = TrajectoryUnit is null ? null : Choices.TrajectoryUnit("--trajectory-unit", TrajectoryUnit),
        Angles = this is { Order: null, GoldenNumber: null, Angles: null, AngleUnit: null } ? null : new SpokeAngles
        {
            Order = Order is null ? null : Choices.Order("--order", Order),
            GoldenNumber = Count("--golden-number", GoldenNumber),
            File = Angles,
            Unit = AngleUnit is null ? null : Choices.AngleUnit("--angle-unit", AngleUnit),
        },
        HalfShift = HalfShift,
        Noise = Noise,
        Partitions = Count("--partitions", Partitions),
        CentrePartition = CentrePartition is { } centre ? Values.AtLeast("--centre-partition", centre, 0) : null,
    };

    private PreparationSettings Settings() => new()
    {
        Whiten = Values.Choice("--whiten", Whiten, ("auto", WhitenKind.Auto), ("on", WhitenKind.On), ("off", WhitenKind.Off)),
        ReadoutOversampling = Values.AtLeast("--readout-oversampling", ReadoutOversampling, 1),
        DelayMethod = Delays switch { "ring" => DelayMethod.Ring, "antiparallel" => DelayMethod.Antiparallel, _ => null },
        Delays = Delays is null or "ring" or "antiparallel" ? null : GradientDelays.Parse("--delays", Delays, others: "ring, antiparallel or "),
        VolumeSlices = Count("--volume-slices", VolumeSlices),
        Slices = Slices is null ? null : Values.Range("--slices", Slices),
        Compression = Compression is null
            ? null
            : Values.Choice("--compression", Compression, ("svd", CompressionKind.Svd), ("geometric", CompressionKind.Geometric)),
        VirtualCoils = Count("--virtual-coils", VirtualCoils),
        CoilEnergy = CoilEnergy,
    };

    private static int? Count(string option, int? value) => value is { } given ? Values.AtLeast(option, given, 1) : null;
}
