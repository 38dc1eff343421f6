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
    ];

    [Option("spokes", Required = true, MetaValue = "N", HelpText = "Number of full spokes before undersampling.")]
    public int Spokes { get; set; }

    [Option("size", Required = true, MetaValue = "ROWS,COLUMNS", HelpText = "Image size in pixels.")]
    public string Size { get; set; } = "";

    [Option("readout", MetaValue = "N", HelpText = "Samples per spoke; by default the longer side of the image.")]
    public int Readout { get; set; }

    [Option("order", Default = "golden", MetaValue = "NAME", HelpText = "Order of the angles: golden or uniform.")]
    public string Order { get; set; } = "golden";

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
            Spokes = Values.AtLeast("--spokes", options.Spokes, 1),
            Rows = rows,
            Columns = columns,
            Readout = Values.AtLeast("--readout", options.Readout, 0),
            Order = Values.Choice("--order", options.Order, ("golden", SpokeOrder.Golden), ("uniform", SpokeOrder.Uniform)),
            HalfShift = options.HalfShift,
            Pattern = Choices.Pattern("--pattern", options.Pattern),
            Acceleration = Values.AtLeast("--acceleration", options.Acceleration, 1),
        });
        context.Terminal.Out.WriteLine($"{options.Out}: float32 {shape}, largest angular gap {gaps.Largest:F2} of the mean");
        return ExitCode.Done;
    }
}
