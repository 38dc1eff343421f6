using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

/// <summary><see cref="Anderson"/> with its decisions made on the host; the rules that kernels.cu § 10 repeats.</summary>
internal sealed class HostAnderson : IAndersonRun
{
    private readonly Anderson _options;
    private readonly Tensor _values; // f_i in a ring, [memory, slices, ...]
    private readonly Tensor _steps;  // g_i = f_i - z_i in the same ring
    private readonly Slice[] _slices;
    private int _newest;

    public HostAnderson(Anderson options, TensorScope scope, Tensor z, Tensor best)
    {
        _options = options;
        _values = scope.New(z.DType, Shape.Create([options.Memory]).Concat(z.Shape));
        _steps = scope.Like(_values);
        _slices = [.. Enumerable.Range(0, z.Shape[0]).Select(s => new Slice(this, s, z.Slice(s), best.Slice(s)))];
    }

    public IReadOnlyList<SliceSolve> Solve(Action<Tensor> evaluate)
    {
        for (int evaluation = 0; evaluation < _options.MaxEvaluations && _slices.Any(slice => slice.Tracker.IsActive); evaluation++)
        {
            evaluate(_values.Slice(_newest));
            foreach (Slice slice in _slices.Where(slice => slice.Tracker.IsActive))
            {
                slice.Advance();
            }

            _newest = (_newest + 1) % _options.Memory;
        }

        return [.. _slices.Select(slice => slice.Tracker.Finish())];
    }

    private sealed class Slice
    {
        private readonly HostAnderson _history;
        private readonly Anderson _options;
        private readonly int _index;
        private readonly Tensor _z;
        private readonly double[,] _gram; // ⟨g_i, g_j⟩ by ring position
        private int _count;
        private int _growing;

        public Slice(HostAnderson history, int index, Tensor z, Tensor best)
        {
            (_history, _options, _index, _z) = (history, history._options, index, z);
            _gram = new double[_options.Memory, _options.Memory];
            Tracker = new SliceTracker(best, _options.Tolerance);
        }

        public SliceTracker Tracker { get; }

        private int Newest => _history._newest;

        /// <summary>Takes the pair (z, f(z)) into the history and sets the next z.</summary>
        public void Advance()
        {
            _count = Math.Min(_count + 1, _options.Memory);
            Tensor fz = ValueAt(Newest), step = StepAt(Newest);
            Subtract.Run(fz, _z, step);
            if (!Tracker.Observe(fz, step))
            {
                return;
            }

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

        private Tensor ValueAt(int position) => _history._values.Slice(position).Slice(_index);

        private Tensor StepAt(int position) => _history._steps.Slice(position).Slice(_index);

        private bool RestartIsDue()
        {
            _growing = Tracker.LastResidual > Anderson.GrowthLimit * Tracker.BestResidual ? _growing + 1 : 0;
            return _options.RestartAfter > 0 && _growing >= _options.RestartAfter;
        }

        private void UpdateGram()
        {
            foreach (int i in Positions())
            {
                _gram[i, Newest] = _gram[Newest, i] = Reduce.Dot(StepAt(i), StepAt(Newest));
            }
        }

        /// <summary>Ring positions of the history, oldest first.</summary>
        private int[] Positions() =>
            [.. Enumerable.Range(0, _count).Select(age => (Newest - _count + 1 + age + _options.Memory) % _options.Memory)];

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

            _z.CopyFrom(ValueAt(Newest));
        }

        /// <summary>β Σ α f + (1 − β) Σ α z = Σ α f − (1 − β) Σ α g.</summary>
        private void SetNext(int[] positions, double[] weights)
        {
            List<Tensor> terms = [.. positions.Select(ValueAt)];
            List<double> coefficients = [.. weights];
            if (_options.Mixing != 1)
            {
                terms.AddRange(positions.Select(StepAt));
                coefficients.AddRange(weights.Select(weight => -(1 - _options.Mixing) * weight));
            }

            LinearCombination.Run(coefficients.ToArray(), terms, _z);
        }
    }
}
