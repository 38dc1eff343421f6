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

    /// <summary>Reference image / s, [y, x] complex64, or null where there are no further data.</summary>
    public required Tensor? Target { get; init; }

    /// <summary>s in image units: multiply a result by it to undo the scaling.</summary>
    public required double Scale { get; init; }

    /// <summary>Factor that turns b into the gridded image, which has the amplitude of the object.</summary>
    public required double AreaScale { get; init; }

    /// <summary>The target, for work that cannot do without.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public Tensor RequireTarget() => Target
        ?? throw new InputException($"{Subject}: the slice has no fully sampled data to compare with; reconstruct it, but do not train or evaluate on it.");

    /// <summary>The normal operator Aᴴ W A; dispose it after use.</summary>
    public ToeplitzNormal Normal() => new(Spectrum, Maps);
}
