namespace Stardeq.Kernels;

/// <summary>Scale of a discrete Fourier transform of n points.</summary>
public enum FftNorm
{
    /// <summary>No scale in either direction: inverse after forward multiplies by n.</summary>
    None,

    /// <summary>1/√n in both directions, so that the transform is unitary.</summary>
    Orthonormal,
}
