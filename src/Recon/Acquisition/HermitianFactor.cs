using System.Numerics;

namespace Stardeq.Recon;

/// <summary>Cholesky factors of small Hermitian matrices in double precision.</summary>
internal static class HermitianFactor
{
    /// <summary>L, lower triangular with a positive diagonal, such that matrix = L Lᴴ.</summary>
    /// <param name="matrix">Hermitian and positive definite; only its lower triangle is read.</param>
    /// <param name="inspect">Sees the square of each diagonal entry before its root is taken, and may refuse it; null where the matrix is known.</param>
    public static Complex[,] Of(Complex[,] matrix, Action<int, double>? inspect = null)
    {
        int n = matrix.GetLength(0);
        var lower = new Complex[n, n];
        for (int j = 0; j < n; j++)
        {
            for (int i = j; i < n; i++)
            {
                Complex sum = matrix[i, j];
                for (int k = 0; k < j; k++)
                {
                    sum -= lower[i, k] * Complex.Conjugate(lower[j, k]);
                }

                if (i == j)
                {
                    inspect?.Invoke(i, sum.Real);
                }

                lower[i, j] = i == j ? Math.Sqrt(sum.Real) : sum / lower[j, j].Real;
            }
        }

        return lower;
    }
}
