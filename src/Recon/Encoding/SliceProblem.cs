using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>One slice, ready for a model: everything is divided by the scale s of its gridded image.</summary>
public sealed record SliceProblem
{
    /// <summary>Volume that the slice belongs to.</summary>
    public required string Subject { get; init; }

    /// <summary>b = Aᴴ W y / s, complex64 [rows, columns].</summary>
    public required Tensor B { get; init; }

    /// <summary>Coil maps, complex64 [coils, rows, columns].</summary>
    public required Tensor Maps { get; init; }

    /// <summary>Toeplitz spectrum of the weighted sampling pattern, float32 [2 rows, 2 columns]; shared by the slices of a pattern.</summary>
    public required Tensor Spectrum { get; init; }

    /// <summary>What a model should return: the image of the fully sampled data / s, complex64 [rows, columns].</summary>
    public required Tensor Target { get; init; }

    /// <summary>s, in the units of the data.</summary>
    public required double Scale { get; init; }

    /// <summary>λ_max by which the density weights were divided: b times this is the gridded image.</summary>
    public required double WeightNorm { get; init; }
}
