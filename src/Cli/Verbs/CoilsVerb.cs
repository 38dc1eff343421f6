using CommandLine;
using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>Options of <c>coils</c>.</summary>
internal sealed class CoilsOptions : DeviceOptions, IHasExamples
{
    public static IReadOnlyList<string> Examples =>
    [
        "--kspace k.npy --trajectory t.npy --size 256,256 --method jsense --out maps.npy",
        "--kspace k.npy --trajectory t.npy --size 256,256 --method jsense --basis polynomial --degree 5 --out maps.npy",
        "--kspace k.npy --trajectory t.npy --size 256,256 --method espirit --crop 0.9 --out maps.npy",
        "--kspace scan.h5 --method espirit --out maps.npy",
        "--kspace k.cfl --trajectory t.cfl --size 256,256 --method walsh --out maps.cfl",
    ];

    [Option("kspace", Required = true, MetaValue = "FILE", HelpText = "Radial data [coil, spoke, sample] or [frame, coil, spoke, sample], complex; .cfl in BART's order [1, sample, spoke, coil, ..., frame]; or an ISMRMRD scan (.h5, .mrd), whose slices are the frames.")]
    public string KSpace { get; set; } = "";

    [Option("trajectory", MetaValue = "FILE", HelpText = "Its points [spoke, sample, 2] or [frame, spoke, sample, 2] = (kx, ky), cycles per field of view; a scan has its own.")]
    public string? Trajectory { get; set; }

    [Option("size", MetaValue = "ROWS,COLUMNS", HelpText = "Image size in pixels; a scan says its own.")]
    public string? Size { get; set; }

    [Option("method", Default = "jsense", MetaValue = "NAME", HelpText = "jsense: image and maps together, from the calibration region; espirit: eigenvectors of the convolution that leaves the calibration region as it is; walsh: local principal components of low-resolution images.")]
    public string Method { get; set; } = "jsense";

    [Option("basis", MetaValue = "NAME", HelpText = "What jsense builds maps from: fourier (default), a small kernel in k-space, or polynomial.")]
    public string? Basis { get; set; }

    [Option("kernel", MetaValue = "N", HelpText = "Side of the kernel of --basis fourier, by default 12, or of espirit, by default 6; cycles per field of view.")]
    public int? Kernel { get; set; }

    [Option("degree", MetaValue = "N", HelpText = "Total degree of --basis polynomial; by default 6.")]
    public int? Degree { get; set; }

    [Option("calibration", MetaValue = "N", HelpText = "Width of the square calibration region of jsense, by default 32, or espirit, by default 24; cycles per field of view, even.")]
    public int? Calibration { get; set; }

    [Option("outer", MetaValue = "N", HelpText = "Rounds of coil step and image step; by default 10.")]
    public int? Outer { get; set; }

    [Option("inner", MetaValue = "N", HelpText = "Conjugate-gradient steps of each; by default 10.")]
    public int? Inner { get; set; }

    [Option("lambda", MetaValue = "X", HelpText = "Weight of the squared norms of maps and image beside the data; by default 0.01.")]
    public double? Lambda { get; set; }

    [Option("threshold", MetaValue = "X", HelpText = "espirit keeps kernels whose singular value exceeds this part of the largest; by default 0.02.")]
    public double? Threshold { get; set; }

    [Option("crop", MetaValue = "X", HelpText = "Least eigenvalue of a pixel of espirit's support; by default 0.8.")]
    public double? Crop { get; set; }

    [Option("out", Required = true, MetaValue = "FILE", HelpText = "Maps to write: complex64 [coil, rows, columns], with an axis of frames if the data have one; unit vectors inside the support, 0 outside.")]
    public string Out { get; set; } = "";
}

/// <summary>Estimates coil maps.</summary>
internal static class CoilsVerb
{
    public static ExitCode Run(CoilsOptions options, CommandContext context)
    {
        var request = new CoilsRequest
        {
            KSpace = options.KSpace,
            Trajectory = options.Trajectory,
            Size = options.Size is null ? null : Values.Size("--size", options.Size),
            Method = Choices.CoilMaps("--method", options.Method),
            Basis = options.Basis is null
                ? null
                : Values.Choice("--basis", options.Basis, ("fourier", CoilBasisKind.Fourier), ("polynomial", CoilBasisKind.Polynomial)),
            Kernel = options.Kernel,
            Degree = options.Degree,
            Calibration = options.Calibration,
            Rounds = options.Outer,
            Iterations = options.Inner,
            Lambda = options.Lambda,
            Threshold = options.Threshold,
            Crop = options.Crop,
        };
        request.Choice();
        IReadOnlyList<string> result = CoilsFile.Write(options.Out, request, context.OpenDevice(options));
        context.Terminal.Out.WriteLine($"{options.Out}: {string.Join($"{Environment.NewLine}  ", result)}");
        return ExitCode.Done;
    }
}
