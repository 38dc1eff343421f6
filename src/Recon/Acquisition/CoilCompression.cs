using System.Numerics;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>How coils are compressed.</summary>
public enum CompressionKind
{
    /// <summary>One set of virtual coils for the whole volume: principal components [BUE07].</summary>
    Svd,

    /// <summary>Principal components of each slice, aligned from slice to slice [ZHA13].</summary>
    Geometric,
}

/// <summary>Virtual coils and the energy that they keep.</summary>
/// <param name="Data">[slice, virtual coil, sample] complex64.</param>
/// <param name="KeptEnergy">Energy of the virtual coils over that of all coils, per slice.</param>
public sealed record CompressedCoils(Tensor Data, double[] KeptEnergy)
{
    /// <summary>The slice that loses most.</summary>
    public double LeastKept => KeptEnergy.Min();
}

// Virtual coils v = Aᴴ y with orthonormal columns A: white noise stays white. Svd: A holds the leading eigenvectors of Σ y yᴴ of all
// slices. Geometric: A_z = V_z P_z, V_z those of slice z, P_z the unitary matrix nearest to V_zᴴ A_(z−1), its polar factor.

/// <summary>Compression of receive coils to fewer virtual ones.</summary>
public static class CoilCompression
{
    /// <summary>Compresses all slices of a volume.</summary>
    /// <param name="slices">[slice, coil, sample] complex64 in host memory, after the transform along kz; noise should be white.</param>
    /// <param name="kind">One set of virtual coils, or aligned sets per slice.</param>
    /// <param name="count">Virtual coils, or 0 for the fewest that keep <paramref name="energy"/> of the energy of the volume.</param>
    /// <param name="energy">Share of the energy, in (0, 1]; used only with a count of 0.</param>
    /// <param name="scope">Owner of the result.</param>
    /// <exception cref="InputException">More virtual coils than coils, or a share that is none.</exception>
    public static CompressedCoils Run(Tensor slices, CompressionKind kind, int count, double energy, TensorScope scope)
    {
        int volume = slices.Shape[0], coils = slices.Shape[1];
        if (count < 0 || count > coils || (count == 0 && !(energy is > 0 and <= 1)))
        {
            throw new InputException(count == 0
                ? $"coil compression that keeps {energy:g4} of the energy; a share above 0 and up to 1 was expected."
                : $"coil compression of {coils} coils to {count} virtual ones; 1 to {coils} were expected. Correct --virtual-coils.");
        }

        Complex[][,] covariances = [.. Enumerable.Range(0, volume).Select(z => CoilMixing.Covariance(slices.Slice(z)))];
        (double[] values, Complex[,] all) = HermitianEigen.Decompose(Mean(covariances));
        int kept = count > 0 ? count : FewestKeeping(values, energy);
        Tensor data = scope.New(DType.Complex64, [volume, kept, slices.Shape[2]]);
        double[] keptEnergy = new double[volume];
        Complex[,] basis = Leading(all, kept);
        for (int z = 0; z < volume; z++)
        {
            basis = kind == CompressionKind.Geometric ? Aligned(Leading(HermitianEigen.Decompose(covariances[z]).Vectors, kept), basis) : basis;
            CoilMixing.Apply(CoilMixing.Adjoint(basis), slices.Slice(z), data.Slice(z));
            keptEnergy[z] = KeptEnergy(covariances[z], basis);
        }

        return new CompressedCoils(data, keptEnergy);
    }

    /// <summary>basis · P, P unitary, as near to a neighbour as it can be in the Frobenius norm (orthogonal Procrustes).</summary>
    internal static Complex[,] Aligned(Complex[,] basis, Complex[,] neighbour)
    {
        // The polar factor of M = basisᴴ neighbour is M (Mᴴ M)^(-1/2). Directions that the neighbour lacks have singular values
        // near 0 and keep a unitary factor only if those are bounded below; 1e-7 is where rounding of Mᴴ M takes over.
        Complex[,] m = CoilMixing.Product(CoilMixing.Adjoint(basis), neighbour);
        (double[] squares, Complex[,] right) = HermitianEigen.Decompose(CoilMixing.Product(CoilMixing.Adjoint(m), m));
        if (squares[^1] < 1e-14 * squares[0])
        {
            return basis; // the neighbour has nothing to align to in some direction: a new start
        }

        int n = squares.Length;
        var scaled = new Complex[n, n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                scaled[i, j] = right[i, j] / Math.Sqrt(squares[j]);
            }
        }

        Complex[,] polar = CoilMixing.Product(m, CoilMixing.Product(scaled, CoilMixing.Adjoint(right)));
        return CoilMixing.Product(basis, polar);
    }

    private static Complex[,] Mean(Complex[][,] matrices)
    {
        int n = matrices[0].GetLength(0);
        var mean = new Complex[n, n];
        foreach (Complex[,] matrix in matrices)
        {
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    mean[i, j] += matrix[i, j] / matrices.Length;
                }
            }
        }

        return mean;
    }

    private static int FewestKeeping(double[] values, double energy)
    {
        double total = values.Sum(v => Math.Max(0, v)), sum = 0;
        for (int i = 0; i < values.Length; i++)
        {
            sum += Math.Max(0, values[i]);
            if (sum >= energy * total)
            {
                return i + 1;
            }
        }

        return values.Length;
    }

    private static Complex[,] Leading(Complex[,] vectors, int count)
    {
        var leading = new Complex[vectors.GetLength(0), count];
        for (int i = 0; i < leading.GetLength(0); i++)
        {
            for (int j = 0; j < count; j++)
            {
                leading[i, j] = vectors[i, j];
            }
        }

        return leading;
    }

    /// <summary>tr(Aᴴ C A) / tr C; 1 for a slice without signal, which loses nothing.</summary>
    private static double KeptEnergy(Complex[,] covariance, Complex[,] basis)
    {
        Complex[,] kept = CoilMixing.Product(CoilMixing.Adjoint(basis), CoilMixing.Product(covariance, basis));
        double all = Enumerable.Range(0, covariance.GetLength(0)).Sum(i => covariance[i, i].Real);
        return all > 0 ? Enumerable.Range(0, kept.GetLength(0)).Sum(i => kept[i, i].Real) / all : 1;
    }
}
