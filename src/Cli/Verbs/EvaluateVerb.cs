using CommandLine;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>Options of <c>evaluate</c>.</summary>
internal sealed class EvaluateOptions : DeviceOptions, IHasExamples
{
    public static IReadOnlyList<string> Examples =>
    [
        "--data dataset --checkpoint runs/x/checkpoint.safetensors --out table.json",
        "--data dataset --checkpoint runs/x/checkpoint.safetensors --pattern equiangular --acceleration 4 --out table.json",
        "--data dataset --checkpoint runs/x/checkpoint.safetensors --curve --iterations 200 --out table.json",
    ];

    [Option("data", Required = true, MetaValue = "DIR", HelpText = "Data set made by 'simulate' or 'prepare'; its held-out slices are measured.")]
    public string Data { get; set; } = "";

    [Option("checkpoint", Required = true, MetaValue = "FILE", HelpText = "Trained model, checkpoint.safetensors of a run.")]
    public string Checkpoint { get; set; } = "";

    [Option("pattern", MetaValue = "NAME", HelpText = "temporal, equiangular or contiguous; by default the test_pattern of the training.")]
    public string? Pattern { get; set; }

    [Option("acceleration", MetaValue = "R", HelpText = "Undersampling factor; by default that of the training.")]
    public int Acceleration { get; set; }

    [Option("iterations", MetaValue = "N", HelpText = "Limit of the solver, or applications of a modl; by default as trained, and it may be more.")]
    public int? Iterations { get; set; }

    [Option("curve", HelpText = "Measure against iterations too, up to --iterations (modl: by default twice the applications of the training): the table's name with .curve.csv and .curve.svg.")]
    public bool Curve { get; set; }

    [Option("certificates", MetaValue = "on|off", HelpText = "Per slice: contraction at the solution and distance to the fixed point, at the cost of some fifty applications of the layer; by default on.")]
    public string? Certificates { get; set; }

    [Option("out", Required = true, MetaValue = "FILE", HelpText = "Table of PSNR, SSIM and NMSE as JSON, with certificates and curve.")]
    public string Out { get; set; } = "";
}

/// <summary>Measures a trained model beside gridding and CG-SENSE.</summary>
internal static class EvaluateVerb
{
    public static ExitCode Run(EvaluateOptions options, CommandContext context)
    {
        var request = new EvaluationRequest(options.Data, options.Checkpoint, options.Out)
        {
            Pattern = options.Pattern is null ? null : Choices.Pattern("--pattern", options.Pattern),
            Acceleration = Values.AtLeast("--acceleration", options.Acceleration, 0),
            Inference = new InferenceOptions(
                options.Iterations is { } iterations ? Values.AtLeast("--iterations", iterations, 1) : null,
                options.Certificates is null || Choices.Switch("--certificates", options.Certificates)),
            Curve = options.Curve,
        };
        Device device = context.OpenDevice(options);
        (ResultTable table, IReadOnlyList<string> lines) = context.WithProgress(progress => EvaluationRun.Write(request, device, progress, context.StopToken()));
        ResultView.Write(context.Terminal, table);
        foreach (string line in lines)
        {
            context.Terminal.Out.WriteLine(line);
        }

        return ExitCode.Done;
    }
}
