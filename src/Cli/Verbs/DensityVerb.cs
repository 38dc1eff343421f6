using CommandLine;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>Options of <c>density</c>.</summary>
internal sealed class DensityOptions : DeviceOptions, IHasExamples
{
    public static IReadOnlyList<string> Examples =>
    [
        "--trajectory t.npy --method voronoi --size 256,256 --out w.npy",
        "--trajectory t.npy --method pipe --size 256,256 --normalise maxeig --out w.npy",
    ];

    [Option("trajectory", Required = true, MetaValue = "FILE", HelpText = "Points [..., spokes, readout, 2], cycles per field of view; pipe takes any [..., 2].")]
    public string Trajectory { get; set; } = "";

    [Option("method", Default = "voronoi", MetaValue = "NAME", HelpText = "ramp, voronoi or pipe.")]
    public string Method { get; set; } = "voronoi";

    [Option("size", Required = true, MetaValue = "ROWS,COLUMNS", HelpText = "Image size in pixels.")]
    public string Size { get; set; } = "";

    [Option("normalise", Default = "none", MetaValue = "NAME", HelpText = "none, or maxeig: divide by the largest eigenvalue of the weighted normal operator.")]
    public string Normalise { get; set; } = "none";

    [Option("out", Required = true, MetaValue = "FILE", HelpText = "Weights (not their roots), float32, axes of the trajectory.")]
    public string Out { get; set; } = "";
}

/// <summary>Computes density weights of a trajectory.</summary>
internal static class DensityVerb
{
    public static ExitCode Run(DensityOptions options, CommandContext context)
    {
        (int rows, int columns) = Values.Size("--size", options.Size);
        DensityRule method = Values.Choice(
            "--method", options.Method, ("ramp", DensityRule.Ramp), ("voronoi", DensityRule.Voronoi), ("pipe", DensityRule.Pipe));
        DensityNormKind norm = Values.Choice(
            "--normalise", options.Normalise, ("none", DensityNormKind.None), ("maxeig", DensityNormKind.MaximumEigenvalue));
        Device device = context.OpenDevice(options);
        context.Terminal.Out.WriteLine($"{options.Out}: {DensityFile.Run(options.Trajectory, method, norm, rows, columns, options.Out, device)}");
        return ExitCode.Done;
    }
}
