namespace Stardeq.Recon;

/// <summary>Normalisation of convolution weights.</summary>
public enum NormalisationKind
{
    /// <summary>Weights are used as they are.</summary>
    None,

    /// <summary>Norm of the kernel reshaped to a matrix, the form of the reference codes.</summary>
    Reshape,

    /// <summary>Norm of the zero-padded convolution, by power iteration.</summary>
    Power,

    /// <summary>Exact norm over all frequencies: a bound at every image size.</summary>
    Fft,
}

/// <summary>Regularisation of the Jacobian at the solution.</summary>
public enum JacobianKind
{
    /// <summary>None.</summary>
    None,

    /// <summary>Mean squared singular value, by random probes.</summary>
    Frobenius,

    /// <summary>Squared excess of the largest singular value above a threshold.</summary>
    Spectral,
}

/// <summary>Whose Jacobian is regularised.</summary>
public enum JacobianOf
{
    /// <summary>That of the layer f at z*.</summary>
    Layer,

    /// <summary>That of the denoiser alone, at what it gets when the layer is at z*.</summary>
    Network,
}
