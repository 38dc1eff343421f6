using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>An operator on another device for solvers that keep their state in host memory: arguments are copied there and results back.</summary>
/// <param name="inner">The operator.</param>
/// <param name="device">Its device; on the host itself nothing is copied.</param>
public sealed class StagedOperator(ILinearOperator inner, Device device) : ILinearOperator
{
    /// <inheritdoc/>
    public Shape Domain => inner.Domain;

    /// <inheritdoc/>
    public Shape Range => inner.Range;

    /// <inheritdoc/>
    public void Forward(Tensor x, Tensor y, WriteMode mode = WriteMode.Overwrite) => Run(inner.Forward, x, y, mode);

    /// <inheritdoc/>
    public void Adjoint(Tensor y, Tensor x, WriteMode mode = WriteMode.Overwrite) => Run(inner.Adjoint, y, x, mode);

    private void Run(Action<Tensor, Tensor, WriteMode> apply, Tensor from, Tensor to, WriteMode mode)
    {
        using var work = new TensorScope(device, MemoryOwner.Workspace);
        Tensor target = to.Device == device ? to : mode == WriteMode.Add ? work.Bring(to) : work.Like(to);
        apply(work.Bring(from), target, mode);
        if (target != to)
        {
            to.CopyFrom(target);
        }
    }
}
