using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

/// <summary>
/// <see cref="Anderson"/> on a CUDA device: all decisions are made by kernels, so the host queues evaluation after evaluation
/// and only looks now and then whether any slice is still running.
/// </summary>
/// <remarks>
/// All that differs between evaluations is the position in the ring of pairs, which comes round after as many evaluations
/// as there are pairs. The first round is queued launch by launch, so that plans, tables and memory are made; the next one
/// is captured as a graph, and each further round is one call. The evaluations that are left over, fewer than a round, are
/// queued as the first ones were. The same kernels run in the same order, hence the same bits, with and without graphs.
/// </remarks>
internal sealed class CudaAnderson : IAndersonRun
{
    // A look waits for the device and lets its queue run empty; evaluations too many leave finished slices as they are.
    private const int EvaluationsPerLook = 4;

    private readonly CudaDevice _cuda;
    private readonly AndersonIteration _iteration;
    private readonly int _limit, _round;
    private readonly bool _canCapture;

    public CudaAnderson(Anderson options, CudaDevice cuda, bool canCapture, TensorScope scope, Tensor z, Tensor best)
    {
        _cuda = cuda;
        _canCapture = canCapture;
        _limit = options.MaxEvaluations;
        _round = (EvaluationsPerLook + options.Memory - 1) / options.Memory * options.Memory;
        _iteration = new AndersonIteration(
            new AndersonChoices(
                options.Memory, options.Ridge, options.RidgeMode, options.Mixing, options.Tolerance, options.MaxEvaluations, Anderson.GrowthLimit, options.RestartAfter),
            z, best, scope);
    }

    public IReadOnlyList<SliceSolve> Solve(Action<Tensor> evaluate)
    {
        bool running = Queue(evaluate, Math.Min(_round, _limit));
        if (running && _limit - _iteration.Taken >= _round && _canCapture && _cuda.CanCapture)
        {
            running = Repeat(evaluate);
        }

        if (running)
        {
            Queue(evaluate, _limit - _iteration.Taken);
        }

        return [.. _iteration.Read().Select(record => new SliceSolve(
            SliceTracker.Judge(Status(record.State), record.Residuals), record.Residuals, record.BestResidual, record.Restarts, record.Weights))];
    }

    /// <summary>Launch by launch; false if every slice was seen to have ended.</summary>
    private bool Queue(Action<Tensor> evaluate, int evaluations)
    {
        for (int evaluation = 1; evaluation <= evaluations; evaluation++)
        {
            Step(evaluate);
            bool looks = evaluation == evaluations || (evaluation % EvaluationsPerLook == 0 && evaluations - evaluation >= EvaluationsPerLook);
            if (looks && !_iteration.AnyRunning())
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whole rounds as a graph, while another one fits; false if every slice was seen to have ended.</summary>
    private bool Repeat(Action<Tensor> evaluate)
    {
        using CudaGraph graph = _cuda.Capture(() =>
        {
            for (int evaluation = 0; evaluation < _round; evaluation++)
            {
                Step(evaluate);
            }
        });
        graph.Launch(); // what was captured is counted as taken already
        while (_iteration.AnyRunning())
        {
            if (_limit - _iteration.Taken < _round)
            {
                return true;
            }

            _iteration.Repeat(_round);
            graph.Launch();
        }

        return false;
    }

    private void Step(Action<Tensor> evaluate)
    {
        evaluate(_iteration.Value);
        _iteration.Advance();
    }

    private static SolveStatus? Status(AndersonState state) => state switch
    {
        AndersonState.Converged => SolveStatus.Converged,
        AndersonState.NotFinite => SolveStatus.NotFinite,
        _ => null,
    };
}
