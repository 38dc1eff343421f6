using Stardeq.Engine;

namespace Stardeq.Kernels;

// anderson iteration: g = f − z, Gram row, weights, z ← β Σ α f + (1 − β) Σ α z, of every slice on the device
// device code: kernels.cu § 10 · used by: Autodiff/Implicit/Solvers/CudaAnderson.cs · spec: tests/Autodiff/Implicit/CudaAndersonTests.cs

/// <summary>Choices of an Anderson iteration; the names are those of the solver that uses it.</summary>
/// <param name="Memory">Pairs kept, at most <see cref="AndersonIteration.LargestMemory"/>.</param>
/// <param name="Ridge">Relative ridge.</param>
/// <param name="RidgeMode">To what the ridge is relative.</param>
/// <param name="Mixing">β.</param>
/// <param name="Tolerance">Relative residual that ends a slice.</param>
/// <param name="Limit">Largest number of steps.</param>
/// <param name="GrowthLimit">Residuals above this multiple of the best count as growth.</param>
/// <param name="RestartAfter">Growing residuals in a row before a restart; 0 never.</param>
public sealed record AndersonChoices(
    int Memory, double Ridge, RidgeMode RidgeMode, double Mixing, double Tolerance, int Limit, double GrowthLimit, int RestartAfter);

/// <summary>Where an Anderson iteration stands with one slice, numbered as in kernels.cu.</summary>
public enum AndersonState
{
    /// <summary>The residual is still above the tolerance.</summary>
    Running = 0,

    /// <summary>The residual reached the tolerance.</summary>
    Converged = 1,

    /// <summary>The residual was not finite.</summary>
    NotFinite = 2,
}

/// <summary>Record of one slice.</summary>
/// <param name="State">Where it stands.</param>
/// <param name="Residuals">Relative residual of each step.</param>
/// <param name="BestResidual">The smallest of them.</param>
/// <param name="Restarts">How often the history was dropped.</param>
/// <param name="Weights">Weights of each mixture, oldest pair first.</param>
public sealed record AndersonRecord(
    AndersonState State, IReadOnlyList<double> Residuals, double BestResidual, int Restarts, IReadOnlyList<double[]> Weights);

/// <summary>
/// The steps of Anderson acceleration on a CUDA device. Three launches per step and no wait: residuals, stopping, restarts,
/// weights and the best value are kept on the device, for each slice on its own, and read when they are asked for.
/// </summary>
public sealed class AndersonIteration
{
    /// <summary>Largest memory that the kernels hold.</summary>
    public const int LargestMemory = 32;

    private const int Threads = 256, Fields = 7, Group = 8; // ANDERSON_FIELDS and ANDERSON_GROUP of kernels.cu

    private readonly CudaDevice _cuda;
    private readonly AndersonChoices _choices;
    private readonly Tensor _z, _best, _values, _steps, _state, _bestResiduals, _gram, _mix, _parts, _residuals, _weights, _terms;
    private readonly int _slices, _partCount;
    private readonly long _size;
    private int _taken;

    /// <summary>An iteration at its start.</summary>
    /// <param name="choices">Memory, stopping and restarts.</param>
    /// <param name="z">[slices, ..] on a CUDA device: the start; each step replaces it.</param>
    /// <param name="best">Like <paramref name="z"/>; receives the f(z) of smallest residual.</param>
    /// <param name="scope">Owner of the history.</param>
    /// <exception cref="ShapeException">z is not on a CUDA device, or best is not like it.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The memory is out of range.</exception>
    public AndersonIteration(AndersonChoices choices, Tensor z, Tensor best, TensorScope scope)
    {
        const string Operation = "anderson iteration";
        ArgumentOutOfRangeException.ThrowIfLessThan(choices.Memory, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(choices.Memory, LargestMemory);
        Operands.RequireFloating(Operation, nameof(z), z);
        Operands.RequireLike(Operation, nameof(best), best, z);
        _cuda = z.Device as CudaDevice ?? throw new ShapeException($"{Operation}: z is on {z.Device}; a CUDA device was expected.");
        (_choices, _z, _best) = (choices, z, best);
        _slices = z.Shape[0];
        _size = z.AsReal().Count / _slices;
        _partCount = (int)Math.Clamp((_size + (4 * Threads) - 1) / (4 * Threads), 1, 512);
        (int memory, int limit) = (choices.Memory, Math.Max(1, choices.Limit));
        _values = scope.New(z.DType, Shape.Create([memory]).Concat(z.Shape));
        _steps = scope.Like(_values);
        _state = scope.Zeros(DType.Int32, [_slices, Fields]);
        _bestResiduals = scope.New(DType.Float64, [_slices]);
        Fill.Run(double.PositiveInfinity, _bestResiduals);
        _gram = scope.New(DType.Float64, [_slices, memory, memory]);
        _mix = scope.New(DType.Float64, [_slices, memory]);
        _parts = scope.New(DType.Float64, [_slices, memory + 1, _partCount]);
        // Read as a whole, although an early end leaves the rest unwritten, and the first round has no weights.
        _residuals = scope.Zeros(DType.Float64, [_slices, limit]);
        _weights = scope.Zeros(DType.Float64, [_slices, limit, memory]);
        _terms = scope.Zeros(DType.Int32, [_slices, limit]);
    }

    /// <summary>Where f(z) belongs before the next <see cref="Advance"/>; like z.</summary>
    public Tensor Value => _values.Slice(Newest);

    /// <summary>Steps that were queued.</summary>
    public int Taken => _taken;

    private int Newest => _taken % _choices.Memory;

    /// <summary>Takes the pair (z, <see cref="Value"/>) into the history and sets the next z of every running slice.</summary>
    /// <exception cref="InvalidOperationException">All steps have been taken.</exception>
    public void Advance()
    {
        if (_taken >= _choices.Limit)
        {
            throw new InvalidOperationException($"anderson iteration: {_taken} steps were taken, the limit.");
        }

        int memory = _choices.Memory;
        using OpenSpan? span = _cuda.Spans?.Begin("anderson", Work.As(_z.DType, Work.Anderson(Math.Min(_taken + 1, memory), _slices * _size / 2)));
        _cuda.Kernel("anderson_products", _z.DType).Grid(_slices, _partCount, (memory + Group - 1) / Group).Block(Threads)
            .With(_z).With(_values).With(_steps).With(_state).With(_parts).With(memory).With(Newest).With(_size).Launch();
        _cuda.Kernel("anderson_solve", _z.DType).Grid(_slices).Block(Threads)
            .With(_parts).With(_partCount).With(_state).With(_bestResiduals).With(_gram).With(_mix)
            .With(_residuals).With(_weights).With(_terms).With(memory).With(Newest).With(_choices.Limit)
            .WithDouble(_choices.Tolerance).WithDouble(_choices.Ridge).With((int)_choices.RidgeMode)
            .WithDouble(_choices.GrowthLimit).With(_choices.RestartAfter).Launch();
        _cuda.Kernel("anderson_mix", _z.DType).Grid(_slices, _partCount).Block(Threads)
            .With(_values).With(_steps).With(_state).With(_mix).With(_z).With(_best)
            .WithDouble(1 - _choices.Mixing).With(memory).With(Newest).With(_size).Launch();
        _taken++;
    }

    /// <summary>Counts steps that a graph of earlier ones takes: a whole number of rounds of the ring.</summary>
    /// <exception cref="ArgumentException">The steps do not come round.</exception>
    /// <exception cref="InvalidOperationException">They go beyond the limit.</exception>
    public void Repeat(int steps)
    {
        if (steps % _choices.Memory != 0)
        {
            throw new ArgumentException($"anderson iteration: {steps} steps do not end where they began in a ring of {_choices.Memory}.", nameof(steps));
        }

        if (_taken > _choices.Limit - steps)
        {
            throw new InvalidOperationException($"anderson iteration: {_taken} steps were taken, {steps} more go beyond the limit of {_choices.Limit}.");
        }

        _taken += steps;
    }

    /// <summary>True if a slice is still running. Waits for the device.</summary>
    public bool AnyRunning()
    {
        int[] state = _state.ToArray<int>();
        return Enumerable.Range(0, _slices).Any(slice => state[slice * Fields] == (int)AndersonState.Running);
    }

    /// <summary>The record of each slice. Waits for the device.</summary>
    public IReadOnlyList<AndersonRecord> Read()
    {
        if (_cuda.IsRehearsal)
        {
            return [.. Enumerable.Repeat(new AndersonRecord(AndersonState.Running, [.. Enumerable.Repeat(1.0, _taken)], 1, 0, []), _slices)];
        }

        (int memory, int limit) = (_choices.Memory, Math.Max(1, _choices.Limit));
        int[] state = _state.ToArray<int>(), terms = _terms.ToArray<int>();
        double[] best = _bestResiduals.ToArray<double>(), residuals = _residuals.ToArray<double>(), weights = _weights.ToArray<double>();
        return [.. Enumerable.Range(0, _slices).Select(slice =>
        {
            ReadOnlySpan<int> fields = state.AsSpan(slice * Fields, Fields);
            (int status, int restarts, int evaluations) = (fields[0], fields[3], fields[4]);
            var mixtures = new List<double[]>();
            for (int row = slice * limit; row < (slice * limit) + evaluations; row++)
            {
                if (terms[row] > 0)
                {
                    mixtures.Add(weights.AsSpan(row * memory, terms[row]).ToArray());
                }
            }

            double[] history = residuals.AsSpan(slice * limit, evaluations).ToArray();
            return new AndersonRecord((AndersonState)status, history, best[slice], restarts, mixtures);
        })];
    }
}
