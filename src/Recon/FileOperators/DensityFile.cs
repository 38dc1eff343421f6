using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>Density weights as array files.</summary>
public static class DensityFile
{
    /// <summary>Computes the weights of a trajectory and writes them as float32, one per point.</summary>
    /// <param name="path">Array file to write.</param>
    /// <param name="trajectory">Points; see <see cref="TrajectoryReader"/>.</param>
    /// <param name="rule">Ramp and Voronoi give areas in (cycles per field of view)², and need [..., spoke, sample, 2].</param>
    /// <param name="norm">Whether to divide by λ_max(Fᴴ W F).</param>
    /// <param name="rows">Image height in pixels.</param>
    /// <param name="columns">Image width in pixels.</param>
    /// <param name="device">Where to compute.</param>
    /// <returns>Type, shape and scale of the result.</returns>
    /// <exception cref="InputException">The trajectory cannot be used with the rule, or the file cannot be written.</exception>
    public static string Write(string path, string trajectory, DensityRule rule, DensityNormKind norm, int rows, int columns, Device device)
    {
        using TensorScope scope = new(device.Host, MemoryOwner.Data), work = new(device, MemoryOwner.Workspace);
        Tensor points = TrajectoryReader.Read(trajectory, rows, columns, scope);
        double[] weights = DensityWeights.Compute(rule, points, rows, columns);
        double divisor = 1;
        if (norm == DensityNormKind.MaximumEigenvalue)
        {
            using NufftPlan plan = NufftPlan.Create(work.Bring(points), rows, columns, NufftAccuracy.Accurate);
            divisor = DensityWeights.Normalise(weights, plan, work).LambdaMax;
        }

        Tensor result = scope.From(points.Shape[..^1], Array.ConvertAll(weights, w => (float)(w / divisor)));
        ArrayFile.Write(path, result);
        return norm == DensityNormKind.None
            ? $"{result.Describe()}, sum {weights.Sum():g6}"
            : $"{result.Describe()}, divided by the largest eigenvalue {divisor:g6}";
    }
}
