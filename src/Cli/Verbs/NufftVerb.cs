using CommandLine;
using Stardeq.Kernels;
using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>Options of <c>nufft</c>.</summary>
internal sealed class NufftOptions : DeviceOptions, IHasExamples
{
    public static IReadOnlyList<string> Examples =>
    [
        "--trajectory t.npy --image x.npy --out y.npy",
        "--trajectory t.npy --kspace y.npy --adjoint --size 256,256 --out x.npy",
    ];

    [Option("trajectory", Required = true, MetaValue = "FILE", HelpText = "Points [..., 2] = (kx, ky), cycles per field of view.")]
    public string Trajectory { get; set; } = "";

    [Option("image", MetaValue = "FILE", HelpText = "Image [..., rows, columns] of the forward transform, complex.")]
    public string? Image { get; set; }

    [Option("kspace", MetaValue = "FILE", HelpText = "Samples [..., samples] of the adjoint, complex.")]
    public string? KSpace { get; set; }

    [Option("adjoint", HelpText = "Apply the adjoint: from samples to image.")]
    public bool Adjoint { get; set; }

    [Option("size", MetaValue = "ROWS,COLUMNS", HelpText = "Image size of the adjoint.")]
    public string? Size { get; set; }

    [Option("preset", Default = "accurate", MetaValue = "NAME", HelpText = "Accuracy in single precision: accurate (oversampling 1.5, width 8), fast (1.5, 6) or coarse (1.25, 6).")]
    public string Preset { get; set; } = "accurate";

    [Option("precision", Default = "single", MetaValue = "NAME", HelpText = "single, or double, which is the exact sum.")]
    public string Precision { get; set; } = "single";

    [Option("out", Required = true, MetaValue = "FILE", HelpText = "Result.")]
    public string Out { get; set; } = "";
}

/// <summary>Applies a NUFFT or its adjoint to a file.</summary>
internal static class NufftVerb
{
    public static ExitCode Run(NufftOptions options, CommandContext context)
    {
        (string? input, string? other) = options.Adjoint ? (options.KSpace, options.Image) : (options.Image, options.KSpace);
        if (input is null || other is not null || options.Adjoint != (options.Size is not null))
        {
            throw new InputException("give either --image, or --kspace with --adjoint and --size ROWS,COLUMNS.");
        }

        NufftOutcome outcome = NufftFile.Run(
            new NufftRequest
            {
                Trajectory = options.Trajectory,
                Input = input,
                Output = options.Out,
                AdjointSize = options.Size is null ? null : Values.Size("--size", options.Size),
                Accuracy = Values.Choice("--preset", options.Preset, ("accurate", NufftAccuracy.Accurate), ("fast", NufftAccuracy.Fast), ("coarse", NufftAccuracy.Coarse)),
                IsDouble = Values.Choice("--precision", options.Precision, ("single", false), ("double", true)),
            },
            context.OpenDevice(options));
        context.Terminal.Out.WriteLine($"{options.Out}: {outcome.Result}, predicted relative error {outcome.PredictedError:0.0e+0}");
        return ExitCode.Done;
    }
}
