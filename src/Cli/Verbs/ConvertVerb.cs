using CommandLine;
using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>Options of <c>convert</c>.</summary>
internal sealed class ConvertOptions : VerbOptions, IHasExamples
{
    public static IReadOnlyList<string> Examples =>
    [
        "IN OUT",
        "image.npy image.nii.gz --voxel 1.25,1.25,3",
        "raw.h5 kspace.cfl --trajectory trajectory.npy",
        "volume.nii.gz volume.png",
    ];

    public override IReadOnlyList<string> FileNames => ["IN", "OUT"];

    [Option("part", MetaValue = "NAME", HelpText = "What of complex values goes into the output: magnitude, phase, real or imaginary. By default NIfTI and PNG get the magnitude, and the other formats stay complex.")]
    public string? Part { get; set; }

    [Option("voxel", MetaValue = "X,Y,Z", HelpText = "Size of a voxel in mm, for images whose file does not say it.")]
    public string? Voxel { get; set; }

    [Option("trajectory", MetaValue = "FILE", HelpText = "Array to write the trajectory of radial raw data to: [spoke, sample, coordinate], in cycles per field of view where the raw file names its unit; .cfl as BART keeps them.")]
    public string? Trajectory { get; set; }
}

/// <summary>Converts a file.</summary>
internal static class ConvertVerb
{
    public static ExitCode Run(ConvertOptions options, CommandContext context)
    {
        string[] files = [.. options.Files];
        IReadOnlyList<string> result = FileConversion.Run(new ConversionRequest
        {
            Input = files[0],
            Output = files[1],
            Part = options.Part is null
                ? null
                : Values.Choice("--part", options.Part, ("magnitude", ComplexPart.Magnitude), ("phase", ComplexPart.Phase), ("real", ComplexPart.Real), ("imaginary", ComplexPart.Imaginary)),
            VoxelSize = options.Voxel is null ? null : Values.Voxel("--voxel", options.Voxel),
            Trajectory = options.Trajectory,
        });
        context.Terminal.Out.WriteLine($"{files[1]}: {string.Join("\n  ", result)}");
        return ExitCode.Done;
    }
}
