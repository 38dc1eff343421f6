using Stardeq.Autodiff;
using static Stardeq.Recon.ConfigKey;

namespace Stardeq.Recon;

/// <summary>The keys of the stabilisers; part of <see cref="ConfigKeys.All"/>.</summary>
internal static class StabiliserKeys
{
    /// <summary>In the order in which they are written.</summary>
    public static IReadOnlyList<ConfigKey> All { get; } =
    [
        // Norms of weights
        Choice("sn", c => c.Normalisation, (c, v) => c with { Normalisation = v }, "norm of the convolutions that is normalised",
            ("none", NormalisationKind.None), ("reshape", NormalisationKind.Reshape), ("power", NormalisationKind.Power), ("fft", NormalisationKind.Fft)),
        Number("sn_target", c => c.NormTarget, (c, v) => c with { NormTarget = v }, "norm that each convolution is brought to", "target > 0", v => v > 0),
        Choice("sn_rule", c => c.NormRule, (c, v) => c with { NormRule = v }, "divide always, or only norms above the target",
            ("clip", NormRule.Clip), ("divide", NormRule.Divide)),
        Whole("sn_size", c => c.NormSize, (c, v) => c with { NormSize = v }, "side of the maps on which sn=power iterates", 1),
        Switch("certified", c => c.Certified, (c, v) => c with { Certified = v }, "clip all convolutions so that the layer is a contraction by proof"),
        Number("certified_margin", c => c.CertifiedMargin, (c, v) => c with { CertifiedMargin = v }, "the certified network is (1 - margin)-Lipschitz", "0 < margin < 1", v => v is > 0 and < 1),

        // Jacobian
        Choice("jr_kind", c => c.Jacobian, (c, v) => c with { Jacobian = v }, "regularisation of the Jacobian at the solution",
            ("none", JacobianKind.None), ("fro", JacobianKind.Frobenius), ("spec", JacobianKind.Spectral)),
        Choice("jr_on", c => c.JacobianOf, (c, v) => c with { JacobianOf = v }, "whose Jacobian: the layer's or the denoiser's alone",
            ("layer", JacobianOf.Layer), ("network", JacobianOf.Network)),
        Number("jr_weight", c => c.JacobianWeight, (c, v) => c with { JacobianWeight = v }, "factor of the penalty beside the loss", "weight >= 0", v => v >= 0),
        Number("jr_frequency", c => c.JacobianFrequency, (c, v) => c with { JacobianFrequency = v }, "share of the steps that get the penalty", "0 < share <= 1", v => v is > 0 and <= 1),
        Whole("jr_start", c => c.JacobianStart, (c, v) => c with { JacobianStart = v }, "first epoch with the penalty", 1),
        Whole("jr_stop", c => c.JacobianStop, (c, v) => c with { JacobianStop = v }, "last epoch with the penalty, 0 = the last of all", 0),
        Whole("jr_ramp", c => c.JacobianRamp, (c, v) => c with { JacobianRamp = v }, "epochs over which the weight rises", 0),
        Whole("jr_probes", c => c.JacobianProbes, (c, v) => c with { JacobianProbes = v }, "random probes of one estimate of jr_kind=fro", 1),
        Choice("jr_probe", c => c.JacobianProbe, (c, v) => c with { JacobianProbe = v }, "what probes are drawn from",
            ("gaussian", ProbeKind.Gaussian), ("rademacher", ProbeKind.Rademacher)),
        Whole("jr_iterations", c => c.JacobianIterations, (c, v) => c with { JacobianIterations = v }, "power iterations of jr_kind=spec", 1),
        Number("jr_margin", c => c.JacobianMargin, (c, v) => c with { JacobianMargin = v }, "how far below 1 jr_kind=spec wants the largest singular value", "0 <= margin < 1", v => v is >= 0 and < 1),
    ];

    /// <summary>Settings of the stabilisers that contradict each other.</summary>
    /// <exception cref="InputException">A combination makes no sense.</exception>
    public static void Validate(TrainingConfig config)
    {
        if (config.Certified && config.Denoiser == DenoiserKind.Residual)
        {
            throw new InputException("config: certified=true needs denoiser=direct or averaged. The residual denoiser u + U(u) is no contraction, however small U is.");
        }

        if (config.Certified && config.Normalisation != NormalisationKind.None)
        {
            throw new InputException("config: certified=true chooses norm, rule and target itself; leave sn=none.");
        }

        if (config.JacobianStop > 0 && config.JacobianStop < config.JacobianStart)
        {
            throw new InputException($"config: jr_stop {config.JacobianStop} is before jr_start {config.JacobianStart}; no epoch would have the penalty.");
        }
    }
}
