using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

/// <summary>
/// <see cref="Anderson"/> on a CUDA device: all decisions are made by kernels, so the host queues evaluation after evaluation
/// and only looks now and then whether any slice is still running.
/// </summary>
internal sealed class CudaAnderson(Anderson options, TensorScope scope, Tensor z, Tensor best) : IAndersonHistory
{
    // A look waits for the device and lets its queue run empty; an evaluation too many leaves finished slices as they are.
    private const int EvaluationsPerLook = 4;

    private readonly AndersonIteration _iteration = new(
        new AndersonChoices(
            options.Memory, options.Ridge, options.RidgeMode, options.Mixing, options.Tolerance, options.MaxEvaluations, Anderson.GrowthLimit, options.RestartAfter),
        z, best, scope);

    public Tensor Value => _iteration.Value;

    public void Advance() => _iteration.Advance();

    public bool IsActive(int evaluations) => evaluations == 0 || evaluations % EvaluationsPerLook != 0 || _iteration.AnyRunning();

    public IReadOnlyList<SliceSolve> Finish() => [.. _iteration.Read().Select(record => new SliceSolve(
        SliceTracker.Judge(Status(record.State), record.Residuals), record.Residuals, record.BestResidual, record.Restarts, record.Weights))];

    private static SolveStatus? Status(AndersonState state) => state switch
    {
        AndersonState.Converged => SolveStatus.Converged,
        AndersonState.NotFinite => SolveStatus.NotFinite,
        _ => null,
    };
}
