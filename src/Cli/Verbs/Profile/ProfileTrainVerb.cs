using CommandLine;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>Options of <c>profile train</c>.</summary>
internal sealed class ProfileTrainOptions : TrainChoices, IProfileOptions, IHasExamples
{
    public static IReadOnlyList<string> Examples => ["--preset tiny --steps 5 --out profile", "--preset small --set model=modl --data dataset --out profile"];

    [Option("steps", Default = 5, MetaValue = "N", HelpText = "Training steps that are watched.")]
    public int Steps { get; set; } = 5;

    [Option("warm-ups", Default = 5, MetaValue = "N", HelpText = "Training steps before them, for the just-in-time compiler, caches and plans.")]
    public int WarmUps { get; set; } = 5;

    [Option("out", Required = true, MetaValue = "DIR", HelpText = "Folder of profile.json, trace.json for ui.perfetto.dev, and profile.html; must not exist.")]
    public string Out { get; set; } = "";
}

/// <summary>Shows where time and memory of training steps go.</summary>
internal static class ProfileTrainVerb
{
    public static ExitCode Run(ProfileTrainOptions options, CommandContext context)
    {
        ProfileRequest request = IProfileOptions.Request(options, context);
        TrainingPlan plan = TrainingPlan.Open(options.Preset, options.Config, [.. options.Assignments()], options.Data, options.Weights);
        Device device = context.OpenDevice(options);
        ProfileVerb.Show(options, context, context.WithProgress(progress => ProfileRun.Train(plan, request, device, progress, context.StopToken())));
        return ExitCode.Done;
    }
}
