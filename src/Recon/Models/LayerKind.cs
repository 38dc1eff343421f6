namespace Stardeq.Recon;

/// <summary>What one application f(z) computes; H = Aᴴ W A with ‖H‖ ≤ 1, b = Aᴴ W y, R the denoiser.</summary>
public enum LayerKind
{
    /// <summary>f(z) = R(z − η (H z − b)) [SHA24], [GIL21]: a gradient step of data consistency, then the denoiser.</summary>
    Prox,

    /// <summary>f(z) = z − η (H z − b − N(z)), N = R − I [GIL21]: a gradient step of data term and regulariser together.</summary>
    Grad,

    /// <summary>f(z) = (H + λ)⁻¹ (b + λ R(z)) [AGG19]: the denoiser, then data consistency to the end.</summary>
    Modl,

    /// <summary>f(z) = (I + αλH)⁻¹ ((1 − α) z + α R(z) + αλ b) [PRA23]: a forward-backward step of a monotone operator.</summary>
    Mol,
}

/// <summary>Facts about each layer; derived in docs/derivations/layers.md.</summary>
public static class LayerKinds
{
    /// <summary>True if the scalar of the layer is a step size η; else it is a weight λ.</summary>
    public static bool HasStepSize(this LayerKind layer) => layer is LayerKind.Prox or LayerKind.Grad;

    /// <summary>η or λ before training. λ = 2 of mol makes αλ one at α = 1/2, the product of its authors' values.</summary>
    public static double DefaultScalar(this LayerKind layer) => layer switch
    {
        LayerKind.Prox => 1,
        LayerKind.Grad => 0.5,
        LayerKind.Modl => 0.05,
        _ => 2,
    };

    /// <summary>
    /// Largest legal η or λ. The linear part of prox, I − ηH, is non-expansive up to η = 2, that of grad, (1 − η) I − ηH, up to
    /// η = 1; both keep a distance for norms of H that are a little above one. The resolvents are non-expansive for any λ; the
    /// limit keeps their systems solvable in single precision.
    /// </summary>
    public static double LargestScalar(this LayerKind layer) => layer switch
    {
        LayerKind.Prox => 1.9,
        LayerKind.Grad => 0.95,
        _ => 1000,
    };

    /// <summary>Largest η for which a contraction of the denoiser makes one of the layer; any λ does. Derivation:
    /// docs/derivations/lipschitz.md.</summary>
    public static double LargestCertifiedScalar(this LayerKind layer) => layer == LayerKind.Grad ? 2.0 / 3 : layer.LargestScalar();
}
