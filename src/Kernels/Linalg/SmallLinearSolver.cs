namespace Stardeq.Kernels;

/// <summary>Dense systems of a few unknowns, in double precision.</summary>
public static class SmallLinearSolver
{
    // A pivot below this share of its diagonal entry is mostly rounding: 1e-14 keeps two digits.
    private const double SmallestPivot = 1e-14;

    /// <summary>Replaces the lower triangle of a symmetric matrix by L with L Lᵀ = the matrix.</summary>
    /// <param name="matrix">n x n, row-major; the upper triangle is not read.</param>
    /// <param name="n">Size.</param>
    /// <returns>False if the matrix is not positive definite to working precision.</returns>
    public static bool CholeskyInPlace(Span<double> matrix, int n)
    {
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double entry = matrix[(i * n) + j], sum = entry;
                for (int k = 0; k < j; k++)
                {
                    sum -= matrix[(i * n) + k] * matrix[(j * n) + k];
                }

                if (j < i)
                {
                    matrix[(i * n) + j] = sum / matrix[(j * n) + j];
                }
                else if (sum > SmallestPivot * entry)
                {
                    matrix[(i * n) + i] = Math.Sqrt(sum);
                }
                else
                {
                    return false; // also for NaN
                }
            }
        }

        return true;
    }

    /// <summary>Solves L Lᵀ x = b in place.</summary>
    /// <param name="factor">L from <see cref="CholeskyInPlace"/>.</param>
    /// <param name="n">Size.</param>
    /// <param name="x">b in, x out.</param>
    public static void SolveFactored(ReadOnlySpan<double> factor, int n, Span<double> x)
    {
        for (int i = 0; i < n; i++)
        {
            for (int k = 0; k < i; k++)
            {
                x[i] -= factor[(i * n) + k] * x[k];
            }

            x[i] /= factor[(i * n) + i];
        }

        for (int i = n - 1; i >= 0; i--)
        {
            for (int k = i + 1; k < n; k++)
            {
                x[i] -= factor[(k * n) + i] * x[k];
            }

            x[i] /= factor[(i * n) + i];
        }
    }
}
