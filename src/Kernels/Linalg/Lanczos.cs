using Stardeq.Engine;

namespace Stardeq.Kernels;

// v_{j+1} β_j = H v_j − α_j v_j − β_{j−1} v_{j−1}, every new vector made orthogonal to all earlier ones; the largest
// eigenvalue of the tridiagonal (α, β) is the largest Rayleigh quotient over the Krylov space of the start [LAN50].

/// <summary>
/// The largest eigenvalue of a self-adjoint operator by the Lanczos method. It never exceeds the true value and, at equal
/// cost, is at least as close to it as power iteration; with clustered eigenvalues very much closer.
/// </summary>
public static class Lanczos
{
    /// <summary>Largest Ritz value.</summary>
    /// <param name="normal">Self-adjoint operator.</param>
    /// <param name="start">Of the operator's domain, not zero. Unchanged.</param>
    /// <param name="steps">Largest number of applications; as many vectors are kept.</param>
    /// <param name="tolerance">Stops when a step changes the value by less than this, relatively.</param>
    /// <exception cref="ArgumentException">The start is zero or not finite.</exception>
    public static (double Value, bool Converged) LargestEigenvalue(ILinearOperator normal, Tensor start, int steps, double tolerance)
    {
        double size = Math.Sqrt(Reduce.SumOfSquares(start));
        if (!(size > 0) || !double.IsFinite(size))
        {
            throw new ArgumentException($"lanczos: the start has norm {size}; a positive finite one was expected.", nameof(start));
        }

        using var scope = new TensorScope(start.Device, MemoryOwner.Solver);
        var basis = new List<Tensor> { scope.Like(start) };
        Scale.Run(1 / size, start, basis[0]);
        List<double> diagonal = [], off = [];
        double value = 0;
        for (int step = 0; step < steps; step++)
        {
            Tensor next = scope.Like(start);
            normal.Forward(basis[step], next);
            diagonal.Add(Reduce.Dot(basis[step], next));
            for (int pass = 0; pass < 2; pass++) // twice is enough [PAR80]
            {
                foreach (Tensor earlier in basis)
                {
                    Scale.Run(-Reduce.Dot(earlier, next), earlier, next, WriteMode.Add);
                }
            }

            double before = value, length = Math.Sqrt(Reduce.SumOfSquares(next));
            value = LargestOfTridiagonal(diagonal, off);
            if (length <= 1e-14 * Math.Abs(value) || (step > 0 && Math.Abs(value - before) <= tolerance * Math.Abs(value)))
            {
                return (value, true); // an invariant space, or settled
            }

            Scale.Run(1 / length, next, next);
            off.Add(length);
            basis.Add(next);
        }

        return (value, false);
    }

    /// <summary>By bisection: the number of eigenvalues above x is the number of positive pivots of T − x.</summary>
    private static double LargestOfTridiagonal(List<double> diagonal, List<double> off)
    {
        double radius = Enumerable.Range(0, diagonal.Count).Max(i => Math.Abs(diagonal[i]) + (i > 0 ? off[i - 1] : 0) + (i < diagonal.Count - 1 ? off[i] : 0));
        (double low, double high) = (-radius, radius);
        for (int halving = 0; halving < 60; halving++)
        {
            double middle = (low + high) / 2, pivot = 1;
            bool above = false;
            for (int i = 0; i < diagonal.Count && !above; i++)
            {
                pivot = diagonal[i] - middle - (i > 0 ? off[i - 1] * off[i - 1] / pivot : 0);
                above = pivot > 0;
            }

            (low, high) = above ? (middle, high) : (low, middle);
        }

        return (low + high) / 2;
    }
}
