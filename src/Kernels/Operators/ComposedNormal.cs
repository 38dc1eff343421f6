using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>The self-adjoint operator Aᴴ W A by its factors, W a real diagonal over the trailing axes of the range.</summary>
/// <param name="inner">A.</param>
/// <param name="weights">Real, of the precision used; its shape is that of the trailing axes of A's range. Null: W = 1.</param>
public sealed class ComposedNormal(ILinearOperator inner, Tensor? weights) : ILinearOperator
{
    /// <inheritdoc/>
    public Shape Domain => inner.Domain;

    /// <inheritdoc/>
    public Shape Range => inner.Domain;

    /// <inheritdoc/>
    public void Forward(Tensor x, Tensor y, WriteMode mode = WriteMode.Overwrite)
    {
        OperatorShapes.Batch("composed normal", x, Domain, y, Range);
        using var scope = new TensorScope(x.Device, MemoryOwner.Workspace);
        Tensor samples = scope.New(inner.RangeType(x.DType), x.Shape[..^Domain.Rank].Concat(inner.Range));
        inner.Forward(x, samples);
        if (weights is not null)
        {
            RealComplexMultiply.Run(weights, samples, samples);
        }

        inner.Adjoint(samples, y, mode);
    }

    /// <summary>The same as <see cref="Forward"/>.</summary>
    public void Adjoint(Tensor y, Tensor x, WriteMode mode = WriteMode.Overwrite) => Forward(y, x, mode);
}
