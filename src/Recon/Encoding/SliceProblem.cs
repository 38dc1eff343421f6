using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>One slice, ready for a solver: find x with Aᴴ W A x ≈ b. Everything is divided by one scale s.</summary>
public sealed record SliceProblem
{
    /// <summary>Volume that the slice belongs to.</summary>
    public required string Subject { get; init; }

    /// <summary>Coil maps [coil, y, x] complex64, Σ|S|² = 1 inside the support.</summary>
    public required Tensor Maps { get; init; }

    /// <summary>Toeplitz spectrum of Fᴴ W F, [2y, 2x] float32, shared by all slices with the same spokes.</summary>
    public required Tensor Spectrum { get; init; }

    /// <summary>b = Aᴴ W y / s, [y, x] complex64.</summary>
    public required Tensor B { get; init; }

    /// <summary>Image of the fully sampled data / s, [y, x] complex64, or null where there are no further data.</summary>
    public required Tensor? Target { get; init; }

    /// <summary>s in image units: multiply a result by it to undo the scaling.</summary>
    public required double Scale { get; init; }

    /// <summary>What the density weights were divided by: b times this is the gridded image.</summary>
    public required double WeightNorm { get; init; }

    /// <summary>The normal operator Aᴴ W A; dispose it after use.</summary>
    public ToeplitzNormal Normal() => new(Spectrum, Maps);
}
