using CommandLine;
using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>Options that say what to reconstruct, and how.</summary>
internal abstract class ReconstructChoices : DeviceOptions
{
    [Option("kspace", MetaValue = "FILE", HelpText = "Radial data [coil, spoke, sample] or [frame, coil, spoke, sample], complex; .cfl in BART's order [1, sample, spoke, coil, ..., frame]. Each frame becomes an image. Or an ISMRMRD scan of a stack of stars (.h5, .mrd): each slice becomes an image.")]
    public string? KSpace { get; set; }

    [Option("trajectory", MetaValue = "FILE", HelpText = "Its points [spoke, sample, 2] or [frame, spoke, sample, 2] = (kx, ky), cycles per field of view; three coordinates if kz is 0. An ISMRMRD scan has its own.")]
    public string? Trajectory { get; set; }

    [Option("size", MetaValue = "ROWS,COLUMNS", HelpText = "Image size in pixels; needed with --kspace, unless an ISMRMRD scan says it.")]
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

    [Option("iterations", MetaValue = "N", HelpText = "Most steps of cg-sense, by default 30, or of l1-wavelet and tv, by default 100; with --checkpoint the limit of the solver, or applications of a modl, by default as trained: raise it for other accelerations.")]
    public int? Iterations { get; set; }

    [Option("certificates", MetaValue = "on|off", HelpText = "With --checkpoint, per slice: contraction at the solution and distance to the fixed point, at the cost of some fifty applications of the layer; by default on.")]
    public string? Certificates { get; set; }

    [Option("lambda", MetaValue = "X", HelpText = "cg-sense solves (A^H W A + lambda L) x = A^H W y, L the largest eigenvalue of A^H W A; by default 0.001. l1-wavelet and tv weight their penalty by lambda L a, a the 99.9th percentile of a first estimate; by default 0.0001. The absolute value is printed.")]
    public double? Lambda { get; set; }

    [Option("tolerance", MetaValue = "X", HelpText = "l1-wavelet and tv stop when a step moves the image by less than this part of its norm; by default 0.00001. The random shifts of l1-wavelet keep its steps larger.")]
    public double? Tolerance { get; set; }

    [Option("wavelet", MetaValue = "NAME", HelpText = "haar, db2 (4 taps, default) or db4 (8 taps), for l1-wavelet.")]
    public string? Wavelet { get; set; }

    [Option("seed", MetaValue = "N", HelpText = "Seed of the random shifts of l1-wavelet; by default 1.")]
    public int? Seed { get; set; }

    [Option("pattern", MetaValue = "NAME", HelpText = "Spokes that undersampling keeps: temporal, equiangular or contiguous; by default temporal, and with --data as trained.")]
    public string? Pattern { get; set; }

    [Option("acceleration", MetaValue = "R", HelpText = "Undersampling factor; by default 1 (all spokes), and with --data as trained.")]
    public int? Acceleration { get; set; }

    /// <summary>What the options ask for.</summary>
    /// <param name="commandLine">Arguments of the process.</param>
    /// <exception cref="InputException">A value is not legal.</exception>
    public ReconstructionRequest Request(IReadOnlyList<string> commandLine) => new()
    {
        KSpace = KSpace,
        Trajectory = Trajectory,
        Size = Size is null ? null : Values.Size("--size", Size),
        Coils = Coils,
        Maps = Maps is null ? null : Choices.CoilMaps("--maps", Maps),
        CombineFrames = CombineFrames,
        DataFolder = Data,
        Split = Split is null
            ? null
            : Values.Choice("--split", Split, ("train", Recon.Split.Train), ("validation", Recon.Split.Validation), ("test", Recon.Split.Test)),
        Method = Method is null
            ? null
            : Values.Choice("--method", Method, ("gridding", ClassicalMethod.Gridding), ("cg-sense", ClassicalMethod.CgSense), ("l1-wavelet", ClassicalMethod.Wavelet), ("tv", ClassicalMethod.Variation)),
        Checkpoint = Checkpoint,
        Weights = Weights is null ? null : Weighting(Weights),
        Iterations = Iterations is { } iterations ? Values.AtLeast("--iterations", iterations, 1) : null,
        Certificates = Certificates is null ? null : Choices.Switch("--certificates", Certificates),
        Lambda = Lambda is { } lambda ? Values.AtLeast("--lambda", lambda, 0) : null,
        Tolerance = Tolerance is { } tolerance ? Values.AtLeast("--tolerance", tolerance, 0) : null,
        Wavelet = Wavelet is null
            ? null
            : Values.Choice("--wavelet", Wavelet, ("haar", Kernels.Wavelet.Haar), ("db2", Kernels.Wavelet.Daubechies2), ("db4", Kernels.Wavelet.Daubechies4)),
        Seed = Seed is { } seed ? Values.AtLeast("--seed", seed, 0) : null,
        Pattern = Pattern is null ? null : Choices.Pattern("--pattern", Pattern),
        Acceleration = Acceleration is { } acceleration ? Values.AtLeast("--acceleration", acceleration, 1) : null,
        CommandLine = commandLine,
    };

    private static DensityRule Weighting(string name) => Values.Choice(
        "--weights",
        name,
        ("none", DensityRule.None),
        ("ramp", DensityRule.Ramp),
        ("voronoi", DensityRule.Voronoi),
        ("pipe", DensityRule.Pipe));
}
