namespace Stardeq.Recon;

/// <summary>Which reconstruction model is trained.</summary>
public enum ModelKind
{
    /// <summary>Equilibrium of one layer, gradient without the inverse.</summary>
    Ifdeq,
}

/// <summary>The layer whose fixed point (or unrolling) is the reconstruction.</summary>
public enum LayerKind
{
    /// <summary>f(z) = R(z - eta (H z - b)).</summary>
    Prox,
}

/// <summary>How the gradient passes the fixed point.</summary>
public enum AdjointKind
{
    /// <summary>u = g: Jacobian-free, one application of the layer.</summary>
    JacobianFree,

    /// <summary>u = sum of the first terms of the Neumann series.</summary>
    Neumann,

    /// <summary>The last applications of the layer are recorded and unrolled.</summary>
    Unrolled,
}

/// <summary>Fixed-point solver.</summary>
public enum SolverKind
{
    /// <summary>Anderson acceleration, type II.</summary>
    Anderson,

    /// <summary>Plain iteration.</summary>
    Picard,
}

/// <summary>Scale of the density weights.</summary>
public enum DensityNormKind
{
    /// <summary>As computed.</summary>
    None,

    /// <summary>Divided by the largest eigenvalue of the weighted single-coil normal operator.</summary>
    MaximumEigenvalue,
}

/// <summary>Origin of the coil maps.</summary>
public enum MapsKind
{
    /// <summary>Estimated from gridded low-resolution coil images by local principal components.</summary>
    Walsh,

    /// <summary>Those of the simulation.</summary>
    True,
}

/// <summary>Data that the coil maps are estimated from.</summary>
public enum MapsSourceKind
{
    /// <summary>All spokes.</summary>
    Full,

    /// <summary>The spokes that the model sees.</summary>
    Undersampled,
}

/// <summary>Training loss.</summary>
public enum LossKind
{
    /// <summary>Mean squared error over the real numbers of the complex image.</summary>
    Mse,

    /// <summary>Mean squared error of the magnitudes, over the pixels; the phase is free.</summary>
    MseMagnitude,

    /// <summary>Squared error divided by the squared norm of the target, both summed over the batch.</summary>
    Nmse,
}
