namespace Stardeq.Recon;

/// <summary>How the network U enters the denoiser R.</summary>
public enum DenoiserKind
{
    /// <summary>R(u) = u + U(u).</summary>
    Residual,

    /// <summary>R(u) = U(u).</summary>
    Direct,

    /// <summary>R(u) = (1 - t) u + t U(u).</summary>
    Averaged,
}
