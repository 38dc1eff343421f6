using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>Settings of <see cref="PipeMenonDensity"/>.</summary>
/// <param name="Iterations">Number of updates.</param>
/// <param name="Oversampling">Grid spacing is 1/Oversampling cycles per field of view. Half the Nyquist spacing (2)
/// conditions the operator better than the spacing 1.</param>
/// <param name="Width">Kaiser-Bessel kernel width in cells [PIP99].</param>
/// <param name="Beta">Kaiser-Bessel shape.</param>
public sealed record PipeMenonSettings(int Iterations = 30, int Oversampling = 2, int Width = 4, double Beta = 8);

// w <- w / |G Gᵀ w| from ones: samples -> grid -> samples, G the Kaiser-Bessel interpolation. Not normalised.

/// <summary>Iterative density weights for any trajectory.</summary>
public static class PipeMenonDensity
{
    /// <summary>Weights of all points.</summary>
    /// <param name="points">[..., 2] float32 or float64, (kx, ky) in cycles per field of view.</param>
    /// <param name="rows">Image height in pixels.</param>
    /// <param name="columns">Image width in pixels.</param>
    /// <param name="settings">Iterations, grid, kernel.</param>
    /// <returns>One weight per point, any scale.</returns>
    public static double[] Weights(Tensor points, int rows, int columns, PipeMenonSettings settings)
    {
        using var scope = new TensorScope(points.Device.Host, MemoryOwner.Workspace);
        int count = (int)(points.Count / 2);
        var interpolation = new KaiserBesselInterpolation(scope.Bring(points).Reshape([count, 2]), rows, columns, settings.Oversampling, settings.Width, settings.Beta);
        Tensor grid = scope.New(DType.Float64, interpolation.Domain), spread = scope.New(DType.Float64, [count]);
        double[] weights = new double[count];
        Array.Fill(weights, 1);
        for (int iteration = 0; iteration < settings.Iterations; iteration++)
        {
            weights.CopyTo(spread.Span<double>());
            interpolation.Adjoint(spread, grid);
            interpolation.Forward(grid, spread);
            Span<double> density = spread.Span<double>();
            for (int i = 0; i < count; i++)
            {
                weights[i] /= Math.Abs(density[i]);
            }
        }

        return weights;
    }
}
