namespace Stardeq.Recon;

/// <summary>Norms of small dense matrices given by their columns.</summary>
internal static class DenseNorm
{
    /// <summary>Sum of the squares of all entries.</summary>
    public static double FrobeniusSquared(double[][] columns) => columns.Sum(column => column.Sum(x => x * x));

    /// <summary>Largest singular value, by one-sided Jacobi rotations until all columns are orthogonal.</summary>
    public static double Spectral(double[][] columns)
    {
        double[][] a = [.. columns.Select(column => (double[])column.Clone())];
        bool rotated = true;
        for (int sweep = 0; rotated && sweep < 30; sweep++) // they converge quadratically: ten would do
        {
            rotated = false;
            for (int p = 0; p < a.Length; p++)
            {
                for (int q = p + 1; q < a.Length; q++)
                {
                    rotated |= Orthogonalise(a[p], a[q]);
                }
            }
        }

        return Math.Sqrt(a.Max(column => column.Sum(x => x * x)));
    }

    private static bool Orthogonalise(double[] p, double[] q)
    {
        double pp = 0, qq = 0, pq = 0;
        for (int i = 0; i < p.Length; i++)
        {
            (pp, qq, pq) = (pp + (p[i] * p[i]), qq + (q[i] * q[i]), pq + (p[i] * q[i]));
        }

        // Products of some 100 terms are orthogonal to rounding at 1e-14 of the lengths.
        if (Math.Abs(pq) <= 1e-14 * Math.Sqrt(pp * qq))
        {
            return false;
        }

        double zeta = (qq - pp) / (2 * pq), tangent = (zeta >= 0 ? 1 : -1) / (Math.Abs(zeta) + Math.Sqrt(1 + (zeta * zeta)));
        double cosine = 1 / Math.Sqrt(1 + (tangent * tangent)), sine = cosine * tangent;
        for (int i = 0; i < p.Length; i++)
        {
            (p[i], q[i]) = ((cosine * p[i]) - (sine * q[i]), (sine * p[i]) + (cosine * q[i]));
        }

        return true;
    }
}
