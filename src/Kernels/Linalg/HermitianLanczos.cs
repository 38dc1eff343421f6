using System.Numerics;

namespace Stardeq.Kernels;

/// <summary>
/// The largest eigenvalues of several small Hermitian matrices side by side: orthonormal bases in which the matrices are
/// tridiagonal, grown until the largest Ritz values settle.
/// </summary>
internal sealed class HermitianLanczos
{
    // Steps between looks at the values: a look costs about as much as a step.
    private const int StepsPerLook = 6;

    // Relative change between looks that ends the search; Ritz values converge quadratically, so the error is less.
    private const double Settled = 1e-13;

    // Relative shift of the inverse iteration: its error falls by this over the relative gap in each round.
    private const double Shift = 1e-10;

    private readonly List<WideComplex[]> _basis = [];
    private readonly List<Vector<double>> _diagonal = [], _off = [];

    /// <summary>Finds the largest eigenvalues.</summary>
    /// <param name="matrices">Positive semi-definite, size × size, row-major.</param>
    /// <param name="size">Rows and columns.</param>
    public HermitianLanczos(WideComplex[] matrices, int size)
    {
        // Any start will do that is not orthogonal to the eigenvector; irregular phases make that a coincidence.
        WideComplex[] next = [.. Enumerable.Range(0, size).Select(i => WideComplex.Of(Complex.FromPolarCoordinates(1, i * (i + 1.0))))];
        Vector<double> length = Norm(next);
        for (int step = 1; step <= size; step++)
        {
            // A length of rounding size ends the space of that matrix: zeros from here on change none of its values.
            Vector<double> floor = new Vector<double>(1e-15) * (step == 1 ? Vector<double>.Zero : _diagonal[0]);
            Scale(next, Vector.ConditionalSelect(Vector.GreaterThan(length, floor), Vector<double>.One / length, Vector<double>.Zero));
            _basis.Add(next);
            next = Multiply(matrices, next);
            _diagonal.Add(Product(_basis[^1], next).Re);
            for (int pass = 0; pass < 2; pass++) // twice is enough [PAR80]
            {
                foreach (WideComplex[] earlier in _basis)
                {
                    Subtract(next, Product(earlier, next), earlier);
                }
            }

            if (step % StepsPerLook == 0 || step == size)
            {
                double[] before = Values;
                Values = [.. Enumerable.Range(0, WideComplex.Count).Select(lane => Lanczos.LargestOfTridiagonal(Lane(_diagonal, lane), Lane(_off, lane)))];
                if (before.Length > 0 && before.Zip(Values).All(pair => Math.Abs(pair.Second - pair.First) <= Settled * pair.Second))
                {
                    return;
                }
            }

            length = Norm(next);
            _off.Add(length);
        }
    }

    /// <summary>The largest eigenvalue of each matrix.</summary>
    public double[] Values { get; private set; } = [];

    /// <summary>
    /// The unit eigenvector of one matrix, from that of its tridiagonal matrix T by inverse iteration with λ (1 + shift) − T, which is
    /// positive definite. Its entries have one sign because the off-diagonals are positive, so a start of ones meets it.
    /// </summary>
    public Complex[] TopVector(int lane)
    {
        List<double> diagonal = Lane(_diagonal, lane), off = Lane(_off, lane);
        int n = _basis.Count;
        double[] shifted = new double[n * n], weights = new double[n];
        for (int i = 0; i < n; i++)
        {
            shifted[(i * n) + i] = (Values[lane] * (1 + Shift)) - diagonal[i];
            if (i > 0)
            {
                shifted[(i * n) + i - 1] = -off[i - 1];
            }
        }

        weights[0] = 1; // of a matrix of zeros every vector is an eigenvector
        if (n > 1 && SmallLinearSolver.CholeskyInPlace(shifted, n))
        {
            Array.Fill(weights, 1);
            for (int round = 0; round < 3; round++)
            {
                SmallLinearSolver.SolveFactored(shifted, n, weights);
                double size = Math.Sqrt(weights.Sum(e => e * e));
                weights = Array.ConvertAll(weights, e => e / size);
            }
        }

        Complex[] vector = new Complex[_basis[0].Length];
        for (int i = 0; i < vector.Length; i++)
        {
            for (int j = 0; j < n; j++)
            {
                vector[i] += weights[j] * _basis[j][i][lane];
            }
        }

        return vector;
    }

    private static List<double> Lane(List<Vector<double>> values, int lane) => values.ConvertAll(value => value[lane]);

    private static WideComplex[] Multiply(WideComplex[] matrices, WideComplex[] x)
    {
        var y = new WideComplex[x.Length];
        for (int i = 0; i < y.Length; i++)
        {
            WideComplex sum = default;
            for (int j = 0; j < x.Length; j++)
            {
                sum += matrices[(i * x.Length) + j] * x[j];
            }

            y[i] = sum;
        }

        return y;
    }

    private static WideComplex Product(WideComplex[] a, WideComplex[] b)
    {
        WideComplex sum = default;
        for (int i = 0; i < a.Length; i++)
        {
            sum += a[i].Conjugate * b[i];
        }

        return sum;
    }

    private static void Subtract(WideComplex[] x, WideComplex factor, WideComplex[] y)
    {
        var negative = new WideComplex(-factor.Re, -factor.Im);
        for (int i = 0; i < x.Length; i++)
        {
            x[i] += negative * y[i];
        }
    }

    private static void Scale(WideComplex[] x, Vector<double> factor)
    {
        for (int i = 0; i < x.Length; i++)
        {
            x[i] = factor * x[i];
        }
    }

    private static Vector<double> Norm(WideComplex[] x)
    {
        Vector<double> sum = Vector<double>.Zero;
        foreach (WideComplex entry in x)
        {
            sum += entry.Square;
        }

        return Vector.SquareRoot(sum);
    }
}
