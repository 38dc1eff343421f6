namespace Stardeq.Kernels;

/// <summary>How finely a gridding transform works in float32.</summary>
/// <param name="Oversampling">σ: grid cells per pixel, above 1; rounded up so that the grid is even and smooth.</param>
/// <param name="Width">W: kernel width in grid cells, 2 to 16.</param>
public readonly record struct NufftAccuracy(double Oversampling, int Width)
{
    /// <summary>σ = 2, W = 6: relative error about 1e-5.</summary>
    public static NufftAccuracy Accurate => new(2, 6);

    /// <summary>σ = 1.5, W = 6: relative error about 6e-5, with a grid of nearly half the size.</summary>
    public static NufftAccuracy Fast => new(1.5, 6);

    /// <summary>σ = 2, W = 9: float32 rounding remains, about 1e-6; for tables that later steps inherit from.</summary>
    public static NufftAccuracy Finest => new(2, 9);
}
