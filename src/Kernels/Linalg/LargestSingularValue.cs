using System.Numerics;

namespace Stardeq.Kernels;

// σ² is the largest eigenvalue of the smaller Gram matrix, by the Lanczos method with complete orthogonalisation [LAN50];
// its eigenvector by inverse iteration in the Krylov space

/// <summary>The largest singular value of small dense complex matrices, in double precision.</summary>
public static class LargestSingularValue
{
    /// <summary>σ and unit vectors with A v = σ u.</summary>
    /// <param name="matrix">A, rows × columns, row-major.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    public static (double Value, Complex[] Left, Complex[] Right) Of(ReadOnlySpan<Complex> matrix, int rows, int columns)
    {
        WideComplex[] wide = new WideComplex[matrix.Length];
        for (int i = 0; i < wide.Length; i++)
        {
            wide[i] = WideComplex.Of(matrix[i]);
        }

        bool isWide = rows < columns;
        var krylov = new HermitianLanczos(Gram(wide, rows, columns), isWide ? rows : columns);
        double value = Math.Sqrt(Math.Max(0, krylov.Values[0]));
        Complex[] vector = krylov.TopVector(lane: 0), other = isWide ? MultiplyAdjoint(matrix, vector, columns) : Multiply(matrix, vector, rows);
        double norm = Math.Sqrt(other.Sum(e => (e.Real * e.Real) + (e.Imaginary * e.Imaginary)));
        other = Array.ConvertAll(other, e => norm > 0 ? e / norm : Complex.Zero);
        return isWide ? (value, vector, other) : (value, other, vector);
    }

    /// <summary>σ of as many matrices as a register has lanes.</summary>
    /// <param name="matrices">rows × columns, row-major.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    internal static double[] Of(ReadOnlySpan<WideComplex> matrices, int rows, int columns) =>
        Array.ConvertAll(new HermitianLanczos(Gram(matrices, rows, columns), Math.Min(rows, columns)).Values, square => Math.Sqrt(Math.Max(0, square)));

    /// <summary>A Aᴴ of a matrix with fewer rows than columns, else Aᴴ A.</summary>
    private static WideComplex[] Gram(ReadOnlySpan<WideComplex> matrix, int rows, int columns)
    {
        bool isWide = rows < columns;
        (int size, int length) = isWide ? (rows, columns) : (columns, rows);
        WideComplex[] vectors = new WideComplex[matrix.Length], gram = new WideComplex[size * size];
        for (int i = 0; i < size; i++)
        {
            for (int k = 0; k < length; k++)
            {
                vectors[(i * length) + k] = isWide ? matrix[(i * columns) + k] : matrix[(k * columns) + i].Conjugate;
            }
        }

        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                WideComplex sum = default;
                for (int k = 0; k < length; k++)
                {
                    sum += vectors[(i * length) + k] * vectors[(j * length) + k].Conjugate;
                }

                gram[(i * size) + j] = sum;
                gram[(j * size) + i] = sum.Conjugate;
            }
        }

        return gram;
    }

    private static Complex[] Multiply(ReadOnlySpan<Complex> matrix, Complex[] x, int rows)
    {
        var y = new Complex[rows];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < x.Length; j++)
            {
                y[i] += matrix[(i * x.Length) + j] * x[j];
            }
        }

        return y;
    }

    private static Complex[] MultiplyAdjoint(ReadOnlySpan<Complex> matrix, Complex[] y, int columns)
    {
        var x = new Complex[columns];
        for (int i = 0; i < y.Length; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                x[j] += Complex.Conjugate(matrix[(i * columns) + j]) * y[i];
            }
        }

        return x;
    }
}
