using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>How samples are weighted for their density.</summary>
public enum DensityRule
{
    /// <summary>π |k| dk / spokes.</summary>
    Ramp,

    /// <summary>Each spoke's own angular sector.</summary>
    Voronoi,

    /// <summary>Pipe and Menon's iteration; any trajectory.</summary>
    Pipe,

    /// <summary>One for every sample: plain least squares, the maximum likelihood under white noise.</summary>
    None,
}

/// <summary>Normalised weights and what they were divided by.</summary>
/// <param name="Weights">float32 or float64, one per point.</param>
/// <param name="LambdaMax">Estimate of λ_max(Fᴴ W F) before the division, without the safety factor.</param>
/// <param name="Converged">True if the eigenvalue met its tolerance.</param>
public sealed record NormalisedWeights(Tensor Weights, double LambdaMax, bool Converged);

/// <summary>Density weights by rule, and their normalisation.</summary>
public static class DensityWeights
{
    private const ulong StartSeed = 1; // of the random start vector

    /// <summary>Weights of a trajectory.</summary>
    /// <param name="rule">Which rule. Ramp and Voronoi need the spokes: points [..., spokes, readout, 2].</param>
    /// <param name="points">(kx, ky) in cycles per field of view.</param>
    /// <param name="rows">Image height in pixels.</param>
    /// <param name="columns">Image width in pixels.</param>
    /// <param name="pipe">Settings of the iteration, or null for the defaults.</param>
    /// <returns>One weight per point, in memory order, not normalised.</returns>
    /// <exception cref="InputException">The rule does not apply to the points.</exception>
    public static double[] Compute(DensityRule rule, Tensor points, int rows, int columns, PipeMenonSettings? pipe = null) => rule switch
    {
        DensityRule.Ramp => RadialDensity.Ramp(SpokeGeometry.FromPoints(points, rows, columns), rows, columns),
        DensityRule.Voronoi => RadialDensity.Voronoi(SpokeGeometry.FromPoints(points, rows, columns), rows, columns),
        DensityRule.None => [.. Enumerable.Repeat(1.0, (int)(points.Count / 2))],
        _ => PipeMenonDensity.Weights(points, rows, columns, pipe ?? new PipeMenonSettings()),
    };

    /// <summary>w / λ_max(Fᴴ W F), F the single-coil transform: ‖Aᴴ W A‖ ≤ 1 for any coil maps with Σ|S|² ≤ 1.</summary>
    /// <param name="weights">One per point.</param>
    /// <param name="plan">Transform of the points.</param>
    /// <param name="scope">Owner of the result.</param>
    /// <param name="safety">Extra divisor; 1.01 makes up for an estimate below the true value.</param>
    /// <param name="precision">float32, or float64 for the exact sum.</param>
    /// <param name="tolerance">Relative change at which the Lanczos iteration stops.</param>
    /// <param name="iterations">Largest number of its steps.</param>
    /// <returns>The scaled weights, of the given type.</returns>
    /// <exception cref="InputException">All weights are zero or some are not finite.</exception>
    public static NormalisedWeights Normalise(ReadOnlySpan<double> weights, NufftPlan plan, TensorScope scope, double safety = 1, DType precision = DType.Float32, double tolerance = 1e-5, int iterations = 60)
    {
        double largestWeight = 0;
        foreach (double weight in weights)
        {
            largestWeight = weight >= 0 ? Math.Max(largestWeight, weight) : double.NaN;
        }

        if (!(largestWeight > 0) || !double.IsFinite(largestWeight))
        {
            throw new InputException("density weights: finite values ≥ 0, not all zero, were expected. Check the trajectory for points that coincide.");
        }

        // The iteration runs on weights of order one, so that no precision is lost to their unit.
        Tensor unit = FromDouble(weights, 1 / largestWeight, precision, scope);
        Tensor start = scope.New(precision.ToComplex(), plan.Domain);
        RandomFill.Normal(start, new CounterRandom(StartSeed));
        (double value, bool converged) = Lanczos.LargestEigenvalue(new ComposedNormal(plan, unit), start, iterations, tolerance);
        Tensor normalised = FromDouble(weights, 1 / (largestWeight * value * safety), precision, scope);
        scope.Free(start);
        scope.Free(unit);
        return new NormalisedWeights(normalised, value * largestWeight, converged);
    }

    private static Tensor FromDouble(ReadOnlySpan<double> values, double factor, DType precision, TensorScope scope)
    {
        double[] scaled = values.ToArray();
        for (int i = 0; i < scaled.Length; i++)
        {
            scaled[i] *= factor;
        }

        return precision == DType.Float64 ? scope.From([scaled.Length], scaled) : scope.From([scaled.Length], Array.ConvertAll(scaled, v => (float)v));
    }
}
