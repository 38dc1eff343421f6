using CommandLine;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>Options of <c>train</c>.</summary>
internal sealed class TrainOptions : TrainChoices, IHasExamples
{
    public static IReadOnlyList<string> Examples =>
    [
        "",
        "--preset small --out runs/small --seed 2",
        "--data dataset --epochs 40 --set learning_rate=0.0005 solver=picard",
        "--out runs/small --resume",
    ];

    [Option("keys", HelpText = "List all config keys with their values and legal values, and do nothing else.")]
    public bool Keys { get; set; }

    [Option("epochs", MetaValue = "N", HelpText = "Short for --set epochs=N.")]
    public string? Epochs { get; set; }

    [Option("out", MetaValue = "DIR", HelpText = "Run folder; by default runs/MODEL-PRESET-TIME.")]
    public string? Out { get; set; }

    [Option("resume", HelpText = "Continue the run in --out from its checkpoint, to the same bits as if it had never stopped.")]
    public bool Resume { get; set; }

    [Option("overwrite", HelpText = "Replace the run in --out.")]
    public bool Overwrite { get; set; }

    /// <inheritdoc/>
    public override IEnumerable<string> Assignments() => [.. base.Assignments(), .. Short("epochs", Epochs)];
}

/// <summary>Trains a model.</summary>
internal static class TrainVerb
{
    public static ExitCode Run(TrainOptions options, CommandContext context)
    {
        if (options.Keys)
        {
            ConfigKeyView.Write(context.Terminal, options.Preset);
            return ExitCode.Done;
        }

        Device device = context.OpenDevice(options);
        ExistingRun existing = options.Resume ? ExistingRun.Resume : options.Overwrite ? ExistingRun.Overwrite : ExistingRun.Refuse;
        TrainRequest request = TrainRequest.Open(
            options.Preset, options.Config, [.. options.Assignments()], options.Data, options.Out, existing, context.Arguments, options.Weights);
        TrainResult result = context.WithProgress(progress => TrainingRun.Run(request, device, progress, context.StopToken()));
        foreach (ResultTable table in result.Results)
        {
            ResultView.Write(context.Terminal, table);
        }

        context.Terminal.Out.WriteLine(result.Outcome == TrainingOutcome.Finished
            ? $"report: {result.Folder.Report}"
            : $"stopped; continue with: stardeq train --out {result.Folder.Root} --resume");
        return result.Outcome == TrainingOutcome.Finished ? ExitCode.Done : ExitCode.Interrupted;
    }
}
