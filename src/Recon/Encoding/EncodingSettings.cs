using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>Choices between raw k-space and a problem for a solver.</summary>
public sealed record EncodingSettings
{
    /// <summary>Density rule of input, target and normal operator.</summary>
    public DensityRule Density { get; init; } = DensityRule.Voronoi;

    /// <summary>Settings of the rule <see cref="DensityRule.Pipe"/>.</summary>
    public PipeMenonSettings Pipe { get; init; } = new();

    /// <summary>Scale of the weights; division by λ_max(Fᴴ W F) makes ‖Aᴴ W A‖ ≤ 1.</summary>
    public DensityNormKind DensityNorm { get; init; } = DensityNormKind.MaximumEigenvalue;

    /// <summary>Divides the weights beyond λ_max: 1.01 covers an estimate of it that is too small.</summary>
    public double WeightSafety { get; init; } = 1.01;

    /// <summary>Accuracy of the transforms.</summary>
    public NufftAccuracy Accuracy { get; init; } = NufftAccuracy.Accurate;

    /// <summary>What the data are divided by.</summary>
    public KSpaceNormKind KSpaceNorm { get; init; } = KSpaceNormKind.Image;

    /// <summary>Norm of <see cref="KSpaceNormKind.Image"/>, taken from the undersampled gridded image only.</summary>
    public ImageNorm Norm { get; init; } = ImageNorm.P999;

    /// <summary>What the target is.</summary>
    public TargetKind Target { get; init; } = TargetKind.Gridding;

    /// <summary>Steps of <see cref="TargetKind.CgSense"/>.</summary>
    public int TargetIterations { get; init; } = 15;

    /// <summary>λ of <see cref="TargetKind.CgSense"/>, relative to ‖Aᴴ W A‖ ≤ 1.</summary>
    public double TargetLambda { get; init; } = 1e-3;
}
