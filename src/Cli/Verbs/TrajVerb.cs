using CommandLine;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>Options of <c>traj</c>.</summary>
internal sealed class TrajOptions : VerbOptions, IHasExamples
{
    public static IReadOnlyList<string> Examples =>
    [
        "--spokes 34 --size 128,128 --out t.npy",
        "--spokes 400 --size 256,256 --pattern equiangular --acceleration 4 --out t.npy",
        "--spokes 400 --size 256,256 --golden-number 7 --out t.npy",
        "--angles angles.npy --angle-unit degrees --size 256,256 --out t.npy",
    ];

    [Option("spokes", MetaValue = "N", HelpText = "Number of full spokes before undersampling; not needed with --angles.")]
    public int? Spokes { get; set; }

    [Option("size", Required = true, MetaValue = "ROWS,COLUMNS", HelpText = "Image size in pixels.")]
    public string Size { get; set; } = "";

    [Option("readout", MetaValue = "N", HelpText = "Samples per spoke; by default the longer side of the image.")]
    public int Readout { get; set; }

    [Option("order", MetaValue = "NAME", HelpText = "Order of the angles: golden (default), uniform (half a circle) or full-circle.")]
    public string? Order { get; set; }

    [Option("golden-number", MetaValue = "N", HelpText = "Golden angle 180/(1.618 + N - 1) degrees: 1 (default) for 111.25, 7 for the tiny 23.63.")]
    public int? GoldenNumber { get; set; }

    [Option("angles", MetaValue = "FILE", HelpText = "Array of angles in acquisition order, in place of --order: the directions in which spokes are traversed.")]
    public string? Angles { get; set; }

    [Option("angle-unit", MetaValue = "NAME", HelpText = "Unit of --angles: radians (default) or degrees.")]
    public string? AngleUnit { get; set; }

    [Option("half-shift", HelpText = "Put k = 0 between two samples.")]
    public bool HalfShift { get; set; }

    [Option("pattern", Default = "temporal", MetaValue = "NAME", HelpText = "Spokes that undersampling keeps: temporal, equiangular or contiguous.")]
    public string Pattern { get; set; } = "temporal";

    [Option("acceleration", Default = 1, MetaValue = "R", HelpText = "Undersampling factor; 1 keeps all spokes.")]
    public int Acceleration { get; set; } = 1;

    [Option("out", Required = true, MetaValue = "FILE", HelpText = "Array to write: float32 [spokes, readout, 2], cycles per field of view.")]
    public string Out { get; set; } = "";
}

/// <summary>Makes a radial trajectory.</summary>
internal static class TrajVerb
{
    public static ExitCode Run(TrajOptions options, CommandContext context)
    {
        (int rows, int columns) = Values.Size("--size", options.Size);
        (Shape shape, AngularGaps gaps) = TrajectoryFile.Write(options.Out, new TrajectoryRequest
        {
            Spokes = options.Spokes is { } spokes ? Values.AtLeast("--spokes", spokes, 1) : 0,
            Rows = rows,
            Columns = columns,
            Readout = Values.AtLeast("--readout", options.Readout, 0),
            Angles = new SpokeAngles
            {
                Order = options.Order is null ? null : Choices.Order("--order", options.Order),
                GoldenNumber = options.GoldenNumber is { } number ? Values.AtLeast("--golden-number", number, 1) : null,
                File = options.Angles,
                Unit = options.AngleUnit is null ? null : Choices.AngleUnit("--angle-unit", options.AngleUnit),
            },
            HalfShift = options.HalfShift,
            Pattern = Choices.Pattern("--pattern", options.Pattern),
            Acceleration = Values.AtLeast("--acceleration", options.Acceleration, 1),
        });
        context.Terminal.Out.WriteLine($"{options.Out}: float32 {shape}, {gaps}");
        return ExitCode.Done;
    }
}
