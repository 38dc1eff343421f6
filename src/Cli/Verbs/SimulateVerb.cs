using CommandLine;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>Options of <c>simulate</c>.</summary>
internal sealed class SimulateOptions : DeviceOptions, IHasExamples
{
    public static IReadOnlyList<string> Examples =>
    [
        "--matrix 64 --coils 4 --slices 24 --out dataset",
        "--anatomy abdomen.nii.gz --matrix 128 --coils 8 --slices 60 --out dataset",
    ];

    [Option("anatomy", MetaValue = "FILE", HelpText = "NIfTI volume to acquire from; without it, random analytic abdomens.")]
    public IEnumerable<string> Anatomy { get; set; } = [];

    [Option("matrix", Default = 64, MetaValue = "N", HelpText = "Side of the image in pixels.")]
    public int Matrix { get; set; } = 64;

    [Option("coils", Default = 4, MetaValue = "N", HelpText = "Receive coils.")]
    public int Coils { get; set; } = 4;

    [Option("slices", Default = 24, MetaValue = "N", HelpText = "Training slices.")]
    public int Slices { get; set; } = 24;

    [Option("held-out", Default = 6, MetaValue = "N", HelpText = "Further slices of other subjects that only measure the result.")]
    public int HeldOut { get; set; } = 6;

    [Option("spokes", MetaValue = "N", HelpText = "Golden-angle spokes; by default pi/2 times the matrix: full sampling.")]
    public int Spokes { get; set; }

    [Option("noise", Default = 0.01, MetaValue = "SD", HelpText = "Standard deviation of the noise, relative to the brightest voxel.")]
    public double Noise { get; set; } = 0.01;

    [Option("seed", Default = 1, MetaValue = "N", HelpText = "Seed of subjects, coils and noise.")]
    public int Seed { get; set; } = 1;

    [Option("out", Required = true, MetaValue = "DIR", HelpText = "Folder of the data set; must not exist.")]
    public string Out { get; set; } = "";
}

/// <summary>Simulates a stack-of-stars data set.</summary>
internal static class SimulateVerb
{
    public static ExitCode Run(SimulateOptions options, CommandContext context)
    {
        var request = new SimulationRequest
        {
            Anatomies = [.. options.Anatomy],
            Matrix = Values.AtLeast("--matrix", options.Matrix, 8),
            Coils = Values.AtLeast("--coils", options.Coils, 1),
            Slices = Values.AtLeast("--slices", options.Slices, 1),
            HeldOut = Values.AtLeast("--held-out", options.HeldOut, 0),
            Spokes = Values.AtLeast("--spokes", options.Spokes, 0),
            Noise = Values.AtLeast("--noise", options.Noise, 0),
            Seed = Values.AtLeast("--seed", options.Seed, 0),
        };
        Device device = context.OpenDevice(options);
        context.Terminal.Out.WriteLine(context.WithProgress(progress => SimulatedDataSet.Write(options.Out, request, device, progress)));
        return ExitCode.Done;
    }
}
