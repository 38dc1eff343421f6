using CommandLine;
using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>Options of <c>profile nufft</c>.</summary>
internal sealed class ProfileNufftOptions : NufftChoices, IProfileOptions, IHasExamples
{
    public static IReadOnlyList<string> Examples => ["--trajectory t.npy --image x.npy --out profile"];

    [Option("steps", Default = 5, MetaValue = "N", HelpText = "Whole transforms that are watched, from file to file.")]
    public int Steps { get; set; } = 5;

    [Option("warm-ups", Default = 2, MetaValue = "N", HelpText = "Transforms before them, for the just-in-time compiler and caches.")]
    public int WarmUps { get; set; } = 2;

    [Option("out", Required = true, MetaValue = "DIR", HelpText = "Folder of profile.json, trace.json for ui.perfetto.dev, and profile.html; must not exist.")]
    public string Out { get; set; } = "";
}

/// <summary>Shows where time and memory of a NUFFT between files go.</summary>
internal static class ProfileNufftVerb
{
    public static ExitCode Run(ProfileNufftOptions options, CommandContext context)
    {
        ProfileRequest request = IProfileOptions.Request(options, context);
        NufftRequest nufft = options.Request(output: "");
        ProfileVerb.Show(options, context, ProfileRun.Nufft(nufft, request, context.OpenDevice(options), context.StopToken()));
        return ExitCode.Done;
    }
}
