using Stardeq.Engine;

namespace Stardeq.Kernels;

// q_{j+1} β_{j+1} = H q_j − α_j q_j − β_j q_{j−1}; λ_max of the tridiagonal T(α, β) rises to that of H     [PAI71]
// spec: tests/Kernels/Linalg/LanczosTests.cs

/// <summary>Largest eigenvalue of a self-adjoint operator by Lanczos' method with full reorthogonalisation.</summary>
public static class Lanczos
{
    /// <summary>Steps beyond which the basis is not extended; each keeps one vector.</summary>
    public const int DefaultSteps = 100;

    /// <summary>Largest eigenvalue, approached from below.</summary>
    /// <param name="normal">Self-adjoint, positive semi-definite.</param>
    /// <param name="start">Start vector with a share of every eigenvector, for example random; not changed.</param>
    /// <param name="maxSteps">Limit of applications of the operator.</param>
    /// <param name="tolerance">Stops when the estimate has grown by less than this, relatively, in each of two steps.</param>
    /// <remarks>
    /// After k steps the error is that of the best polynomial of degree k, so clustered leading eigenvalues, which stop a
    /// power iteration, cost some tens of steps.
    /// </remarks>
    /// <exception cref="ShapeException">The start is not of the operator's domain, or zero.</exception>
    public static double LargestEigenvalue(ILinearOperator normal, Tensor start, int maxSteps = DefaultSteps, double tolerance = 1e-6)
    {
        using var scope = new TensorScope(start.Device, MemoryOwner.Workspace);
        double norm = Math.Sqrt(Reduce.SumOfSquares(start));
        if (!(norm > 0))
        {
            throw new ShapeException("lanczos: the start vector is zero; draw a random one.");
        }

        var basis = new List<Tensor> { scope.Like(start) };
        Scale.Run(1 / norm, start, basis[0]);
        Tensor next = scope.Like(start);
        var diagonal = new List<double>();
        var offDiagonal = new List<double>();
        double estimate = 0;
        int settled = 0;
        while (diagonal.Count < maxSteps && settled < 2)
        {
            normal.Forward(basis[^1], next);
            diagonal.Add(Reduce.Dot(basis[^1], next));
            Orthogonalise(next, basis);
            double grown = LargestOfTridiagonal(diagonal, offDiagonal);
            settled = grown - estimate <= tolerance * grown ? settled + 1 : 0;
            estimate = grown;
            double rest = Math.Sqrt(Reduce.SumOfSquares(next));
            if (!(rest > Rounding(start.DType) * estimate))
            {
                break; // The basis spans an invariant subspace: the estimate is exact.
            }

            offDiagonal.Add(rest);
            basis.Add(scope.Like(start));
            Scale.Run(1 / rest, next, basis[^1]);
        }

        return estimate;
    }

    /// <summary>Takes the parts along the basis out, twice: once is not enough in finite precision.</summary>
    private static void Orthogonalise(Tensor vector, List<Tensor> basis)
    {
        for (int pass = 0; pass < 2; pass++)
        {
            foreach (Tensor direction in basis)
            {
                RemoveComponent(vector, direction);
            }
        }
    }

    /// <summary>v −= ⟨q, v⟩ q. The real part alone: over the reals, H on complex arrays is symmetric too.</summary>
    private static void RemoveComponent(Tensor vector, Tensor direction) =>
        Scale.Run(-Reduce.Dot(direction, vector), direction, vector, WriteMode.Add);

    private static double Rounding(DType dtype) => dtype.IsDouble() ? 1e-14 : 1e-6;

    /// <summary>Largest eigenvalue of a symmetric tridiagonal matrix, by bisection on the signs of its pivots (Sturm).</summary>
    private static double LargestOfTridiagonal(List<double> diagonal, List<double> offDiagonal)
    {
        double low = double.MaxValue, high = double.MinValue;
        for (int i = 0; i < diagonal.Count; i++) // Gershgorin
        {
            double radius = (i > 0 ? Math.Abs(offDiagonal[i - 1]) : 0) + (i < diagonal.Count - 1 ? Math.Abs(offDiagonal[i]) : 0);
            low = Math.Min(low, diagonal[i] - radius);
            high = Math.Max(high, diagonal[i] + radius);
        }

        while (true)
        {
            double middle = low + ((high - low) / 2);
            if (middle <= low || middle >= high)
            {
                return high;
            }

            if (AllBelow(middle, diagonal, offDiagonal))
            {
                high = middle;
            }
            else
            {
                low = middle;
            }
        }
    }

    /// <summary>True if all eigenvalues are below x: all pivots of T − x I are negative.</summary>
    private static bool AllBelow(double x, List<double> diagonal, List<double> offDiagonal)
    {
        double pivot = diagonal[0] - x;
        for (int i = 1; i < diagonal.Count && pivot < 0; i++)
        {
            pivot = diagonal[i] - x - (offDiagonal[i - 1] * offDiagonal[i - 1] / pivot);
        }

        return pivot < 0;
    }
}
