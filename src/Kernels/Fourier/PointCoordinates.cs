using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>Reads point sets.</summary>
internal static class PointCoordinates
{
    /// <summary>The (kx, ky) pairs of a real tensor [.., 2] as doubles.</summary>
    public static double[] Read(string operation, Tensor points)
    {
        if (points.Shape.Rank == 0 || points.Shape[^1] != 2 || points.DType is not (DType.Float32 or DType.Float64))
        {
            throw new ShapeException($"{operation}: points are {points.Describe()}; expected float32 or float64 [.., 2] = (kx, ky).");
        }

        return points.DType == DType.Float64
            ? points.ToArray<double>()
            : Array.ConvertAll(points.ToArray<float>(), value => (double)value);
    }
}
