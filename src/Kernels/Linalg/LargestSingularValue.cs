using System.Numerics;

namespace Stardeq.Kernels;

// σ² is the largest eigenvalue of the smaller Gram matrix, by the Lanczos method with complete orthogonalisation [LAN50];
// its eigenvector by inverse iteration in the Krylov space

/// <summary>The largest singular value of a small dense complex matrix, with its vectors, in double precision.</summary>
public static class LargestSingularValue
{
    // Steps between looks at the value: a look costs about as much as a step.
    private const int StepsPerLook = 6;

    // Relative change of σ² between looks that ends the search; Ritz values converge quadratically, so the error is less.
    private const double Settled = 1e-13;

    /// <summary>σ and unit vectors with A v = σ u.</summary>
    /// <param name="matrix">A, rows × columns, row-major.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    public static (double Value, Complex[] Left, Complex[] Right) Of(ReadOnlySpan<Complex> matrix, int rows, int columns)
    {
        bool wide = rows < columns;
        (double square, Complex[] vector) = TopEigenpair(Gram(matrix, rows, columns, wide), wide ? rows : columns);
        Complex[] other = wide ? MultiplyAdjoint(matrix, vector, columns) : Multiply(matrix, vector, rows);
        double value = Math.Sqrt(Math.Max(0, square));
        Scale(other, value > 0 ? 1 / Norm(other) : 0);
        return wide ? (value, vector, other) : (value, other, vector);
    }

    /// <summary>σ alone.</summary>
    /// <param name="matrix">A, rows × columns, row-major.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    public static double ValueOf(ReadOnlySpan<Complex> matrix, int rows, int columns)
    {
        bool wide = rows < columns;
        int size = wide ? rows : columns;
        return Math.Sqrt(Math.Max(0, new Krylov(Gram(matrix, rows, columns, wide), size).Value));
    }

    private static (double Value, Complex[] Vector) TopEigenpair(Complex[] gram, int size)
    {
        var krylov = new Krylov(gram, size);
        double[] weights = krylov.TopVector();
        var vector = new Complex[size];
        for (int j = 0; j < weights.Length; j++)
        {
            AddTo(vector, weights[j], krylov.Basis[j]);
        }

        Scale(vector, 1 / Norm(vector));
        return (krylov.Value, vector);
    }

    /// <summary>A Aᴴ of a wide matrix, else Aᴴ A.</summary>
    private static Complex[] Gram(ReadOnlySpan<Complex> matrix, int rows, int columns, bool wide)
    {
        int size = wide ? rows : columns, length = wide ? columns : rows, step = wide ? 1 : columns, offset = wide ? columns : 1;
        var gram = new Complex[size * size];
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                Complex sum = Complex.Zero;
                for (int k = 0; k < length; k++)
                {
                    Complex a = matrix[(i * offset) + (k * step)], b = matrix[(j * offset) + (k * step)];
                    sum += wide ? a * Complex.Conjugate(b) : Complex.Conjugate(a) * b;
                }

                gram[(i * size) + j] = sum;
                gram[(j * size) + i] = Complex.Conjugate(sum);
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

    private static double Norm(Complex[] x) => Math.Sqrt(x.Sum(e => (e.Real * e.Real) + (e.Imaginary * e.Imaginary)));

    private static void Scale(Complex[] x, double factor)
    {
        for (int i = 0; i < x.Length; i++)
        {
            x[i] *= factor;
        }
    }

    private static void AddTo(Complex[] x, Complex factor, Complex[] y)
    {
        for (int i = 0; i < x.Length; i++)
        {
            x[i] += factor * y[i];
        }
    }

    /// <summary>An orthonormal basis in which a Hermitian matrix is tridiagonal, grown until the largest eigenvalue settles.</summary>
    private sealed class Krylov
    {
        private readonly List<double> _diagonal = [], _off = [];

        public Krylov(Complex[] matrix, int size)
        {
            // Any start will do that is not orthogonal to the eigenvector; irregular phases make that a coincidence.
            Complex[] next = [.. Enumerable.Range(0, size).Select(i => Complex.FromPolarCoordinates(1, i * (i + 1.0)))];
            double length = Norm(next), before = double.NaN;
            for (int step = 1; step <= size; step++)
            {
                Scale(next, 1 / length);
                Basis.Add(next);
                next = Multiply(matrix, next, size);
                _diagonal.Add(Product(Basis[^1], next).Real);
                for (int pass = 0; pass < 2; pass++) // twice is enough [PAR80]
                {
                    foreach (Complex[] earlier in Basis)
                    {
                        AddTo(next, -Product(earlier, next), earlier);
                    }
                }

                length = Norm(next);
                bool last = step == size || !(length > 1e-15 * _diagonal[0]); // an invariant space
                if (last || step % StepsPerLook == 0)
                {
                    Value = Lanczos.LargestOfTridiagonal(_diagonal, _off);
                    if (last || Math.Abs(Value - before) <= Settled * Value)
                    {
                        return;
                    }

                    before = Value;
                }

                _off.Add(length);
            }
        }

        public List<Complex[]> Basis { get; } = [];

        public double Value { get; }

        /// <summary>
        /// The eigenvector of the tridiagonal matrix T by inverse iteration with λ (1 + 1e-10) − T, which is positive
        /// definite. Its entries have one sign because the off-diagonals are positive, so a start of ones meets it.
        /// </summary>
        public double[] TopVector()
        {
            int n = Basis.Count;
            double[] shifted = new double[n * n], y = [.. Enumerable.Repeat(1.0, n)];
            for (int i = 0; i < n; i++)
            {
                shifted[(i * n) + i] = (Value * (1 + 1e-10)) - _diagonal[i];
                if (i > 0)
                {
                    shifted[(i * n) + i - 1] = -_off[i - 1];
                }
            }

            if (n == 1 || !SmallLinearSolver.CholeskyInPlace(shifted, n))
            {
                return y; // one vector, or a matrix of zeros: every vector is an eigenvector
            }

            for (int round = 0; round < 3; round++) // the error falls by 1e-10 over the relative gap each time
            {
                SmallLinearSolver.SolveFactored(shifted, n, y);
                double size = Math.Sqrt(y.Sum(e => e * e));
                y = Array.ConvertAll(y, e => e / size);
            }

            return y;
        }

        private static Complex Product(Complex[] a, Complex[] b)
        {
            Complex sum = Complex.Zero;
            for (int i = 0; i < a.Length; i++)
            {
                sum += Complex.Conjugate(a[i]) * b[i];
            }

            return sum;
        }
    }
}
