using CommandLine;
using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>Options of <c>plan</c>.</summary>
internal sealed class PlanOptions : TrainChoices, IHasExamples
{
    public static IReadOnlyList<string> Examples => ["--preset paper", "--preset small --model modl --set unrolls=10 --fit 512MiB", "--data dataset --json plan.json"];

    [Option("fit", MetaValue = "SIZE", HelpText = "Change settings until the program needs no more than this, such as 8GB or 512MiB, and say which.")]
    public string? Fit { get; set; }

    [Option("json", MetaValue = "FILE", HelpText = "Write the numbers as JSON too.")]
    public string? Json { get; set; }
}

/// <summary>Predicts memory and time of a training.</summary>
internal static class PlanVerb
{
    public static ExitCode Run(PlanOptions options, CommandContext context)
    {
        TrainingPlan training = TrainingPlan.Open(options.Preset, options.Config, [.. options.Assignments()], options.Data, options.Weights);
        (IReadOnlyList<string> lines, bool fits) = PlanRun.Run(new PlanRequest(training.Config, training.DataFolder, Values.AtLeast("--threads", options.Threads, 0))
        {
            Budget = options.Fit is { } size ? ByteSize.Parse("--fit", size) : null,
            JsonPath = options.Json,
        });
        foreach (string line in lines)
        {
            context.Terminal.Out.WriteLine(line);
        }

        return fits ? ExitCode.Done : ExitCode.NoDevice;
    }
}
