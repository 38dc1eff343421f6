using System.Numerics;

namespace Stardeq.Kernels;

// Cyclic Jacobi: each rotation makes one pair of off-diagonal entries zero; with a_pq = |a| exp(iφ) and
// cot 2θ = (a_qq − a_pp) / (2 |a|), J = [[c, s exp(iφ)], [−s exp(−iφ), c]], A <- Jᴴ A J, V <- V J [GOL13].

/// <summary>All eigenvalues and eigenvectors of a small Hermitian matrix, in double precision on the host.</summary>
public static class HermitianEigen
{
    private const int MaximumSweeps = 30; // convergence is quadratic: six to eight sweeps suffice for 64 rows

    /// <summary>A = V diag(λ) Vᴴ.</summary>
    /// <param name="matrix">Hermitian; only the entries on and above the diagonal are read.</param>
    /// <returns>Eigenvalues in falling order; column j of the unitary matrix belongs to value j. Its largest entry is real
    /// and positive, so that equal matrices give equal vectors.</returns>
    public static (double[] Values, Complex[,] Vectors) Decompose(Complex[,] matrix)
    {
        int n = matrix.GetLength(0);
        Complex[,] a = new Complex[n, n], v = new Complex[n, n];
        double total = 0;
        for (int i = 0; i < n; i++)
        {
            v[i, i] = Complex.One;
            for (int j = 0; j < n; j++)
            {
                a[i, j] = i == j ? matrix[i, i].Real : i < j ? matrix[i, j] : Complex.Conjugate(matrix[j, i]);
                total += SquaredMagnitude(a[i, j]);
            }
        }

        for (int sweep = 0; sweep < MaximumSweeps && OffDiagonal(a) > 1e-32 * total; sweep++) // rounding of the squares
        {
            for (int p = 0; p < n - 1; p++)
            {
                for (int q = p + 1; q < n; q++)
                {
                    Rotate(a, v, p, q);
                }
            }
        }

        return Sorted(a, v);
    }

    private static void Rotate(Complex[,] a, Complex[,] v, int p, int q)
    {
        double magnitude = a[p, q].Magnitude;
        if (magnitude == 0)
        {
            return;
        }

        Complex phase = a[p, q] / magnitude;
        double tau = (a[q, q].Real - a[p, p].Real) / (2 * magnitude);
        double t = (tau >= 0 ? 1 : -1) / (Math.Abs(tau) + Math.Sqrt(1 + (tau * tau)));
        double c = 1 / Math.Sqrt(1 + (t * t));
        Complex s = t * c * phase, conjugate = Complex.Conjugate(s);
        for (int i = 0; i < a.GetLength(0); i++)
        {
            (a[i, p], a[i, q]) = ((c * a[i, p]) - (conjugate * a[i, q]), (s * a[i, p]) + (c * a[i, q]));
            (v[i, p], v[i, q]) = ((c * v[i, p]) - (conjugate * v[i, q]), (s * v[i, p]) + (c * v[i, q]));
        }

        for (int i = 0; i < a.GetLength(0); i++)
        {
            (a[p, i], a[q, i]) = ((c * a[p, i]) - (s * a[q, i]), (conjugate * a[p, i]) + (c * a[q, i]));
        }

        (a[p, q], a[q, p]) = (Complex.Zero, Complex.Zero);
    }

    private static (double[] Values, Complex[,] Vectors) Sorted(Complex[,] a, Complex[,] v)
    {
        int n = a.GetLength(0);
        int[] order = [.. Enumerable.Range(0, n).OrderByDescending(i => a[i, i].Real)];
        var vectors = new Complex[n, n];
        for (int j = 0; j < n; j++)
        {
            Complex largest = Enumerable.Range(0, n).Select(i => v[i, order[j]]).MaxBy(SquaredMagnitude);
            Complex turn = Complex.Conjugate(largest) / largest.Magnitude;
            for (int i = 0; i < n; i++)
            {
                vectors[i, j] = turn * v[i, order[j]];
            }
        }

        return ([.. order.Select(i => a[i, i].Real)], vectors);
    }

    private static double OffDiagonal(Complex[,] a)
    {
        double sum = 0;
        for (int i = 0; i < a.GetLength(0); i++)
        {
            for (int j = i + 1; j < a.GetLength(0); j++)
            {
                sum += SquaredMagnitude(a[i, j]);
            }
        }

        return sum;
    }

    private static double SquaredMagnitude(Complex x) => (x.Real * x.Real) + (x.Imaginary * x.Imaginary);
}
