using System.Numerics;

namespace Stardeq.Recon;

// Ψ_ij ∝ ∫_body A_i · A_j d³r + (electronics) δ_ij, the currents that loops induce in the body [ROE90], A without the
// charges on the body's surface.

/// <summary>Covariance of the noise of an array's channels, E n nᴴ with mean diagonal 1, and its Cholesky factor.</summary>
internal sealed class ReceiverNoise
{
    private const double Electronics = 0.15; // part of the noise power that does not come from the body
    private const double Step = 0.05;        // of the integral over the body, fields of view; the integrand is smooth

    private ReceiverNoise(Complex[,] covariance) => (Covariance, Factor) = (covariance, HermitianFactor.Of(covariance));

    /// <summary>Ψ.</summary>
    public Complex[,] Covariance { get; }

    /// <summary>L, lower triangular, Ψ = L Lᴴ.</summary>
    public Complex[,] Factor { get; }

    /// <summary>Noise of equal power in all channels, independent of each other.</summary>
    public static ReceiverNoise White(int coils)
    {
        var identity = new Complex[coils, coils];
        for (int i = 0; i < coils; i++)
        {
            identity[i, i] = 1;
        }

        return new ReceiverNoise(identity);
    }

    /// <summary>Noise of loops around a homogeneous body.</summary>
    /// <param name="loops">The array.</param>
    /// <param name="gains">Complex gain of each channel, the same as its signal has.</param>
    /// <param name="semiX">Semi-axis of the body from left to right, fields of view.</param>
    /// <param name="semiY">From front to back.</param>
    public static ReceiverNoise OfBody(CurrentLoop[] loops, Complex[] gains, double semiX, double semiY)
    {
        int n = loops.Length;
        Vector3D[] points = [.. Body(semiX, semiY)];
        Vector3D[][] potentials = [.. loops.Select(loop => Array.ConvertAll(points, loop.Potential))];
        double[,] induced = new double[n, n];
        double trace = 0;
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                induced[i, j] = induced[j, i] = Enumerable.Range(0, points.Length).Sum(p => potentials[i][p].Dot(potentials[j][p]));
            }

            trace += induced[i, i];
        }

        var covariance = new Complex[n, n];
        double power = gains.Average(g => Math.Pow(g.Magnitude, 2));
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double value = ((1 - Electronics) * induced[i, j] * n / trace) + (i == j ? Electronics : 0);
                covariance[i, j] = value / power * gains[i] * Complex.Conjugate(gains[j]);
            }
        }

        double mean = Enumerable.Range(0, n).Average(i => covariance[i, i].Real);
        for (int i = 0; i < covariance.Length; i++)
        {
            covariance[i / n, i % n] /= mean;
        }

        return new ReceiverNoise(covariance);
    }

    private static IEnumerable<Vector3D> Body(double semiX, double semiY)
    {
        const double halfLength = 0.6; // beyond it the loops, which end at ±0.375, induce little
        for (double z = -halfLength; z <= halfLength; z += Step)
        {
            for (double y = -semiY; y <= semiY; y += Step)
            {
                for (double x = -semiX; x <= semiX; x += Step)
                {
                    if ((x * x / (semiX * semiX)) + (y * y / (semiY * semiY)) <= 1)
                    {
                        yield return new Vector3D(x, y, z);
                    }
                }
            }
        }
    }
}
