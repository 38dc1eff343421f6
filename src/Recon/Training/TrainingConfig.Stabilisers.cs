using Stardeq.Autodiff;

namespace Stardeq.Recon;

/// <content>Settings that keep the fixed point stable: norms of weights, the size of the Jacobian, a certificate.</content>
public sealed partial record TrainingConfig
{
    /// <summary>Which norm of the convolution weights is normalised.</summary>
    public NormalisationKind Normalisation { get; init; } = NormalisationKind.None;

    /// <summary>Norm that each convolution is brought to.</summary>
    public double NormTarget { get; init; } = 1;

    /// <summary>Whether weights are divided always, or only if their norm is above the target. The last convolution starts at zero,
    /// which division leaves and the first update then takes to the target at once; clipping lets it grow.</summary>
    public NormRule NormRule { get; init; } = NormRule.Clip;

    /// <summary>Side of the first level's maps on which power iteration works.</summary>
    public int NormSize { get; init; } = 64;

    /// <summary>Whether all convolutions are clipped so that the layer is a contraction by proof.</summary>
    public bool Certified { get; init; }

    /// <summary>m: the certified network is (1 − m)-Lipschitz.</summary>
    public double CertifiedMargin { get; init; } = 0.05;

    /// <summary>Regularisation of the Jacobian.</summary>
    public JacobianKind Jacobian { get; init; } = JacobianKind.None;

    /// <summary>Whose Jacobian.</summary>
    public JacobianOf JacobianOf { get; init; } = JacobianOf.Layer;

    /// <summary>γ: the penalty's factor beside the loss, whose scale it must be compared with.</summary>
    public double JacobianWeight { get; init; } = 1e-4;

    /// <summary>Share of the steps that get the penalty, drawn from the seed.</summary>
    public double JacobianFrequency { get; init; } = 1;

    /// <summary>First epoch with the penalty.</summary>
    public int JacobianStart { get; init; } = 1;

    /// <summary>Last epoch with the penalty; 0 is the last of all.</summary>
    public int JacobianStop { get; init; }

    /// <summary>Epochs over which the weight rises linearly from zero; 0 starts with all of it.</summary>
    public int JacobianRamp { get; init; }

    /// <summary>Random probes of one Frobenius estimate.</summary>
    public int JacobianProbes { get; init; } = 1;

    /// <summary>What probes are drawn from.</summary>
    public ProbeKind JacobianProbe { get; init; } = ProbeKind.Gaussian;

    /// <summary>Power iterations of one estimate of the largest singular value.</summary>
    public int JacobianIterations { get; init; } = 10;

    /// <summary>How far below one the largest singular value is to stay.</summary>
    public double JacobianMargin { get; init; } = 0.05;
}
