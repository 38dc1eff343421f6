namespace Stardeq.Kernels;

// anderson weights: min |Σ_i α_i g_i|² + ridge, Σ α_i = 1
// spec: tests/Kernels/Linalg/AndersonLeastSquaresTests.cs

/// <summary>What the ridge of <see cref="AndersonLeastSquares"/> is relative to; numbered as in kernels.cu.</summary>
public enum RidgeMode
{
    /// <summary>Each residual's own square: ridge · diag(G Gᵀ).</summary>
    Column = 0,

    /// <summary>The mean square of all residuals: ridge · mean(diag(G Gᵀ)) · I.</summary>
    Mean = 1,

    /// <summary>Nothing: ridge · I, as in the codes that came first [BAI19]. Depends on the scale of the data: with small
    /// images the mixture becomes the plain average of the history. Kept to reproduce them.</summary>
    Absolute = 2,
}

/// <summary>Mixing weights of Anderson acceleration from the Gram matrix of its residuals.</summary>
public static class AndersonLeastSquares
{
    private const double LargestRidge = 1e-2; // method A9: above it the mixture is an average that slows down
    private const double SmallestGrownRidge = 1e-12; // enough for four digits of the weights of equal residuals

    /// <summary>
    /// α with Σ α = 1 that minimises |Σ_i α_i g_i|² plus the ridge term: B α = ν 1 with B = G Gᵀ + ridge. Solved by Cholesky
    /// factorisation in the unknowns t_i = |g_i| α_i, whose matrix has a unit diagonal, so that the scale
    /// of the residuals does not matter. If the factorisation fails the ridge grows tenfold, up to 1e-2.
    /// </summary>
    /// <param name="gram">n x n products ⟨g_i, g_j⟩, row-major.</param>
    /// <param name="n">Number of residuals, at least 1.</param>
    /// <param name="ridge">Ridge, ≥ 0; 1e-8 by default of the method.</param>
    /// <param name="mode">What the ridge is relative to.</param>
    /// <param name="alpha">n weights, undefined if the result is false.</param>
    /// <returns>False if no factorisation succeeded: drop the oldest residual, or take a plain step.</returns>
    /// <remarks>[WAL11]; docs/method.md A9.</remarks>
    public static bool Weights(ReadOnlySpan<double> gram, int n, double ridge, RidgeMode mode, Span<double> alpha)
    {
        if (n < 1 || gram.Length != n * n || alpha.Length != n || !(ridge >= 0))
        {
            throw new ArgumentException($"anderson weights: {gram.Length} products and {alpha.Length} weights for n = {n}, ridge {ridge}; expected n², n and a ridge of at least 0.");
        }

        double meanSquare = 0;
        for (int i = 0; i < n; i++)
        {
            double square = gram[(i * n) + i];
            if (!(square > 0 && double.IsFinite(square)))
            {
                return false;
            }

            meanSquare += square / n;
        }

        var factor = new double[n * n];
        for (double trial = ridge; trial <= LargestRidge * 1.0001 || trial == ridge; trial = Math.Max(10 * trial, SmallestGrownRidge))
        {
            Scaled(gram, n, trial, mode, meanSquare, factor);
            if (SmallLinearSolver.CholeskyInPlace(factor, n) && Solve(gram, n, factor, alpha))
            {
                return true;
            }
        }

        return false;
    }

    private static void Scaled(ReadOnlySpan<double> gram, int n, double ridge, RidgeMode mode, double meanSquare, double[] matrix)
    {
        for (int i = 0; i < n; i++)
        {
            double square = gram[(i * n) + i];
            for (int j = 0; j < n; j++)
            {
                matrix[(i * n) + j] = gram[(i * n) + j] / Math.Sqrt(square) / Math.Sqrt(gram[(j * n) + j]);
            }

            matrix[(i * n) + i] = 1 + (ridge * mode switch
            {
                RidgeMode.Column => 1,
                RidgeMode.Mean => meanSquare / square,
                _ => 1 / square,
            });
        }
    }

    private static bool Solve(ReadOnlySpan<double> gram, int n, double[] factor, Span<double> alpha)
    {
        double sum = 0;
        for (int i = 0; i < n; i++)
        {
            alpha[i] = 1 / Math.Sqrt(gram[(i * n) + i]);
        }

        SmallLinearSolver.SolveFactored(factor, n, alpha);
        for (int i = 0; i < n; i++)
        {
            alpha[i] /= Math.Sqrt(gram[(i * n) + i]);
            sum += alpha[i];
        }

        for (int i = 0; i < n; i++)
        {
            alpha[i] /= sum;
        }

        return double.IsFinite(1 / sum);
    }
}
