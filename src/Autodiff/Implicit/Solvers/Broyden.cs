using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

/// <summary>
/// Broyden's good method [BRO65] for g(z) = f(z) − z = 0 of each slice on its own: z ← z − B g, B ≈ (∂g/∂z)⁻¹ kept as
/// −I + Σ u_i v_iᵀ by the Sherman-Morrison formula. The first step is plain. When <see cref="Memory"/> updates are kept, or
/// an update would divide by almost nothing, the slice starts again from its best value with B = −I.
/// </summary>
/// <param name="Tolerance">Largest relative residual ‖f(z) − z‖ / ‖f(z)‖ that counts as converged.</param>
/// <param name="MaxEvaluations">Limit of evaluations of f.</param>
/// <param name="Memory">Updates kept, at least 1; each costs two images.</param>
public sealed record Broyden(double Tolerance, int MaxEvaluations, int Memory = 20) : IFixedPointSolver
{
    // |Δzᵀ B Δg| below this part of ‖Δz‖ ‖B Δg‖ means that the two are orthogonal up to the noise of float sums.
    private const double SmallestCosine = 1e-6;

    /// <inheritdoc/>
    public FixedPointSolution Solve(FixedPointProblem problem, TensorScope into)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Memory, 1);
        using var scope = new TensorScope(into.Device, MemoryOwner.Solver);
        Tensor z = scope.Clone(problem.Start), fz = scope.Like(z), best = into.Clone(z);
        Slice[] slices = [.. Enumerable.Range(0, z.Shape[0]).Select(s => new Slice(this, z.Slice(s), best.Slice(s), scope))];
        for (int evaluation = 0; evaluation < MaxEvaluations && slices.Any(slice => slice.Tracker.IsActive); evaluation++)
        {
            problem.Evaluate(z, fz);
            for (int s = 0; s < slices.Length; s++)
            {
                slices[s].Advance(fz.Slice(s));
            }
        }

        return new FixedPointSolution(best, [.. slices.Select(slice => slice.Tracker.Finish())]);
    }

    private sealed class Slice
    {
        private readonly int _memory;
        private readonly Tensor _z, _g, _previous, _move, _product, _left, _right;
        private int _count;
        private bool _hasMoved;

        public Slice(Broyden options, Tensor z, Tensor best, TensorScope scope)
        {
            _memory = options.Memory;
            _z = z;
            (_g, _previous, _move, _product) = (scope.Like(z), scope.Like(z), scope.Like(z), scope.Like(z));
            _left = scope.New(z.DType, Shape.Create([_memory]).Concat(z.Shape));
            _right = scope.Like(_left);
            Tracker = new SliceTracker(best, options.Tolerance);
        }

        public SliceTracker Tracker { get; }

        public void Advance(Tensor fz)
        {
            if (!Tracker.IsActive)
            {
                return;
            }

            Subtract.Run(fz, _z, _g);
            if (!Tracker.Observe(fz, _g))
            {
                return;
            }

            if (_hasMoved && !Update())
            {
                Restart();
                return;
            }

            Apply(_g, _move);
            Scale.Run(-1, _move, _move);
            Scale.Run(1, _move, _z, WriteMode.Add);
            _previous.CopyFrom(_g);
            _hasMoved = true;
        }

        /// <summary>B += (Δz − B Δg) (Δzᵀ B) / (Δzᵀ B Δg); false if that cannot be done.</summary>
        private bool Update()
        {
            if (_count == _memory)
            {
                return false;
            }

            Subtract.Run(_g, _previous, _previous); // Δg
            Apply(_previous, _product);             // B Δg
            double inner = Reduce.Dot(_move, _product);
            if (!(Math.Abs(inner) > SmallestCosine * Math.Sqrt(Reduce.SumOfSquares(_move) * Reduce.SumOfSquares(_product))))
            {
                return false;
            }

            Tensor u = _left.Slice(_count), v = _right.Slice(_count);
            ApplyTransposed(_move, v);
            Subtract.Run(_move, _product, u);
            Scale.Run(1 / inner, u, u);
            _count++;
            return true;
        }

        private void Restart()
        {
            (_count, _hasMoved) = (0, false);
            Tracker.Restarts++;
            _z.CopyFrom(Tracker.Best);
        }

        private void Apply(Tensor x, Tensor y) => Apply(x, y, _left, _right);

        private void ApplyTransposed(Tensor x, Tensor y) => Apply(x, y, _right, _left);

        /// <summary>y = −x + Σ a_i ⟨b_i, x⟩.</summary>
        private void Apply(Tensor x, Tensor y, Tensor a, Tensor b)
        {
            double[] products = [.. Enumerable.Range(0, _count).Select(i => Reduce.Dot(b.Slice(i), x))];
            LinearCombination.Run([-1, .. products], [x, .. Enumerable.Range(0, _count).Select(i => a.Slice(i))], y);
        }
    }
}
