using CommandLine;
using Stardeq.Engine;
using Stardeq.Kernels;
using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>Options of <c>reconstruct</c>.</summary>
internal sealed class ReconstructOptions : DeviceOptions, IHasExamples
{
    public static IReadOnlyList<string> Examples =>
    [
        "--kspace k.npy --trajectory t.npy --size 288,288 --method gridding --out images",
        "--kspace k.npy --trajectory t.npy --size 288,288 --method cg-sense --coils maps.npy --iterations 30 --lambda 0.001 --out images",
        "--kspace k.npy --trajectory t.npy --size 288,288 --method l1-wavelet --maps jsense --lambda 0.0002 --out images",
        "--kspace k.cfl --trajectory t.cfl --size 288,288 --checkpoint runs/x/checkpoint.safetensors --out images",
        "--data dataset --checkpoint runs/x/checkpoint.safetensors --out images",
        "--data dataset --split test --method cg-sense --pattern equiangular --acceleration 4 --out images",
    ];

    [Option("kspace", MetaValue = "FILE", HelpText = "Radial data [coil, spoke, sample] or [frame, coil, spoke, sample], complex; .cfl in BART's order [1, sample, spoke, coil, ..., frame]. Each frame becomes an image.")]
    public string? KSpace { get; set; }

    [Option("trajectory", MetaValue = "FILE", HelpText = "Its points [spoke, sample, 2] or [frame, spoke, sample, 2] = (kx, ky), cycles per field of view; three coordinates if kz is 0.")]
    public string? Trajectory { get; set; }

    [Option("size", MetaValue = "ROWS,COLUMNS", HelpText = "Image size in pixels; needed with --kspace.")]
    public string? Size { get; set; }

    [Option("coils", MetaValue = "FILE", HelpText = "Coil maps [coil, rows, columns] or one set per frame; by default estimated from the data and written as maps.npy.")]
    public string? Coils { get; set; }

    [Option("maps", MetaValue = "NAME", HelpText = "How to estimate maps that --coils does not give: walsh, jsense or espirit; by default walsh, and with --checkpoint as trained.")]
    public string? Maps { get; set; }

    [Option("combine-frames", HelpText = "Make one image of the spokes of all frames.")]
    public bool CombineFrames { get; set; }

    [Option("data", MetaValue = "DIR", HelpText = "Dataset made by 'simulate' or 'prepare', in place of --kspace.")]
    public string? Data { get; set; }

    [Option("split", MetaValue = "NAME", HelpText = "Subjects of the dataset: train, validation or test (default).")]
    public string? Split { get; set; }

    [Option("method", MetaValue = "NAME", HelpText = "gridding, cg-sense, l1-wavelet (FISTA) or tv (isotropic total variation).")]
    public string? Method { get; set; }

    [Option("checkpoint", MetaValue = "FILE", HelpText = "Trained model, checkpoint.safetensors of a run, in place of --method.")]
    public string? Checkpoint { get; set; }

    [Option("weights", MetaValue = "NAME", HelpText = "Weights W of the samples: none (default of cg-sense, l1-wavelet and tv: plain least squares), voronoi (default of gridding), ramp or pipe.")]
    public string? Weights { get; set; }

    [Option("iterations", MetaValue = "N", HelpText = "Most steps of cg-sense, by default 30, or of l1-wavelet and tv, by default 200; with --checkpoint the limit of the solver, or applications of a modl, by default as trained: raise it for other accelerations.")]
    public int? Iterations { get; set; }

    [Option("certificates", MetaValue = "on|off", HelpText = "With --checkpoint, per slice: contraction at the solution and distance to the fixed point, at the cost of some fifty applications of the layer; by default on.")]
    public string? Certificates { get; set; }

    [Option("lambda", MetaValue = "X", HelpText = "cg-sense solves (A^H W A + lambda L) x = A^H W y, L the largest eigenvalue of A^H W A; by default 0.001. l1-wavelet and tv weight their penalty by lambda L a, a the 99.9th percentile of a first estimate; by default 0.0001. The absolute value is printed.")]
    public double? Lambda { get; set; }

    [Option("tolerance", MetaValue = "X", HelpText = "l1-wavelet and tv stop when a step moves the image by less than this part of its norm; by default 0.0001.")]
    public double? Tolerance { get; set; }

    [Option("wavelet", MetaValue = "NAME", HelpText = "haar, db2 (4 taps, default) or db4 (8 taps), for l1-wavelet.")]
    public string? Wavelet { get; set; }

    [Option("seed", MetaValue = "N", HelpText = "Seed of the random shifts of l1-wavelet; by default 1.")]
    public int? Seed { get; set; }

    [Option("pattern", MetaValue = "NAME", HelpText = "Spokes that undersampling keeps: temporal, equiangular or contiguous; by default temporal, and with --data as trained.")]
    public string? Pattern { get; set; }

    [Option("acceleration", MetaValue = "R", HelpText = "Undersampling factor; by default 1 (all spokes), and with --data as trained.")]
    public int? Acceleration { get; set; }

    [Option("out", Required = true, MetaValue = "DIR", HelpText = "Folder of image.npy, pictures and record.json; must not exist.")]
    public string Out { get; set; } = "";
}

/// <summary>Reconstructs images from k-space.</summary>
internal static class ReconstructVerb
{
    public static ExitCode Run(ReconstructOptions options, CommandContext context)
    {
        var request = new ReconstructionRequest
        {
            KSpace = options.KSpace,
            Trajectory = options.Trajectory,
            Size = options.Size is null ? null : Values.Size("--size", options.Size),
            Coils = options.Coils,
            Maps = options.Maps is null ? null : Choices.CoilMaps("--maps", options.Maps),
            CombineFrames = options.CombineFrames,
            DataFolder = options.Data,
            Split = options.Split is null
                ? null
                : Values.Choice("--split", options.Split, ("train", Split.Train), ("validation", Split.Validation), ("test", Split.Test)),
            Method = options.Method is null
                ? null
                : Values.Choice("--method", options.Method, ("gridding", ClassicalMethod.Gridding), ("cg-sense", ClassicalMethod.CgSense), ("l1-wavelet", ClassicalMethod.Wavelet), ("tv", ClassicalMethod.Variation)),
            Checkpoint = options.Checkpoint,
            Weights = options.Weights is null ? null : Weighting(options.Weights),
            Iterations = options.Iterations is { } iterations ? Values.AtLeast("--iterations", iterations, 1) : null,
            Certificates = options.Certificates is null ? null : Choices.Switch("--certificates", options.Certificates),
            Lambda = options.Lambda is { } lambda ? Values.AtLeast("--lambda", lambda, 0) : null,
            Tolerance = options.Tolerance is { } tolerance ? Values.AtLeast("--tolerance", tolerance, 0) : null,
            Wavelet = options.Wavelet is null
                ? null
                : Values.Choice("--wavelet", options.Wavelet, ("haar", Wavelet.Haar), ("db2", Wavelet.Daubechies2), ("db4", Wavelet.Daubechies4)),
            Seed = options.Seed is { } seed ? Values.AtLeast("--seed", seed, 0) : null,
            Pattern = options.Pattern is null ? null : Choices.Pattern("--pattern", options.Pattern),
            Acceleration = options.Acceleration is { } acceleration ? Values.AtLeast("--acceleration", acceleration, 1) : null,
            CommandLine = context.Arguments,
        };
        request.Validate();
        Device device = context.OpenDevice(options);
        IReadOnlyList<string> lines = context.WithProgress(progress =>
            ReconstructionRun.Write(options.Out, request, device, progress, context.StopToken()));
        context.Terminal.Out.WriteLine($"{options.Out}: {string.Join($"{Environment.NewLine}  ", lines)}");
        return ExitCode.Done;
    }

    private static DensityRule Weighting(string name) => Values.Choice(
        "--weights",
        name,
        ("none", DensityRule.None),
        ("ramp", DensityRule.Ramp),
        ("voronoi", DensityRule.Voronoi),
        ("pipe", DensityRule.Pipe));
}
