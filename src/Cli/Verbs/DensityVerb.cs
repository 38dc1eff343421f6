using CommandLine;
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

    [Option("trajectory", Required = true, MetaValue = "FILE", HelpText = "Points [..., spoke, sample, 2] = (kx, ky), cycles per field of view; pipe takes any [..., 2].")]
    public string Trajectory { get; set; } = "";

    [Option("method", Default = "voronoi", MetaValue = "NAME", HelpText = "ramp (equal angles), voronoi (each spoke its own sector) or pipe (any trajectory, iterative; any scale).")]
    public string Method { get; set; } = "voronoi";

    [Option("size", Required = true, MetaValue = "ROWS,COLUMNS", HelpText = "Image size in pixels.")]
    public string Size { get; set; } = "";

    [Option("normalise", Default = "none", MetaValue = "NAME", HelpText = "none: ramp and voronoi are areas of k-space in (cycles per field of view)^2; or maxeig: divide by the largest eigenvalue of F^H W F.")]
    public string Normalise { get; set; } = "none";

    [Option("out", Required = true, MetaValue = "FILE", HelpText = "Weights (not their roots) to write: float32, axes of the trajectory without the last.")]
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
        string result = DensityFile.Write(options.Out, options.Trajectory, method, norm, rows, columns, context.OpenDevice(options));
        context.Terminal.Out.WriteLine($"{options.Out}: {result}");
        return ExitCode.Done;
    }
}
