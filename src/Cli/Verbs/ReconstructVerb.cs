using CommandLine;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>Options of <c>reconstruct</c>.</summary>
internal sealed class ReconstructOptions : DeviceOptions, IHasExamples
{
    public static IReadOnlyList<string> Examples =>
    [
        "--kspace k.npy --trajectory t.npy --size 288,288 --method gridding --out images",
        "--kspace k.npy --trajectory t.npy --size 288,288 --method cg-sense --coils maps.npy --iterations 30 --lambda 0.001 --out images",
        "--data dataset --checkpoint runs/x/checkpoint.safetensors --out images",
    ];

    [Option("kspace", MetaValue = "FILE", HelpText = "Radial data [coil, (partition,) spoke, readout], complex.")]
    public string? KSpace { get; set; }

    [Option("trajectory", MetaValue = "FILE", HelpText = "Points [spoke, readout, 2], cycles per field of view.")]
    public string? Trajectory { get; set; }

    [Option("data", MetaValue = "DIR", HelpText = "Data set made by 'simulate', in place of --kspace and --trajectory.")]
    public string? Data { get; set; }

    [Option("size", MetaValue = "ROWS,COLUMNS", HelpText = "Image size in pixels; needed with --kspace.")]
    public string? Size { get; set; }

    [Option("method", MetaValue = "NAME", HelpText = "gridding or cg-sense; without --checkpoint.")]
    public string? Method { get; set; }

    [Option("checkpoint", MetaValue = "FILE", HelpText = "Trained model, checkpoint.safetensors of a run.")]
    public string? Checkpoint { get; set; }

    [Option("coils", MetaValue = "FILE", HelpText = "Coil maps [coil, (slice,) rows, columns]; by default estimated from the data.")]
    public string? Coils { get; set; }

    [Option("iterations", Default = 30, MetaValue = "N", HelpText = "Iterations of cg-sense.")]
    public int Iterations { get; set; } = 30;

    [Option("lambda", Default = 0.001, MetaValue = "X", HelpText = "Tikhonov weight of cg-sense, relative to the largest eigenvalue of the normal operator.")]
    public double Lambda { get; set; } = 0.001;

    [Option("pattern", Default = "temporal", MetaValue = "NAME", HelpText = "Spokes that undersampling keeps: temporal, equiangular or contiguous.")]
    public string Pattern { get; set; } = "temporal";

    [Option("acceleration", MetaValue = "R", HelpText = "Undersampling factor; by default 1 with --kspace, and that of the training with --checkpoint and --data.")]
    public int Acceleration { get; set; }

    [Option("out", Required = true, MetaValue = "DIR", HelpText = "Folder of images, pictures and a record; must not exist.")]
    public string Out { get; set; } = "";
}

/// <summary>Reconstructs images from k-space.</summary>
internal static class ReconstructVerb
{
    public static ExitCode Run(ReconstructOptions options, CommandContext context)
    {
        var request = new ReconstructionRequest
        {
            KSpace = options.KSpace,
            Trajectory = options.Trajectory,
            DataFolder = options.Data,
            Size = options.Size is null ? null : Values.Size("--size", options.Size),
            Method = options.Method is null
                ? null
                : Values.Choice<ClassicalMethod?>("--method", options.Method, ("gridding", ClassicalMethod.Gridding), ("cg-sense", ClassicalMethod.CgSense)),
            Checkpoint = options.Checkpoint,
            Maps = options.Coils,
            Iterations = Values.AtLeast("--iterations", options.Iterations, 1),
            Lambda = Values.AtLeast("--lambda", options.Lambda, 0),
            Pattern = Choices.Pattern("--pattern", options.Pattern),
            Acceleration = Values.AtLeast("--acceleration", options.Acceleration, 0),
        };
        Device device = context.OpenDevice(options);
        context.Terminal.Out.WriteLine(context.WithProgress(progress => ReconstructionRun.Write(options.Out, request, device, progress, context.StopToken())));
        return ExitCode.Done;
    }
}
