using System.Numerics;

namespace Stardeq.Kernels;

// H − s = Q R, H ← R Q + s keeps the eigenvalues; with s near one of them the last subdiagonal entry vanishes quadratically
// used by: Arnoldi.cs · spec: tests/Kernels/Linalg/ArnoldiTests.cs

/// <summary>All eigenvalues of a small upper Hessenberg matrix, by shifted QR iteration in complex double precision.</summary>
public static class HessenbergEigenvalues
{
    // Entries that are rounding beside their neighbours on the diagonal are zero.
    private const double Negligible = 1e-15;

    // A value takes two or three rounds; a shift off the pattern breaks the rare cycles.
    private const int RoundsPerNudge = 10, MostRounds = 200;

    /// <summary>The eigenvalues, in no order.</summary>
    /// <param name="matrix">Square; entries below the first subdiagonal are not looked at.</param>
    /// <exception cref="ArithmeticException">An entry is not finite, or the iteration does not settle.</exception>
    public static Complex[] Of(double[,] matrix)
    {
        int n = matrix.GetLength(0);
        var h = new Complex[n, n];
        for (int row = 0; row < n; row++)
        {
            for (int column = Math.Max(0, row - 1); column < n; column++)
            {
                h[row, column] = double.IsFinite(matrix[row, column])
                    ? matrix[row, column]
                    : throw new ArithmeticException($"eigenvalues: entry ({row}, {column}) is {matrix[row, column]}; finite numbers were expected.");
            }
        }

        var values = new Complex[n];
        int rounds = 0;
        for (int last = n - 1; last >= 0;)
        {
            int first = last;
            while (first > 0 && h[first, first - 1].Magnitude > Negligible * (h[first - 1, first - 1].Magnitude + h[first, first].Magnitude))
            {
                first--;
            }

            if (first == last)
            {
                values[last] = h[last, last];
                (last, rounds) = (last - 1, 0);
                continue;
            }

            if (rounds == MostRounds)
            {
                throw new ArithmeticException($"eigenvalues: no value settled in {MostRounds} rounds; two or three were expected. Scale the matrix to entries of order one.");
            }

            Complex nudge = ++rounds % RoundsPerNudge == 0 ? h[last, last - 1].Magnitude : 0;
            Step(h, first, last, Shift(h, last) + nudge);
        }

        return values;
    }

    /// <summary>The eigenvalue of the last 2 × 2 block that is nearer to its last entry.</summary>
    private static Complex Shift(Complex[,] h, int last)
    {
        Complex a = h[last - 1, last - 1], d = h[last, last], mean = (a + d) / 2;
        Complex root = Complex.Sqrt(((a - d) * (a - d) / 4) + (h[last - 1, last] * h[last, last - 1]));
        return (mean + root - d).Magnitude < (mean - root - d).Magnitude ? mean + root : mean - root;
    }

    private static void Step(Complex[,] h, int first, int last, Complex shift)
    {
        var rotations = new (Complex Cosine, Complex Sine)[last];
        for (int k = first; k <= last; k++)
        {
            h[k, k] -= shift;
        }

        for (int k = first; k < last; k++)
        {
            double length = Math.Sqrt((h[k, k] * Complex.Conjugate(h[k, k])).Real + (h[k + 1, k] * Complex.Conjugate(h[k + 1, k])).Real);
            (Complex c, Complex s) = rotations[k] = length == 0 ? (Complex.One, Complex.Zero) : (h[k, k] / length, h[k + 1, k] / length);
            for (int column = k; column <= last; column++)
            {
                (Complex upper, Complex lower) = (h[k, column], h[k + 1, column]);
                (h[k, column], h[k + 1, column]) = ((Complex.Conjugate(c) * upper) + (Complex.Conjugate(s) * lower), (c * lower) - (s * upper));
            }
        }

        for (int k = first; k < last; k++)
        {
            (Complex c, Complex s) = rotations[k];
            for (int row = first; row <= k + 1; row++)
            {
                (Complex left, Complex right) = (h[row, k], h[row, k + 1]);
                (h[row, k], h[row, k + 1]) = ((left * c) + (right * s), (right * Complex.Conjugate(c)) - (left * Complex.Conjugate(s)));
            }
        }

        for (int k = first; k <= last; k++)
        {
            h[k, k] += shift;
        }
    }
}
