using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>Reconstruction methods without training.</summary>
public enum ClassicalMethod
{
    /// <summary>Density-weighted adjoint.</summary>
    Gridding,

    /// <summary>Iterative SENSE.</summary>
    CgSense,

    /// <summary>Sparse wavelet coefficients.</summary>
    Wavelet,

    /// <summary>Sparse differences of neighbours.</summary>
    Variation,
}

/// <summary>What to reconstruct, from what, and how. Null means: not given.</summary>
public sealed record ReconstructionRequest
{
    /// <summary>Measured k-space, arrays (see <see cref="RadialData.Read"/>) or an ISMRMRD scan.</summary>
    public string? KSpace { get; init; }

    /// <summary>Its trajectory; a scan has its own.</summary>
    public string? Trajectory { get; init; }

    /// <summary>Image size of measured k-space; a scan says its own.</summary>
    public (int Rows, int Columns)? Size { get; init; }

    /// <summary>Whether <see cref="KSpace"/> is a scan of a whole stack of stars, by its name.</summary>
    internal bool IsScan => MeasuredData.IsScan(KSpace);

    /// <summary>Coil maps of measured k-space; estimated if not given.</summary>
    public string? Coils { get; init; }

    /// <summary>How maps that are not given are estimated; as trained with a checkpoint, else <see cref="CoilMapMethod.Walsh"/>.</summary>
    public CoilMapMethod? Maps { get; init; }

    /// <summary>Treat all frames as one acquisition.</summary>
    public bool CombineFrames { get; init; }

    /// <summary>Dataset folder, in place of measured k-space.</summary>
    public string? DataFolder { get; init; }

    /// <summary>Subjects of the dataset; those of the test if not given.</summary>
    public Split? Split { get; init; }

    /// <summary>Method without training.</summary>
    public ClassicalMethod? Method { get; init; }

    /// <summary>Trained model.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>Weights of a classical method.</summary>
    public DensityRule? Weights { get; init; }

    /// <summary>Weights of a classical method with its default filled in: areas for gridding, none for least squares.</summary>
    internal DensityRule ClassicalWeights => Weights ?? (Method == ClassicalMethod.Gridding ? DensityRule.Voronoi : DensityRule.None);

    /// <summary>Iterations of CG-SENSE, the limit of a trained model's solver, or applications of an unrolled one; null for the
    /// default, or as trained.</summary>
    public int? Iterations { get; init; }

    /// <summary>Whether each slice of a trained model gets a certificate; null for yes.</summary>
    public bool? Certificates { get; init; }

    /// <summary>How a trained model is used.</summary>
    internal InferenceOptions Inference => new(Iterations, Certificates ?? true);

    /// <summary>Relative step at which a sparse reconstruction stops.</summary>
    public double? Tolerance { get; init; }

    /// <summary>Wavelet of <see cref="ClassicalMethod.Wavelet"/>.</summary>
    public Wavelet? Wavelet { get; init; }

    /// <summary>Seed of its random shifts.</summary>
    public int? Seed { get; init; }

    /// <summary>What a sparse reconstruction penalises.</summary>
    internal Penalty Penalty => Method == ClassicalMethod.Variation
        ? new Penalty.Variation()
        : new Penalty.Wavelets(Wavelet ?? Kernels.Wavelet.Daubechies2, Seed ?? 1);

    /// <summary>λ of the regulariser, relative to the largest eigenvalue.</summary>
    public double? Lambda { get; init; }

    /// <summary>Spokes that undersampling keeps.</summary>
    public UndersamplingPattern? Pattern { get; init; }

    /// <summary>Undersampling factor.</summary>
    public int? Acceleration { get; init; }

    /// <summary>Arguments of the program, for the record.</summary>
    public IReadOnlyList<string> CommandLine { get; init; } = [];

    /// <summary>Throws unless the parts make one task.</summary>
    /// <exception cref="InputException">Names what does not fit together, and what to do.</exception>
    public void Validate()
    {
        bool raw = KSpace is not null || Trajectory is not null;
        Require(raw != DataFolder is not null, "give either --kspace with --trajectory and --size, or --data with a dataset.");
        Require(Method is not null != Checkpoint is not null, "give either --method gridding, cg-sense, l1-wavelet or tv, or --checkpoint with a trained model.");
        if (raw)
        {
            Require(IsScan || (KSpace is not null && Trajectory is not null && Size is not null), "--kspace, --trajectory and --size belong together; give all three. Only ISMRMRD files (.h5, .mrd) say the last two themselves.");
            Require(!IsScan || !CombineFrames, "the images of an ISMRMRD scan are its slices, which --combine-frames would mix; leave it out.");
            Require(!IsScan || Size is null || Size.Value.Rows == Size.Value.Columns, "images of a stack of stars are square; give --size N,N.");
            Require(Split is null, "--split chooses subjects of a dataset; leave it out with --kspace.");
            Require(Pattern is null || Acceleration > 1, "--pattern says which spokes --acceleration keeps; give --acceleration above 1, or leave --pattern out to use all spokes.");
        }
        else
        {
            Require(Size is null && Coils is null && !CombineFrames, "--size, --coils and --combine-frames belong to --kspace; a dataset says them itself. Leave them out.");
            Require(Maps is null || Method is not null, "--maps belongs to --method; a trained model needs the maps that it was trained with. Leave it out.");
            Require(Method is null || Pattern is null || Acceleration > 1, "--pattern says which spokes --acceleration keeps; give --acceleration above 1, or leave --pattern out to use all spokes.");
        }

        Require(Maps is null || Coils is null, "--maps says how to estimate coil maps, --coils gives them; leave one of the two out.");
        Require(Method != ClassicalMethod.Gridding || Iterations is null, "gridding does not iterate; leave --iterations out.");
        bool isSparse = Method is ClassicalMethod.Wavelet or ClassicalMethod.Variation;
        Require(isSparse || Method == ClassicalMethod.CgSense || Lambda is null, "--lambda belongs to --method cg-sense, l1-wavelet or tv; leave it out.");
        Require(Method != ClassicalMethod.Variation || Lambda != 0, "--lambda 0 leaves no total variation; give a positive number, or --method cg-sense.");
        Require(isSparse || Tolerance is null, "--tolerance belongs to --method l1-wavelet or tv; leave it out.");
        Require(Method == ClassicalMethod.Wavelet || (Wavelet is null && Seed is null), "--wavelet and --seed belong to --method l1-wavelet; leave them out.");
        Require(Method is not null || Weights is null, "--weights belongs to --method; a trained model needs the weights that it was trained with. Leave it out.");
        Require(Method is null || Certificates is null, "--certificates belongs to --checkpoint: classical methods have no fixed point to certify. Leave it out.");
        Require(
            Method != ClassicalMethod.Gridding || Weights != DensityRule.None,
            "gridding without weights only blurs. Give --weights ramp, voronoi or pipe; for the plain adjoint use 'stardeq nufft --adjoint'.");
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new InputException(message);
        }
    }
}
