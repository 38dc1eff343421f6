using CommandLine;
using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>Options of <c>export</c>.</summary>
internal sealed class ExportOptions : VerbOptions, IHasExamples
{
    public static IReadOnlyList<string> Examples => ["--checkpoint runs/x/checkpoint.safetensors --onnx denoiser.onnx"];

    [Option("checkpoint", Required = true, MetaValue = "FILE", HelpText = "Trained model, checkpoint.safetensors or best.safetensors of a run.")]
    public string Checkpoint { get; set; } = "";

    [Option("onnx", Required = true, MetaValue = "FILE", HelpText = "ONNX file (operator set 17) of the denoiser: float32 [batch, 2, rows, columns] with channels re, im; replaced if it exists.")]
    public string Onnx { get; set; } = "";

    [Option("rows", MetaValue = "N", HelpText = "Rows of the images; by default the matrix of the training.")]
    public int? Rows { get; set; }

    [Option("columns", MetaValue = "N", HelpText = "Columns of the images; by default the matrix of the training.")]
    public int? Columns { get; set; }
}

/// <summary>Writes the denoiser of a trained model for other programs.</summary>
internal static class ExportVerb
{
    public static ExitCode Run(ExportOptions options, CommandContext context)
    {
        OnnxDenoiser.Export(options.Checkpoint, AtLeastOne("--rows", options.Rows), AtLeastOne("--columns", options.Columns), options.Onnx);
        context.Terminal.Out.WriteLine($"denoiser: {options.Onnx}");
        return ExitCode.Done;
    }

    private static int? AtLeastOne(string option, int? value) => value is { } given ? Values.AtLeast(option, given, 1) : null;
}
