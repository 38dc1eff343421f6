using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

/// <summary><see cref="Anderson"/> with its decisions made on the host; the rules that kernels.cu § 10 repeats.</summary>
internal sealed class HostAnderson : IAndersonRun
{
    private readonly Anderson _options;
    private readonly Tensor _values; // f_i in a ring, [memory, slices, ...]
    private readonly Tensor _steps;  // g_i = f_i - z_i in the same ring
    private readonly Tensor? _accepted; // f of the last accepted evaluation, [slices, ...], where steps are safeguarded
    private readonly Slice[] _slices;
    private int _newest;

    public HostAnderson(Anderson options, TensorScope scope, Tensor z, Tensor best)
    {
        _options = options;
        _values = scope.New(z.DType, Shape.Create([options.Memory]).Concat(z.Shape));
        _steps = scope.Like(_values);
        _accepted = options.IsSafeguarded ? scope.Like(z) : null;
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
        private double _acceptedStep = double.PositiveInfinity; // ‖g‖ of the last accepted evaluation
        private double _plainRate = 1;   // by how much the last plain step shrank the residual
        private bool _isAccelerated;     // whether z came from a mixture
        private int _plainRun = 1, _plainLeft; // plain steps after the next refusal, and those still to be taken

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

            if (IsRefused(fz))
            {
                return;
            }

            if (RestartIsDue())
            {
                _count = 0;
                _growing = 0;
                Tracker.Restarts++;
                _z.CopyFrom(Tracker.Best);
                _isAccelerated = false;
                return;
            }

            UpdateGram();
            Mix();
        }

        private Tensor ValueAt(int position) => _history._values.Slice(position).Slice(_index);

        private Tensor StepAt(int position) => _history._steps.Slice(position).Slice(_index);

        /// <summary>With a safeguard: sends an accelerated step that did not help back to the plain one.</summary>
        private bool IsRefused(Tensor fz)
        {
            if (_history._accepted?.Slice(_index) is not { } accepted)
            {
                return false;
            }

            if (_isAccelerated && Tracker.LastStep > _plainRate * _acceptedStep)
            {
                _count = 0;
                _isAccelerated = false;
                Tracker.Restarts++;
                _z.CopyFrom(accepted);
                _plainLeft = _plainRun - 1; // this is the first of them
                _plainRun *= 2;
                return true;
            }

            if (!_isAccelerated)
            {
                _plainRate = Math.Min(1, Tracker.LastStep / _acceptedStep);
            }

            accepted.CopyFrom(fz);
            _acceptedStep = Tracker.LastStep;
            return false;
        }

        private bool RestartIsDue()
        {
            _growing = Tracker.LastResidual > Anderson.GrowthLimit * Tracker.BestResidual ? _growing + 1 : 0;
            return _options.RestartAfter > 0 && !_options.IsSafeguarded && _growing >= _options.RestartAfter;
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
            while (_count > 1 && _plainLeft == 0)
            {
                int[] positions = Positions();
                double[] gram = [.. from i in positions from j in positions select _gram[i, j]];
                double[] weights = new double[_count];
                if (AndersonLeastSquares.Weights(gram, _count, _options.Ridge, _options.RidgeMode, weights))
                {
                    Tracker.Weights.Add(weights);
                    SetNext(positions, weights);
                    _isAccelerated = true;
                    return;
                }

                _count--;
            }

            _plainLeft = Math.Max(0, _plainLeft - 1);
            _z.CopyFrom(ValueAt(Newest));
            _isAccelerated = false;
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
