using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Recon;

// Ψ = E[n nᴴ] = L Lᴴ; L⁻¹ y has noise of unit covariance. derivation: docs/derivations/acquisition.md

/// <summary>Whitening of receiver noise with the covariance that a noise scan shows [PRU01].</summary>
public static class Prewhitening
{
    private const double SmallestPivot = 1e-10; // of the coil's own variance: what single-precision sums leave of zero

    /// <summary>Ψ of the data from a noise scan.</summary>
    /// <param name="noise">[coil, ...] complex64: samples without signal.</param>
    /// <param name="bandwidthRatio">Variance of one data sample over that of one noise sample: the dwell time of the noise scan over
    /// that of the data, divided by the receiver's noise bandwidth ratio; 1 for equal settings.</param>
    /// <returns>[coil, coil], Hermitian, E|n|² of a complex sample on the diagonal.</returns>
    /// <exception cref="InputException">Fewer samples than coils, or a ratio that is no positive number.</exception>
    public static Complex[,] NoiseCovariance(Tensor noise, double bandwidthRatio = 1)
    {
        int coils = noise.Shape[0];
        long samples = noise.Count / Math.Max(1, coils);
        if (samples < 2L * coils)
        {
            throw new InputException($"the noise scan has {samples} samples for {coils} coils; at least {2 * coils} are needed for a covariance. Give a longer noise scan, or switch whitening off.");
        }

        if (!(bandwidthRatio > 0) || !double.IsFinite(bandwidthRatio))
        {
            throw new InputException($"the noise bandwidth ratio is {bandwidthRatio}; a positive number was expected: dwell time of the noise scan over that of the data.");
        }

        Complex[,] covariance = CoilMixing.Covariance(noise);
        for (int a = 0; a < coils; a++)
        {
            for (int b = 0; b < coils; b++)
            {
                covariance[a, b] *= bandwidthRatio;
            }
        }

        return covariance;
    }

    /// <summary>L⁻¹ for Ψ = L Lᴴ: lower triangular, so that a coil is mixed with those before it only.</summary>
    /// <param name="covariance">[coil, coil], Hermitian.</param>
    /// <exception cref="InputException">A coil has no noise, or noise that others determine.</exception>
    public static Complex[,] Matrix(Complex[,] covariance)
    {
        int n = covariance.GetLength(0);
        Complex[,] inverse = new Complex[n, n], lower = HermitianFactor.Of(covariance, (i, own) =>
        {
            if (!(own > SmallestPivot * covariance[i, i].Real))
            {
                throw new InputException($"coil {i} has the noise variance {covariance[i, i].Real:g3}, of which {own:g3} is its own; independent noise in every coil was expected. The coil is off, or its noise is a combination of that of others: leave it out, or switch whitening off.");
            }
        });
        for (int column = 0; column < n; column++)
        {
            for (int i = column; i < n; i++)
            {
                Complex sum = i == column ? Complex.One : Complex.Zero;
                for (int k = column; k < i; k++)
                {
                    sum -= lower[i, k] * inverse[k, column];
                }

                inverse[i, column] = sum / lower[i, i].Real;
            }
        }

        return inverse;
    }
}
