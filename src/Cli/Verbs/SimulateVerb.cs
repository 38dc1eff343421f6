using CommandLine;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>Options of <c>simulate</c>.</summary>
internal sealed class SimulateOptions : SimulateChoices, IHasExamples
{
    public static IReadOnlyList<string> Examples =>
    [
        "--out dataset",
        "--preset small --snr 40 --seed 2 --out dataset",
        "--anatomy volume.nii.gz --matrix 128 --coils 8 --slices 10 --out dataset",
        "--preset scanner --delays 0.4,-0.2,0 --breathing 12 --format ismrmrd --out raw",
        "--anatomy volume.nii.gz --breathing 10 --snr 100 --out dataset",
        "--anatomy abdomen.nii.gz --anatomy brain.nii.gz --train-subjects 6 --test-subjects 2 --truth --out dataset",
    ];

    [Option("format", Default = "dataset", MetaValue = "NAME", HelpText = "dataset, or ismrmrd: a raw file of each subject.")]
    public string Format { get; set; } = "dataset";

    [Option("out", Required = true, MetaValue = "DIR", HelpText = "Folder of the dataset; must not exist.")]
    public string Out { get; set; } = "";
}

/// <summary>Simulates a stack-of-stars dataset.</summary>
internal static class SimulateVerb
{
    public static ExitCode Run(SimulateOptions options, CommandContext context)
    {
        SimulationSettings settings = options.Settings();
        bool isRaw = Values.Choice("--format", options.Format, ("dataset", false), ("ismrmrd", true));
        CpuDevice processor = context.OpenProcessor(options);
        string result = context.WithProgress(progress =>
            SimulationFile.Write(options.Out, settings, [.. options.Anatomy], isRaw, processor, progress, context.StopToken()));
        context.Terminal.Out.WriteLine($"{options.Out}: {result}");
        return ExitCode.Done;
    }
}
