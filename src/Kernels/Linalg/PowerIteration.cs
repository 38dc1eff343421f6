using Stardeq.Engine;

namespace Stardeq.Kernels;

// power iteration: q_i = ⟨v_i, H v_i⟩, v_{i+1} = H v_i / |H v_i|
// spec: tests/Kernels/Linalg/PowerIterationTests.cs

/// <summary>Result of a power iteration.</summary>
/// <param name="Value">The last Rayleigh quotient.</param>
/// <param name="Quotients">All quotients ⟨v_i, H v_i⟩, from the normalised start on.</param>
/// <param name="Converged">The last relative change was below the tolerance.</param>
public sealed record PowerIterationResult(double Value, IReadOnlyList<double> Quotients, bool Converged);

/// <summary>The largest eigenvalue of a self-adjoint positive semi-definite operator.</summary>
public static class PowerIteration
{
    /// <summary>
    /// Rayleigh quotients q_i = ⟨v_i, H v_i⟩ with v_0 the normalised start and v_{i+1} = H v_i / |H v_i|. They rise to
    /// the largest eigenvalue from below: a safe bound multiplies the result by some 1.01.
    /// </summary>
    /// <param name="normal">H.</param>
    /// <param name="start">Of the shape of H's domain, not zero; its type is the precision used. Unchanged.</param>
    /// <param name="maxIterations">Largest number of applications after the first.</param>
    /// <param name="tolerance">Stops when a quotient differs from the one before by less than this, relatively; 0 never.</param>
    /// <exception cref="ArgumentException">The start is zero or not finite.</exception>
    public static PowerIterationResult LargestEigenvalue(ILinearOperator normal, Tensor start, int maxIterations = 100, double tolerance = 1e-4)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxIterations);
        using var scope = new TensorScope(start.Device, MemoryOwner.Solver);
        Tensor v = scope.Like(start), hv = scope.Like(start);
        double size = Math.Sqrt(Reduce.SumOfSquares(start));
        if (!(size > 0 && double.IsFinite(size)))
        {
            throw new ArgumentException($"power iteration: the start has norm {size}; it must be finite and not zero.", nameof(start));
        }

        Scale.Run(1 / size, start, v);
        var quotients = new List<double>();
        for (int iteration = 0; iteration <= maxIterations; iteration++)
        {
            normal.Forward(v, hv);
            quotients.Add(Reduce.Dot(v, hv));
            size = Math.Sqrt(Reduce.SumOfSquares(hv));
            bool settled = iteration > 0 && Math.Abs(quotients[^1] - quotients[^2]) < tolerance * Math.Abs(quotients[^1]);
            if (settled || !(size > 0 && double.IsFinite(size)))
            {
                return new PowerIterationResult(quotients[^1], quotients, settled || size == 0);
            }

            Scale.Run(1 / size, hv, v);
        }

        return new PowerIterationResult(quotients[^1], quotients, false);
    }

    /// <summary>The same from normally distributed random numbers.</summary>
    /// <param name="device">Device of the operator.</param>
    /// <param name="normal">H.</param>
    /// <param name="dtype">Element type of the domain.</param>
    /// <param name="seed">Seed of the start.</param>
    /// <param name="maxIterations">Largest number of applications after the first.</param>
    /// <param name="tolerance">Relative change of the quotient to stop at.</param>
    public static PowerIterationResult LargestEigenvalue(Device device, ILinearOperator normal, DType dtype, ulong seed, int maxIterations = 100, double tolerance = 1e-4)
    {
        using var scope = new TensorScope(device, MemoryOwner.Solver);
        Shape shape = dtype.IsComplex() ? normal.Domain.Concat([2]) : normal.Domain;
        CounterRandom random = new CounterRandom(seed).Stream("power iteration");
        double[] values = new double[shape.Count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = random.Normal(i);
        }

        Tensor start = dtype.IsDouble() ? scope.From(shape, values) : scope.From(shape, Array.ConvertAll(values, v => (float)v));
        return LargestEigenvalue(normal, dtype.IsComplex() ? start.AsComplex() : start, maxIterations, tolerance);
    }
}
