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
    ];

    [Option("data", Required = true, MetaValue = "DIR", HelpText = "Data set made by 'simulate'; its held-out slices are measured.")]
    public string Data { get; set; } = "";

    [Option("checkpoint", Required = true, MetaValue = "FILE", HelpText = "Trained model, checkpoint.safetensors of a run.")]
    public string Checkpoint { get; set; } = "";

    [Option("pattern", MetaValue = "NAME", HelpText = "temporal, equiangular or contiguous; by default the test_pattern of the training.")]
    public string? Pattern { get; set; }

    [Option("acceleration", MetaValue = "R", HelpText = "Undersampling factor; by default that of the training.")]
    public int Acceleration { get; set; }

    [Option("out", Required = true, MetaValue = "FILE", HelpText = "Table of PSNR, SSIM and NMSE as JSON.")]
    public string Out { get; set; } = "";
}

/// <summary>Measures a trained model beside gridding and CG-SENSE.</summary>
internal static class EvaluateVerb
{
    public static ExitCode Run(EvaluateOptions options, CommandContext context)
    {
        UndersamplingPattern? pattern = options.Pattern is null ? null : Choices.Pattern("--pattern", options.Pattern);
        int acceleration = Values.AtLeast("--acceleration", options.Acceleration, 0);
        Device device = context.OpenDevice(options);
        ResultTable table = context.WithProgress(progress => EvaluationRun.Write(
            options.Out, options.Data, options.Checkpoint, pattern, acceleration, device, progress, context.StopToken()));
        ResultView.Write(context.Terminal, table);
        return ExitCode.Done;
    }
}
