using CommandLine;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>Options of <c>prepare</c>.</summary>
internal sealed class PrepareOptions : DeviceOptions, IHasExamples
{
    public static IReadOnlyList<string> Examples =>
    [
        "--train a.h5 b.h5 --validation c.h5 --test d.h5 --virtual-coils 12 --delays ring --out dataset",
        "--test k.npy --size 256 --order golden --noise noise.npy --slices 4,24 --out dataset",
        "--train p1=scan1.h5 p2=scan2.h5 --test p3=scan3.h5 --compression geometric --coil-energy 0.99 --maps walsh --out dataset",
    ];

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

    [Option("maps", Default = "jsense", MetaValue = "NAME", HelpText = "Coil maps to store with the slices: jsense, espirit, walsh or none.")]
    public string Maps { get; set; } = "jsense";

    [Option("out", Required = true, MetaValue = "DIR", HelpText = "Folder of the dataset; must not exist, or be left by the same call, which then goes on.")]
    public string Out { get; set; } = "";
}

/// <summary>Makes a dataset of raw files.</summary>
internal static class PrepareVerb
{
    public static ExitCode Run(PrepareOptions options, CommandContext context)
    {
        var request = new PreparationRequest
        {
            Inputs =
            [
                .. options.Train.Select(file => RawInput.Parse(file, Split.Train)),
                .. options.Validation.Select(file => RawInput.Parse(file, Split.Validation)),
                .. options.Test.Select(file => RawInput.Parse(file, Split.Test)),
            ],
            Source = Source(options),
            Settings = Settings(options),
        };
        request.Validate();
        Device device = context.OpenDevice(options);
        IReadOnlyList<string> lines = context.WithProgress(progress => PreparationRun.Write(options.Out, request, device, progress, context.StopToken()));
        context.Terminal.Out.WriteLine($"{options.Out}: {string.Join($"{Environment.NewLine}  ", lines)}");
        return ExitCode.Done;
    }

    private static RawSource Source(PrepareOptions options) => new()
    {
        Matrix = Count("--size", options.Size),
        Trajectory = options.Trajectory,
        TrajectoryUnit = options.TrajectoryUnit is null ? null : Choices.TrajectoryUnit("--trajectory-unit", options.TrajectoryUnit),
        Angles = options is { Order: null, GoldenNumber: null, Angles: null, AngleUnit: null } ? null : new SpokeAngles
        {
            Order = options.Order is null ? null : Choices.Order("--order", options.Order),
            GoldenNumber = Count("--golden-number", options.GoldenNumber),
            File = options.Angles,
            Unit = options.AngleUnit is null ? null : Choices.AngleUnit("--angle-unit", options.AngleUnit),
        },
        HalfShift = options.HalfShift,
        Noise = options.Noise,
        Partitions = Count("--partitions", options.Partitions),
        CentrePartition = options.CentrePartition is { } centre ? Values.AtLeast("--centre-partition", centre, 0) : null,
    };

    private static PreparationSettings Settings(PrepareOptions options) => new()
    {
        Whiten = Values.Choice("--whiten", options.Whiten, ("auto", WhitenKind.Auto), ("on", WhitenKind.On), ("off", WhitenKind.Off)),
        ReadoutOversampling = Values.AtLeast("--readout-oversampling", options.ReadoutOversampling, 1),
        DelayMethod = options.Delays switch { "ring" => DelayMethod.Ring, "antiparallel" => DelayMethod.Antiparallel, _ => null },
        Delays = options.Delays is null or "ring" or "antiparallel" ? null : GradientDelays.Parse("--delays", options.Delays),
        VolumeSlices = Count("--volume-slices", options.VolumeSlices),
        Slices = options.Slices is null ? null : Values.Range("--slices", options.Slices),
        Compression = options.Compression is null
            ? null
            : Values.Choice("--compression", options.Compression, ("svd", CompressionKind.Svd), ("geometric", CompressionKind.Geometric)),
        VirtualCoils = Count("--virtual-coils", options.VirtualCoils),
        CoilEnergy = options.CoilEnergy,
        Maps = options.Maps == "none" ? null : new CoilMapChoice { Method = Choices.CoilMaps("--maps", options.Maps) },
    };

    private static int? Count(string option, int? value) => value is { } given ? Values.AtLeast(option, given, 1) : null;
}
