using Stardeq.Engine;

namespace Stardeq.Kernels;

// v_{j+1} β_j = H v_j − α_j v_j − β_{j−1} v_{j−1}, every new vector made orthogonal to all earlier ones; the largest
// eigenvalue of the tridiagonal (α, β) is the largest Rayleigh quotient over the Krylov space of the start [LAN50].

/// <summary>
/// The largest eigenvalue of a self-adjoint operator by the Lanczos method. It never exceeds the true value and, at equal
/// cost, is at least as close to it as power iteration; with clustered eigenvalues very much closer.
/// </summary>
public static class Lanczos
{
    /// <summary>Largest Ritz value.</summary>
    /// <param name="normal">Self-adjoint operator.</param>
    /// <param name="start">Of the operator's domain, not zero. Unchanged.</param>
    /// <param name="steps">Largest number of applications; as many vectors are kept.</param>
    /// <param name="tolerance">Stops when a step changes the value by less than this, relatively.</param>
    /// <exception cref="ArgumentException">The start is zero or not finite.</exception>
    public static (double Value, bool Converged) LargestEigenvalue(ILinearOperator normal, Tensor start, int steps, double tolerance)
    {
        double size = Math.Sqrt(Reduce.SumOfSquares(start));
        if (!(size > 0) || !double.IsFinite(size))
        {
            throw new ArgumentException($"lanczos: the start has norm {size}; a positive finite one was expected.", nameof(start));
        }

        using var scope = new TensorScope(start.Device, MemoryOwner.Solver);
        var basis = new Basis(scope, start);
        Tensor next = scope.Like(start), other = scope.Like(start);
        Scale.Run(1 / size, start, basis.Add());
        List<double> diagonal = [], off = [];
        double value = 0;
        for (int step = 0; step < steps; step++)
        {
            normal.Forward(basis.Vectors[step], next);
            diagonal.Add(Reduce.Dot(basis.Vectors[step], next));
            for (int pass = 0; pass < 2; pass++) // twice is enough [PAR80]
            {
                basis.RemoveFrom(next, other);
                (next, other) = (other, next);
            }

            double before = value, length = Math.Sqrt(Reduce.SumOfSquares(next));
            value = LargestOfTridiagonal(diagonal, off);
            if (length <= 1e-14 * Math.Abs(value) || (step > 0 && Math.Abs(value - before) <= tolerance * Math.Abs(value)))
            {
                return (value, true); // an invariant space, or settled
            }

            Scale.Run(1 / length, next, basis.Add());
            off.Add(length);
        }

        return (value, false);
    }

    /// <summary>Orthonormal vectors, stored in stacks, so that all products with one array are a few launches and one wait.</summary>
    private sealed class Basis(TensorScope scope, Tensor model)
    {
        private const int StackHeight = 16;

        private readonly List<Tensor> _stacks = [];

        public List<Tensor> Vectors { get; } = [];

        /// <summary>A new last vector, content undefined.</summary>
        public Tensor Add()
        {
            if (Vectors.Count % StackHeight == 0)
            {
                _stacks.Add(scope.New(model.DType, Shape.Create([StackHeight]).Concat(model.Shape)));
            }

            Vectors.Add(_stacks[^1].Slice(Vectors.Count % StackHeight));
            return Vectors[^1];
        }

        /// <summary>y = x − Σ_j ⟨v_j, x⟩ v_j.</summary>
        public void RemoveFrom(Tensor x, Tensor y)
        {
            using var workspace = new TensorScope(scope.Device, MemoryOwner.Workspace);
            Tensor products = workspace.New(DType.Float64, [Vectors.Count]);
            for (int first = 0; first < Vectors.Count; first += StackHeight)
            {
                int count = Math.Min(StackHeight, Vectors.Count - first);
                Reduce.DotOfSlices(_stacks[first / StackHeight].Slice(0, count), x, products.Slice(first, count));
            }

            LinearCombination.Run([1, .. products.ToArray<double>().Select(product => -product)], [x, .. Vectors], y);
        }
    }

    /// <summary>By bisection: the number of eigenvalues above x is the number of positive pivots of T − x.</summary>
    internal static double LargestOfTridiagonal(List<double> diagonal, List<double> off)
    {
        double radius = Enumerable.Range(0, diagonal.Count).Max(i => Math.Abs(diagonal[i]) + (i > 0 ? off[i - 1] : 0) + (i < diagonal.Count - 1 ? off[i] : 0));
        (double low, double high) = (-radius, radius);
        for (int halving = 0; halving < 60; halving++)
        {
            double middle = (low + high) / 2, pivot = 1;
            bool above = false;
            for (int i = 0; i < diagonal.Count && !above; i++)
            {
                pivot = diagonal[i] - middle - (i > 0 ? off[i - 1] * off[i - 1] / pivot : 0);
                above = pivot > 0;
            }

            (low, high) = above ? (middle, high) : (low, middle);
        }

        return (low + high) / 2;
    }
}
