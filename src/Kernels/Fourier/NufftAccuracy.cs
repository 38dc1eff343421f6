namespace Stardeq.Kernels;

/// <summary>How finely a gridding transform works in float32.</summary>
/// <param name="Oversampling">σ: grid cells per pixel, above 1; rounded up so that the grid is even and smooth.</param>
/// <param name="Width">W: kernel width in grid cells, 2 to 16.</param>
public readonly record struct NufftAccuracy(double Oversampling, int Width)
{
    /// <summary>σ = 1.5, W = 8: relative error about 2e-6. Eight complex numbers fill one vector of 512 bits, and the small grid
    /// saves more in the transform than the wide window costs: σ = 2, W = 6 is slower and has four times the error.</summary>
    public static NufftAccuracy Accurate => new(1.5, 8);

    /// <summary>σ = 1.5, W = 6: relative error about 6e-5.</summary>
    public static NufftAccuracy Fast => new(1.5, 6);

    /// <summary>σ = 1.25, W = 6: relative error about 4e-4, for a look at data.</summary>
    public static NufftAccuracy Coarse => new(1.25, 6);

    /// <summary>σ = 2, W = 9: float32 rounding remains, about 1e-6; for tables that later steps inherit from.</summary>
    public static NufftAccuracy Finest => new(2, 9);
}
