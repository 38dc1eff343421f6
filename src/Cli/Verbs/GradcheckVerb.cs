using CommandLine;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>Options of <c>gradcheck</c>.</summary>
internal sealed class GradcheckOptions : DeviceOptions, IHasExamples
{
    public static IReadOnlyList<string> Examples => ["", "--op conv2d", "--reference cases --precision single"];

    [Option("op", MetaValue = "NAME", HelpText = "Only the operations and models whose name contains this.")]
    public string? Op { get; set; }

    [Option("reference", MetaValue = "PATH", HelpText = "Recompute reference cases: .safetensors files, or folders of them.")]
    public IEnumerable<string> Reference { get; set; } = [];

    [Option("precision", Default = "double", MetaValue = "NAME", HelpText = "Precision of reference cases: double or single.")]
    public string Precision { get; set; } = "double";
}

/// <summary>Checks gradients by finite differences and against the reference; 1 if one is wrong.</summary>
internal static class GradcheckVerb
{
    public static ExitCode Run(GradcheckOptions options, CommandContext context)
    {
        DType precision = Values.Choice("--precision", options.Precision, ("double", DType.Float64), ("single", DType.Float32));
        Device device = context.OpenDevice(options);
        string[] paths = [.. options.Reference];
        GradcheckSummary summary = paths.Length > 0
            ? Gradcheck.Reference(paths, device, precision, context.Terminal.Out.WriteLine)
            : Gradcheck.Operations(options.Op, device, context.Terminal.Out.WriteLine);
        context.Terminal.Out.WriteLine($"{summary.Passed} passed, {summary.Failed} failed, {summary.NotSupported} not supported yet");
        return summary.Failed == 0 ? ExitCode.Done : ExitCode.CheckFailed;
    }
}
