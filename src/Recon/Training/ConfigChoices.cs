namespace Stardeq.Recon;

/// <summary>Which reconstruction model is trained.</summary>
public enum ModelKind
{
    /// <summary>Equilibrium of one layer, gradient without the inverse.</summary>
    Ifdeq,

    /// <summary>Equilibrium of one layer, exact implicit gradient.</summary>
    Deq,

    /// <summary>A fixed number of applications of the layer, all of them differentiated.</summary>
    Modl,

    /// <summary>The denoiser applied once to the gridded image, without data consistency.</summary>
    Unet,
}

/// <summary>How the gradient passes the fixed point.</summary>
public enum AdjointKind
{
    /// <summary>That of the model: Jacobian-free for ifdeq, implicit for deq, unrolled for the others.</summary>
    OfModel,

    /// <summary>u = g: Jacobian-free, one application of the layer.</summary>
    JacobianFree,

    /// <summary>u = sum of the first terms of the Neumann series.</summary>
    Neumann,

    /// <summary>The last applications of the layer are recorded and unrolled.</summary>
    Unrolled,

    /// <summary>(I - J^T) u = g solved to a residual.</summary>
    Implicit,

    /// <summary>The shortest Neumann series whose gradient is near the implicit one on a probe slice.</summary>
    Cheapest,
}

/// <summary>Fixed-point solver.</summary>
public enum SolverKind
{
    /// <summary>Anderson acceleration, type II.</summary>
    Anderson,

    /// <summary>Plain or damped iteration.</summary>
    Picard,

    /// <summary>Broyden's good method.</summary>
    Broyden,
}

/// <summary>Scale of the density weights.</summary>
public enum DensityNormKind
{
    /// <summary>As computed.</summary>
    None,

    /// <summary>Divided by the largest eigenvalue of the weighted single-coil normal operator.</summary>
    MaximumEigenvalue,
}

/// <summary>What the data are divided by; the target and the image are divided by the same.</summary>
public enum KSpaceNormKind
{
    /// <summary>A norm of the gridded image of the slice, so that images are of order one.</summary>
    Image,

    /// <summary>The largest eigenvalue of the weighted single-coil normal operator, the same for all slices: they keep their relative
    /// brightness. With unnormalised weights this is the other reading of the abstract, which leaves the step size to the weights.</summary>
    MaximumEigenvalue,

    /// <summary>Nothing: images have the units of the data.</summary>
    None,
}

/// <summary>Origin of the coil maps.</summary>
public enum MapsKind
{
    /// <summary>Estimated from gridded low-resolution coil images by local principal components.</summary>
    Walsh,

    /// <summary>Estimated together with the image from the calibration region.</summary>
    Jsense,

    /// <summary>Eigenvectors of the convolution that leaves the calibration region as it is.</summary>
    Espirit,

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
