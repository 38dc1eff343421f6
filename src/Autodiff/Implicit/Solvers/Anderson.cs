using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

/// <summary>
/// Anderson acceleration, type II [AND65], [WAL11], of each slice on its own. Of the last <see cref="Memory"/> pairs
/// (z_i, f_i) with g_i = f_i − z_i, the weights α with Σα = 1 minimise ‖Σ α_i g_i‖² with a ridge that is relative to the
/// size of the g_i, so that nothing depends on the scale of the data; z ← β Σ α f + (1 − β) Σ α z. The weights are
/// real: the map need not be complex-linear.
/// </summary>
/// <remarks>
/// Only one row of the Gram matrix is new in each step; it is accumulated and solved in double precision. If the residual
/// stays above <see cref="GrowthLimit"/> times the best for <see cref="RestartAfter"/> evaluations, the slice restarts
/// from its best value with an empty history. Derivation: docs/derivations/anderson.md.
/// </remarks>
public sealed record Anderson : IFixedPointSolver
{
    /// <summary>Residuals above this multiple of the best count as growth.</summary>
    public const double GrowthLimit = 2;

    /// <summary>Pairs kept; each costs two images of memory.</summary>
    public int Memory { get; init; } = 5;

    /// <summary>Ridge relative to the diagonal of the Gram matrix.</summary>
    public double Ridge { get; init; } = 1e-8;

    /// <summary>To what the ridge is relative.</summary>
    public RidgeMode RidgeMode { get; init; } = RidgeMode.Column;

    /// <summary>β, share of the mixed f against the mixed z.</summary>
    public double Mixing { get; init; } = 1;

    /// <summary>Largest relative residual ‖f(z) − z‖ / ‖f(z)‖ that counts as converged.</summary>
    public double Tolerance { get; init; } = 1e-4;

    /// <summary>Limit of evaluations of f.</summary>
    public int MaxEvaluations { get; init; } = 50;

    /// <summary>Evaluations of growing residual before a restart; 0 never restarts.</summary>
    public int RestartAfter { get; init; } = 5;

    /// <inheritdoc/>
    public FixedPointSolution Solve(FixedPointProblem problem, TensorScope into)
    {
        using var scope = new TensorScope(into.Device, MemoryOwner.Solver);
        Tensor z = scope.Clone(problem.Start), fz = scope.Like(z);
        Tensor best = into.Clone(z);
        Slice[] slices = [.. Enumerable.Range(0, z.Shape[0]).Select(s => new Slice(this, scope, z.Slice(s), fz.Slice(s), best.Slice(s)))];
        for (int evaluation = 0; evaluation < MaxEvaluations && slices.Any(slice => slice.Tracker.IsActive); evaluation++)
        {
            problem.Evaluate(z, fz);
            foreach (Slice slice in slices.Where(slice => slice.Tracker.IsActive))
            {
                slice.Advance();
            }
        }

        return new FixedPointSolution(best, [.. slices.Select(slice => slice.Tracker.Finish())]);
    }

    private sealed class Slice
    {
        private readonly Anderson _options;
        private readonly Tensor _z;
        private readonly Tensor _fz;
        private readonly Tensor[] _values; // f_i, in a ring
        private readonly Tensor[] _steps;  // g_i = f_i - z_i, in the same ring
        private readonly double[,] _gram;  // ⟨g_i, g_j⟩ by ring position
        private int _newest = -1;
        private int _count;
        private int _growing;

        public Slice(Anderson options, TensorScope scope, Tensor z, Tensor fz, Tensor best)
        {
            _options = options;
            _z = z;
            _fz = fz;
            _values = [.. Enumerable.Range(0, options.Memory).Select(_ => scope.Like(z))];
            _steps = [.. Enumerable.Range(0, options.Memory).Select(_ => scope.Like(z))];
            _gram = new double[options.Memory, options.Memory];
            Tracker = new SliceTracker(best, options.Tolerance);
        }

        public SliceTracker Tracker { get; }

        /// <summary>Takes the pair (z, f(z)) into the history and sets the next z.</summary>
        public void Advance()
        {
            _newest = (_newest + 1) % _options.Memory;
            _count = Math.Min(_count + 1, _options.Memory);
            Subtract.Run(_fz, _z, _steps[_newest]);
            if (!Tracker.Observe(_fz, _steps[_newest]))
            {
                return;
            }

            _values[_newest].CopyFrom(_fz);
            if (RestartIsDue())
            {
                _count = 0;
                _growing = 0;
                Tracker.Restarts++;
                _z.CopyFrom(Tracker.Best);
                return;
            }

            UpdateGram();
            Mix();
        }

        private bool RestartIsDue()
        {
            _growing = Tracker.LastResidual > GrowthLimit * Tracker.BestResidual ? _growing + 1 : 0;
            return _options.RestartAfter > 0 && _growing >= _options.RestartAfter;
        }

        private void UpdateGram()
        {
            foreach (int i in Positions())
            {
                _gram[i, _newest] = _gram[_newest, i] = Reduce.Dot(_steps[i], _steps[_newest]);
            }
        }

        /// <summary>Ring positions of the history, oldest first.</summary>
        private int[] Positions() =>
            [.. Enumerable.Range(0, _count).Select(age => (_newest - _count + 1 + age + _options.Memory) % _options.Memory)];

        private void Mix()
        {
            // The first step is plain whatever the mixing, as is one whose least-squares problem cannot be solved.
            while (_count > 1)
            {
                int[] positions = Positions();
                double[] gram = [.. from i in positions from j in positions select _gram[i, j]];
                double[] weights = new double[_count];
                if (AndersonLeastSquares.Weights(gram, _count, _options.Ridge, _options.RidgeMode, weights))
                {
                    Tracker.Weights.Add(weights);
                    SetNext(positions, weights);
                    return;
                }

                _count--;
            }

            _z.CopyFrom(_fz);
        }

        /// <summary>β Σ α f + (1 − β) Σ α z = Σ α f − (1 − β) Σ α g.</summary>
        private void SetNext(int[] positions, double[] weights)
        {
            List<Tensor> terms = [.. positions.Select(i => _values[i])];
            List<double> coefficients = [.. weights];
            if (_options.Mixing != 1)
            {
                terms.AddRange(positions.Select(i => _steps[i]));
                coefficients.AddRange(weights.Select(weight => -(1 - _options.Mixing) * weight));
            }

            LinearCombination.Run(coefficients.ToArray(), terms, _z);
        }
    }
}
