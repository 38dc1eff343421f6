using System.Numerics;

namespace Stardeq.Recon;

// min over s of Σ_p |Σ_l s_l exp(2πi f_l · r_p) − target_p|² + ridge · diagonal

/// <summary>
/// Least-squares expansion of smooth fields in exponentials, by the normal equations and one Cholesky factorisation for
/// all fields. The exponentials repeat outside the region of the points, so they are overcomplete on it; the ridge keeps
/// the coefficients of order one, which costs less accuracy than rounding in single precision would.
/// </summary>
internal sealed class ExponentialFit
{
    private readonly Complex[][] _basis; // [point][term]
    private readonly Complex[,] _lower;

    /// <param name="frequencies">f_l.</param>
    /// <param name="points">r_p, in the reciprocal unit.</param>
    /// <param name="ridge">Relative to the diagonal of the normal matrix.</param>
    public ExponentialFit(Vector3D[] frequencies, Vector3D[] points, double ridge)
    {
        _basis = new Complex[points.Length][];
        for (int p = 0; p < points.Length; p++)
        {
            _basis[p] = [.. frequencies.Select(f => Complex.FromPolarCoordinates(1, 2 * Math.PI * f.Dot(points[p])))];
        }

        _lower = HermitianFactor.Of(NormalMatrix(_basis, ridge));
    }

    /// <summary>Coefficients [term] of one field.</summary>
    /// <param name="target">[point].</param>
    public Complex[] Solve(Complex[] target)
    {
        int n = _lower.GetLength(0);
        var x = new Complex[n];
        for (int i = 0; i < n; i++)
        {
            Complex sum = Complex.Zero;
            for (int p = 0; p < target.Length; p++)
            {
                sum += Complex.Conjugate(_basis[p][i]) * target[p];
            }

            for (int k = 0; k < i; k++)
            {
                sum -= _lower[i, k] * x[k];
            }

            x[i] = sum / _lower[i, i].Real;
        }

        for (int i = n - 1; i >= 0; i--)
        {
            for (int k = i + 1; k < n; k++)
            {
                x[i] -= Complex.Conjugate(_lower[k, i]) * x[k];
            }

            x[i] /= _lower[i, i].Real;
        }

        return x;
    }

    /// <summary>Σ_p |fit(r_p) − target_p|².</summary>
    public double SquaredError(Complex[] coefficients, Complex[] target)
    {
        double error = 0;
        for (int p = 0; p < target.Length; p++)
        {
            Complex difference = -target[p];
            for (int l = 0; l < coefficients.Length; l++)
            {
                difference += coefficients[l] * _basis[p][l];
            }

            error += (difference.Real * difference.Real) + (difference.Imaginary * difference.Imaginary);
        }

        return error;
    }

    private static Complex[,] NormalMatrix(Complex[][] basis, double ridge)
    {
        int n = basis[0].Length;
        var gram = new Complex[n, n];
        foreach (Complex[] row in basis)
        {
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j <= i; j++)
                {
                    gram[i, j] += Complex.Conjugate(row[i]) * row[j];
                }
            }
        }

        for (int i = 0; i < n; i++)
        {
            gram[i, i] *= 1 + ridge;
        }

        return gram;
    }
}
