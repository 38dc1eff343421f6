using CommandLine;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>Options of <c>profile reconstruct</c>.</summary>
internal sealed class ProfileReconstructOptions : ReconstructChoices, IProfileOptions, IHasExamples
{
    public static IReadOnlyList<string> Examples => ["--kspace k.npy --trajectory t.npy --size 288,288 --method cg-sense --out profile"];

    [Option("steps", Default = 3, MetaValue = "N", HelpText = "Whole reconstructions that are watched, files included.")]
    public int Steps { get; set; } = 3;

    [Option("warm-ups", Default = 1, MetaValue = "N", HelpText = "Reconstructions before them, for the just-in-time compiler and caches.")]
    public int WarmUps { get; set; } = 1;

    [Option("out", Required = true, MetaValue = "DIR", HelpText = "Folder of profile.json, trace.json for ui.perfetto.dev, and profile.html; must not exist.")]
    public string Out { get; set; } = "";
}

/// <summary>Shows where time and memory of reconstructions go.</summary>
internal static class ProfileReconstructVerb
{
    public static ExitCode Run(ProfileReconstructOptions options, CommandContext context)
    {
        ProfileRequest request = IProfileOptions.Request(options, context);
        ReconstructionRequest reconstruction = options.Request(context.Arguments);
        reconstruction.Validate();
        Device device = context.OpenDevice(options);
        ProfileVerb.Show(options, context, context.WithProgress(progress => ProfileRun.Reconstruct(reconstruction, request, device, progress, context.StopToken())));
        return ExitCode.Done;
    }
}
