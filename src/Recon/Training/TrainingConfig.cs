using Stardeq.Autodiff;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>
/// Everything that decides a training run besides the data: every choice that the method leaves open, with its default.
/// Values are set from a preset, then a file, then single keys (<see cref="ConfigFile.Compose"/>), and the whole record
/// is written into the run. Names, legal values and documentation of the keys: <see cref="ConfigKeys"/>.
/// </summary>
public sealed partial record TrainingConfig
{
    /// <summary>Preset that the values started from.</summary>
    public string Preset { get; init; } = "tiny";

    /// <summary>Image side in pixels of a simulated data set.</summary>
    public int Matrix { get; init; } = 64;

    /// <summary>Coils of a simulated data set.</summary>
    public int Coils { get; init; } = 4;

    /// <summary>Used slices of each simulated subject.</summary>
    public int Slices { get; init; } = 2;

    /// <summary>Simulated subjects that are trained on.</summary>
    public int TrainSubjects { get; init; } = 12;

    /// <summary>Simulated subjects on which progress is watched.</summary>
    public int ValidationSubjects { get; init; } = 2;

    /// <summary>Simulated subjects that only measure the result.</summary>
    public int TestSubjects { get; init; } = 2;

    /// <summary>Signal to noise ratio of simulated data; see <see cref="SimulationSettings.SignalToNoise"/>.</summary>
    public double SignalToNoise { get; init; } = 50;

    /// <summary>Which reconstruction model is trained.</summary>
    public ModelKind Model { get; init; } = ModelKind.Ifdeq;

    /// <summary>Layer of the model.</summary>
    public LayerKind Layer { get; init; } = LayerKind.Prox;

    /// <summary>Features of the network's first level; level l has base 2^l.</summary>
    public int Base { get; init; } = 8;

    /// <summary>Number of poolings of the network.</summary>
    public int Poolings { get; init; } = 2;

    /// <summary>Downsampling of the network.</summary>
    public Pooling Pool { get; init; } = Pooling.Average;

    /// <summary>Slope of LeakyReLU for negative values; 0 is ReLU.</summary>
    public double Slope { get; init; } = 0.1;

    /// <summary>How the network enters the denoiser.</summary>
    public DenoiserKind Denoiser { get; init; } = DenoiserKind.Residual;

    /// <summary>Weight t of the averaged denoiser; unused by the others.</summary>
    public double DenoiserT { get; init; } = 0.5;

    /// <summary>Step size η of the data term before training; 0 takes the layer's own.</summary>
    public double EtaInit { get; init; }

    /// <summary>Whether the step size is trained.</summary>
    public bool EtaLearned { get; init; } = true;

    /// <summary>Upper clamp of the step size; 0 takes the layer's own, up to which the data step is non-expansive.</summary>
    public double EtaMax { get; init; }

    /// <summary>Weight λ of the denoiser in modl and mol before training; 0 takes the layer's own.</summary>
    public double LambdaInit { get; init; }

    /// <summary>Whether λ is trained.</summary>
    public bool LambdaLearned { get; init; } = true;

    /// <summary>Upper clamp of λ; 0 takes the layer's own.</summary>
    public double LambdaMax { get; init; }

    /// <summary>α of mol.</summary>
    public double MolAlpha { get; init; } = 0.5;

    /// <summary>Most conjugate-gradient steps of the inverse in modl and mol.</summary>
    public int CgIterations { get; init; } = 50;

    /// <summary>Relative residual at which that inverse stops.</summary>
    public double CgTolerance { get; init; } = 1e-6;

    /// <summary>Applications of the layer in modl.</summary>
    public int Unrolls { get; init; } = 5;

    /// <summary>Whether modl keeps only the states between applications and computes the rest again.</summary>
    public bool Checkpointing { get; init; }

    /// <summary>How the gradient passes the fixed point.</summary>
    public AdjointKind Adjoint { get; init; } = AdjointKind.OfModel;

    /// <summary>Terms of the Neumann series, applications that are unrolled, or the most terms that auto may take.</summary>
    public int AdjointTerms { get; init; } = 3;

    /// <summary>How the implicit adjoint solves its equation.</summary>
    public AdjointMethod AdjointSolver { get; init; } = AdjointMethod.Gmres;

    /// <summary>Relative residual at which the implicit adjoint stops.</summary>
    public double AdjointTolerance { get; init; } = 1e-3;

    /// <summary>Most sweeps of the implicit adjoint.</summary>
    public int AdjointMaxIterations { get; init; } = 40;

    /// <summary>Basis vectors of GMRES, pairs of Anderson, in the implicit adjoint.</summary>
    public int AdjointMemory { get; init; } = 10;

    /// <summary>Largest residual of a solve at which the implicit gradient is taken; above it the Jacobian-free one.</summary>
    public double AdjointResidual { get; init; } = 1e-2;

    /// <summary>Residual of the adjoint equation above which the Jacobian-free gradient is taken; 0 never does.</summary>
    public double AdjointGiveUp { get; init; }

    /// <summary>Least cosine between the gradients of auto and of the implicit adjoint on the probe slice.</summary>
    public double AdjointCosine { get; init; } = 0.99;

    /// <summary>Fixed-point solver.</summary>
    public SolverKind Solver { get; init; } = SolverKind.Anderson;

    /// <summary>Pairs that Anderson keeps.</summary>
    public int AndersonMemory { get; init; } = 5;

    /// <summary>Ridge of Anderson's least squares.</summary>
    public double AndersonRidge { get; init; } = 1e-8;

    /// <summary>What the ridge is relative to.</summary>
    public RidgeMode AndersonRidgeMode { get; init; } = RidgeMode.Column;

    /// <summary>Mixing of Anderson: 1 takes f only.</summary>
    public double AndersonBeta { get; init; } = 1;

    /// <summary>Evaluations of growing residual before Anderson drops its history; 0 never does.</summary>
    public int AndersonRestart { get; init; } = 5;

    /// <summary>Whether accelerated steps that raise the residual are refused.</summary>
    public bool AndersonSafeguard { get; init; }

    /// <summary>Share of f(z) in a step of Picard.</summary>
    public double PicardDamping { get; init; } = 1;

    /// <summary>Updates that Broyden keeps.</summary>
    public int BroydenMemory { get; init; } = 20;

    /// <summary>Whether slices that diverge are solved again by safeguarded Anderson, then by damped Picard.</summary>
    public bool SolverLadder { get; init; } = true;

    /// <summary>Relative residual at which the solver stops.</summary>
    public double Tolerance { get; init; } = 1e-3;

    /// <summary>Evaluations of the layer after which the solver stops.</summary>
    public int MaxIterations { get; init; } = 15;

    /// <summary>Density compensation.</summary>
    public DensityRule Density { get; init; } = DensityRule.Pipe;

    /// <summary>Scale of the density weights.</summary>
    public DensityNormKind DensityNorm { get; init; } = DensityNormKind.MaximumEigenvalue;

    /// <summary>What the data are divided by.</summary>
    public KSpaceNormKind KSpaceNorm { get; init; } = KSpaceNormKind.Image;

    /// <summary>Norm of the gridded image by which the data are divided.</summary>
    public ImageNorm ImageNorm { get; init; } = ImageNorm.P999;

    /// <summary>Accuracy of the NUFFT.</summary>
    public NufftAccuracy Nufft { get; init; } = NufftAccuracy.Accurate;

    /// <summary>Image that training aims at.</summary>
    public TargetKind Target { get; init; } = TargetKind.Gridding;

    /// <summary>Which spokes the training data keep.</summary>
    public UndersamplingPattern TrainPattern { get; init; } = UndersamplingPattern.Temporal;

    /// <summary>Which spokes the data keep that measure the result.</summary>
    public UndersamplingPattern TestPattern { get; init; } = UndersamplingPattern.Equiangular;

    /// <summary>Undersampling factor R.</summary>
    public int Acceleration { get; init; } = 4;

    /// <summary>Origin of the coil maps.</summary>
    public MapsKind Maps { get; init; } = MapsKind.Walsh;

    /// <summary>Data that the coil maps are estimated from.</summary>
    public MapsSourceKind MapsFrom { get; init; } = MapsSourceKind.Full;

    /// <summary>Training loss.</summary>
    public LossKind Loss { get; init; } = LossKind.Mse;

    /// <summary>Step size of Adam.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Decay of Adam's first moment.</summary>
    public double AdamBeta1 { get; init; } = 0.9;

    /// <summary>Decay of Adam's second moment.</summary>
    public double AdamBeta2 { get; init; } = 0.999;

    /// <summary>Adam's epsilon, outside the square root.</summary>
    public double AdamEpsilon { get; init; } = 1e-8;

    /// <summary>Largest l2 norm of a step's gradient, above which it is scaled down; 0 turns clipping off.</summary>
    public double GradientClip { get; init; }

    /// <summary>Passes over the training slices.</summary>
    public int Epochs { get; init; } = 40;

    /// <summary>Slices per step.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>Seed of everything random.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Epochs between validations.</summary>
    public int ValidationEvery { get; init; } = 1;

    /// <summary>Where the peak of a PSNR is taken from.</summary>
    public DataRange PsnrRange { get; init; } = DataRange.VolumeMaximum;

    /// <summary>True if the image is the fixed point of the layer.</summary>
    public bool IsEquilibrium => Model is ModelKind.Ifdeq or ModelKind.Deq;

    /// <summary><see cref="Adjoint"/>, or the one that goes with the model.</summary>
    public AdjointKind EffectiveAdjoint => (Adjoint, Model) switch
    {
        (not AdjointKind.OfModel, _) => Adjoint,
        (_, ModelKind.Ifdeq) => AdjointKind.JacobianFree,
        (_, ModelKind.Deq) => AdjointKind.Implicit,
        _ => AdjointKind.Unrolled,
    };

    /// <summary>Names of the presets, smallest first.</summary>
    public static IReadOnlyList<string> PresetNames { get; } = ["tiny", "small", "paper"];

    /// <summary>The preset of that name.</summary>
    /// <exception cref="InputException">There is no such preset.</exception>
    public static TrainingConfig FromPreset(string name) => name switch
    {
        "tiny" => new TrainingConfig(),
        "small" => new TrainingConfig
        {
            Preset = name,
            Matrix = 128,
            Coils = 8,
            Slices = 6,
            TrainSubjects = 7,
            ValidationSubjects = 1,
            TestSubjects = 2,
            Base = 16,
            Poolings = 3,
            MaxIterations = 25,
            Epochs = 20,
        },
        "paper" => new TrainingConfig
        {
            Preset = name,
            Matrix = 320,
            Coils = 32,
            Slices = 100,
            TrainSubjects = 5,
            ValidationSubjects = 1,
            TestSubjects = 2,
            Base = 32,
            Poolings = 4,
            MaxIterations = 50,
            Tolerance = 1e-4,
            Maps = MapsKind.Jsense,
            Epochs = 50,
        },
        _ => throw new InputException($"preset '{name}' is not known. {Suggestion.For(name, PresetNames)}"),
    };
}
