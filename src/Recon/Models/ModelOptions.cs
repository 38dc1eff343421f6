using Stardeq.Autodiff;

namespace Stardeq.Recon;

/// <summary>Size and kind of an <see cref="EquilibriumModel"/>.</summary>
public sealed record ModelOptions
{
    /// <summary>Smallest legal value of the learned scalar: a step or a weight of zero would cut data or denoiser out of the
    /// layer for good.</summary>
    public const double SmallestScalar = 1e-3;

    private readonly double? _scalar, _largestScalar;

    /// <summary>What one application computes.</summary>
    public LayerKind Layer { get; init; } = LayerKind.Prox;

    /// <summary>The network.</summary>
    public required UnetOptions Unet { get; init; }

    /// <summary>How the network becomes a denoiser.</summary>
    public DenoiserKind Denoiser { get; init; } = DenoiserKind.Residual;

    /// <summary>t of the averaged denoiser.</summary>
    public double DenoiserShare { get; init; } = 0.5;

    /// <summary>η or λ before training; by default that of the layer.</summary>
    public double Scalar
    {
        get => _scalar ?? Layer.DefaultScalar();
        init => _scalar = value;
    }

    /// <summary>Name of the learned scalar in checkpoints and messages.</summary>
    public string ScalarName => Layer.HasStepSize() ? EquilibriumModel.StepSizeName : EquilibriumModel.LambdaName;

    /// <summary>Largest legal η or λ; by default that of the layer.</summary>
    public double LargestScalar
    {
        get => _largestScalar ?? Layer.LargestScalar();
        init => _largestScalar = value;
    }

    /// <summary>Whether η or λ is trained.</summary>
    public bool LearnsScalar { get; init; } = true;

    /// <summary>α of <see cref="LayerKind.Mol"/>, in (0, 1].</summary>
    public double Alpha { get; init; } = 0.5;

    /// <summary>Normalisation of the network's weights; null for none.</summary>
    public SpectralOptions? Spectral { get; init; }

    /// <summary>How far the inverses of modl and mol are computed; null for what the precision allows.</summary>
    public ResolventOptions? Resolvent { get; init; }
}
