using CommandLine;
using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>Options of <c>phantom</c>.</summary>
internal sealed class PhantomOptions : VerbOptions, IHasExamples
{
    public static IReadOnlyList<string> Examples =>
    [
        "--matrix 128 --slices 8 --out x.npy",
        "--part maps --coils 8 --matrix 128 --slices 8 --out maps.npy",
        "--body detailed --matrix 256 --slices 20 --out abdomen.png",
        "--body detailed --matrix 256 --slices 20 --out abdomen.nii.gz",
        "--part kspace --coils 8 --matrix 128 --spokes 201 --out k.npy",
    ];

    [Option("part", Default = "image", MetaValue = "NAME", HelpText = "What to write: image [slice, y, x], maps [slice, coil, y, x] or kspace [coil, (partition,) spoke, readout].")]
    public string Part { get; set; } = "image";

    [Option("matrix", Default = 128, MetaValue = "N", HelpText = "Side of the image in pixels.")]
    public int Matrix { get; set; } = 128;

    [Option("slices", Default = 1, MetaValue = "N", HelpText = "Slices, or kz partitions of k-space.")]
    public int Slices { get; set; } = 1;

    [Option("coils", Default = 1, MetaValue = "N", HelpText = "Receive coils.")]
    public int Coils { get; set; } = 1;

    [Option("spokes", Default = 201, MetaValue = "N", HelpText = "Golden-angle spokes of kspace, as 'traj' makes them.")]
    public int Spokes { get; set; } = 201;

    [Option("body", Default = "simple", MetaValue = "NAME", HelpText = "Subject: simple, or detailed, a whole upper abdomen.")]
    public string Body { get; set; } = "simple";

    [Option("array", Default = "ring", MetaValue = "NAME", HelpText = "Receive array: ring, cylinder or panels.")]
    public string Array { get; set; } = "ring";

    [Option("seed", Default = 1, MetaValue = "N", HelpText = "Which subject; parts of one seed belong together.")]
    public int Seed { get; set; } = 1;

    [Option("out", Required = true, MetaValue = "FILE", HelpText = "Array to write, complex64; .png, magnitudes of all slices; or .nii or .nii.gz, magnitudes of the image in their place.")]
    public string Out { get; set; } = "";
}

/// <summary>Writes a part of the analytic phantom.</summary>
internal static class PhantomVerb
{
    public static ExitCode Run(PhantomOptions options, CommandContext context)
    {
        string result = PhantomFile.Write(options.Out, new PhantomRequest
        {
            Part = Values.Choice("--part", options.Part, ("image", PhantomPart.Image), ("maps", PhantomPart.Maps), ("kspace", PhantomPart.KSpace)),
            Matrix = Values.AtLeast("--matrix", options.Matrix, 8),
            Slices = Values.AtLeast("--slices", options.Slices, 1),
            Coils = Values.AtLeast("--coils", options.Coils, 1),
            Spokes = Values.AtLeast("--spokes", options.Spokes, 1),
            Seed = Values.AtLeast("--seed", options.Seed, 0),
            Body = Choices.Body("--body", options.Body),
            Array = Choices.Array("--array", options.Array),
        });
        context.Terminal.Out.WriteLine($"{options.Out}: {result}");
        return ExitCode.Done;
    }
}
