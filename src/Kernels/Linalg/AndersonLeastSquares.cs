namespace Stardeq.Kernels;

// α = argmin ‖Σ α_i g_i‖² + ridge, Σ α_i = 1, from the Gram matrix ⟨g_i, g_j⟩
// used by: Autodiff/Implicit/Solvers/Anderson.cs · derivation: docs/derivations/anderson.md · spec: tests/Kernels/Linalg

/// <summary>To what the ridge of <see cref="AndersonLeastSquares"/> is relative.</summary>
public enum RidgeMode
{
    /// <summary>Each g_i to its own square: ridge · diag(G Gᵀ).</summary>
    Column,

    /// <summary>All to the mean square: ridge · mean(diag(G Gᵀ)) · I.</summary>
    Mean,
}

/// <summary>The small least-squares problem of Anderson acceleration, in double precision.</summary>
public static class AndersonLeastSquares
{
    private const double SmallestRaisedRidge = 1e-14; // two orders above the rounding of a unit diagonal
    private const double LargestRidge = 1e-2;         // beyond it the weights are close to a plain mean

    /// <summary>Mixing weights α with sum 1.</summary>
    /// <param name="gram">⟨g_i, g_j⟩, [count, count] row-major, symmetric.</param>
    /// <param name="count">Number of vectors.</param>
    /// <param name="ridge">Relative ridge, at least 0.</param>
    /// <param name="mode">To what the ridge is relative.</param>
    /// <param name="alpha">Receives the weights, [count].</param>
    /// <returns>False if the matrix is not positive definite even with a ridge of 1e-2: drop the oldest vector.</returns>
    /// <remarks>
    /// Solved in the unknowns t_i = ‖g_i‖ α_i, whose matrix has a unit diagonal, so that vectors of very different
    /// length do no harm. If Cholesky's factorisation fails, the ridge is raised tenfold until it succeeds.
    /// </remarks>
    public static bool Weights(ReadOnlySpan<double> gram, int count, double ridge, RidgeMode mode, Span<double> alpha)
    {
        double[] length = new double[count];
        double meanSquare = 0;
        for (int i = 0; i < count; i++)
        {
            double square = gram[(i * count) + i];
            length[i] = Math.Sqrt(square);
            meanSquare += square / count;
        }

        if (!Array.TrueForAll(length, l => l > 0 && double.IsFinite(l)))
        {
            return false;
        }

        double[,] factor = new double[count, count];
        for (double raised = ridge; raised <= LargestRidge; raised = Math.Max(10 * raised, SmallestRaisedRidge))
        {
            for (int i = 0; i < count; i++)
            {
                for (int j = 0; j <= i; j++)
                {
                    factor[i, j] = gram[(i * count) + j] / (length[i] * length[j]);
                }

                factor[i, i] = 1 + (mode == RidgeMode.Column ? raised : raised * meanSquare / (length[i] * length[i]));
            }

            if (Factorise(factor, count) && Solve(factor, length, alpha[..count]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Cholesky's L Lᵀ in place; false if a pivot is not positive.</summary>
    private static bool Factorise(double[,] a, int count)
    {
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = a[i, j];
                for (int k = 0; k < j; k++)
                {
                    sum -= a[i, k] * a[j, k];
                }

                if (i != j)
                {
                    a[i, j] = sum / a[j, j];
                }
                else if (sum > 0)
                {
                    a[i, i] = Math.Sqrt(sum);
                }
                else
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <summary>t from L Lᵀ t = 1/‖g‖, then α = t/‖g‖ scaled to sum 1.</summary>
    private static bool Solve(double[,] factor, double[] length, Span<double> alpha)
    {
        int count = length.Length;
        for (int i = 0; i < count; i++)
        {
            alpha[i] = 1 / length[i];
            for (int k = 0; k < i; k++)
            {
                alpha[i] -= factor[i, k] * alpha[k];
            }

            alpha[i] /= factor[i, i];
        }

        for (int i = count - 1; i >= 0; i--)
        {
            for (int k = i + 1; k < count; k++)
            {
                alpha[i] -= factor[k, i] * alpha[k];
            }

            alpha[i] /= factor[i, i];
        }

        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            alpha[i] /= length[i];
            sum += alpha[i];
        }

        if (sum == 0 || !double.IsFinite(sum))
        {
            return false;
        }

        for (int i = 0; i < count; i++)
        {
            alpha[i] /= sum;
        }

        return true;
    }
}
