using CommandLine;
using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>Options of <c>info</c>.</summary>
internal sealed class InfoOptions : VerbOptions, IHasExamples
{
    public static IReadOnlyList<string> Examples => ["FILE", "raw.h5 --json"];

    public override IReadOnlyList<string> FileNames => ["FILE"];

    [Option("json", HelpText = "Write one JSON object.")]
    public bool Json { get; set; }
}

/// <summary>Says what a file holds.</summary>
internal static class InfoVerb
{
    public static ExitCode Run(InfoOptions options, CommandContext context)
    {
        FileDescription description = FileInspector.Describe(options.Files.First());
        context.Terminal.Out.WriteLine(options.Json ? description.ToJson() : description.ToText());
        return ExitCode.Done;
    }
}
