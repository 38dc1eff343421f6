using Stardeq.Engine;

namespace Stardeq.Kernels;

// A V = V H + (rest), V orthonormal of the Krylov space of the start; eigenvalues of H are Ritz values of A [SAA86]
// used by: Autodiff/Implicit/Estimates/SolutionProbe.cs · spec: tests/Kernels/Linalg/ArnoldiTests.cs

/// <summary>
/// The largest modulus of an eigenvalue of any square map, symmetric or not, on the real view of the arrays. The Ritz values of
/// k products find the rim of the spectrum long before the powers of the map do.
/// </summary>
public static class Arnoldi
{
    /// <summary>Largest modulus of a Ritz value: at most ‖A‖, and equal to the spectral radius once the space is invariant.</summary>
    /// <param name="map">A.</param>
    /// <param name="start">Of the map's domain, not zero. Unchanged.</param>
    /// <param name="steps">Most products with A, at least 1; each keeps an array like the start.</param>
    /// <returns>NaN if the map gives values that are not finite.</returns>
    /// <exception cref="ArgumentException">The start is zero or not finite.</exception>
    public static double SpectralRadius(ILinearOperator map, Tensor start, int steps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        double size = Norm(start);
        if (!(size > 0 && double.IsFinite(size)))
        {
            throw new ArgumentException($"arnoldi: the start has norm {size}; a positive finite one was expected.", nameof(start));
        }

        using var scope = new TensorScope(start.Device, MemoryOwner.Solver);
        Tensor basis = scope.New(start.DType, Shape.Create([steps + 1]).Concat(start.Shape));
        Scale.Run(1 / size, start, basis.Slice(0));
        double[,] h = new double[steps, steps];
        int columns = 0;
        for (bool isInvariant = false; columns < steps && !isInvariant; columns++)
        {
            Tensor next = basis.Slice(columns + 1);
            map.Forward(basis.Slice(columns), next);
            double whole = Norm(next);
            if (!double.IsFinite(whole))
            {
                return double.NaN;
            }

            Orthogonalise(basis, next, h, columns);
            double below = Norm(next);

            // What is left of a vector in the space is the rounding of its products.
            isInvariant = below <= (start.DType.IsDouble() ? 1e-14 : 1e-6) * whole;
            if (!isInvariant)
            {
                Scale.Run(1 / below, next, next);
                if (columns + 1 < steps)
                {
                    h[columns + 1, columns] = below;
                }
            }
        }

        return HessenbergEigenvalues.Of(Leading(h, columns)).Max(value => value.Magnitude);
    }

    private static void Orthogonalise(Tensor basis, Tensor next, double[,] h, int column)
    {
        for (int pass = 0; pass < 2; pass++) // twice is enough [PAR80]
        {
            for (int row = 0; row <= column; row++)
            {
                double product = Reduce.Dot(basis.Slice(row), next);
                h[row, column] += product;
                Scale.Run(-product, basis.Slice(row), next, WriteMode.Add);
            }
        }
    }

    private static double[,] Leading(double[,] matrix, int size)
    {
        double[,] leading = new double[size, size];
        for (int row = 0; row < size; row++)
        {
            for (int column = 0; column < size; column++)
            {
                leading[row, column] = matrix[row, column];
            }
        }

        return leading;
    }

    private static double Norm(Tensor x) => Math.Sqrt(Reduce.SumOfSquares(x));
}
