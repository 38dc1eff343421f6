using CommandLine;
using Stardeq.Kernels;
using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>Options that say what to transform, and how.</summary>
internal abstract class NufftChoices : DeviceOptions
{
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

    /// <summary>What the options ask for.</summary>
    /// <param name="output">File of the result.</param>
    /// <exception cref="InputException">Options are missing or contradict each other.</exception>
    public NufftRequest Request(string output)
    {
        (string? input, string? other) = Adjoint ? (KSpace, Image) : (Image, KSpace);
        return input is null || other is not null || Adjoint != (Size is not null)
            ? throw new InputException("give either --image, or --kspace with --adjoint and --size ROWS,COLUMNS.")
            : new NufftRequest
            {
                Trajectory = Trajectory,
                Input = input,
                Output = output,
                AdjointSize = Size is null ? null : Values.Size("--size", Size),
                Accuracy = Values.Choice("--preset", Preset, ("accurate", NufftAccuracy.Accurate), ("fast", NufftAccuracy.Fast), ("coarse", NufftAccuracy.Coarse)),
                IsDouble = Values.Choice("--precision", Precision, ("single", false), ("double", true)),
            };
    }
}
