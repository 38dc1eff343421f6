using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>The centred orthonormal transform of <see cref="Fft"/> as a linear operator; its adjoint is its inverse.</summary>
/// <param name="shape">Shape of input and output.</param>
/// <param name="axes">1 or 2: number of trailing axes transformed.</param>
/// <param name="inverse">The operator is the inverse transform.</param>
public sealed class FftOperator(Shape shape, int axes = 2, bool inverse = false) : ILinearOperator
{
    /// <inheritdoc/>
    public Shape Domain => shape;

    /// <inheritdoc/>
    public Shape Range => shape;

    /// <inheritdoc/>
    public void Forward(Tensor x, Tensor y, WriteMode mode = WriteMode.Overwrite) => Apply(x, y, mode, inverse);

    /// <inheritdoc/>
    public void Adjoint(Tensor y, Tensor x, WriteMode mode = WriteMode.Overwrite) => Apply(y, x, mode, !inverse);

    private void Apply(Tensor source, Tensor target, WriteMode mode, bool backward)
    {
        OperatorShapes.Batch("fft", source, shape, target, shape);
        if (mode == WriteMode.Overwrite)
        {
            Transform(source, target, backward);
            return;
        }

        using var scope = new TensorScope(source.Device, MemoryOwner.Workspace);
        Tensor result = scope.Like(target);
        Transform(source, result, backward);
        Scale.Run(1, result, target, WriteMode.Add);
    }

    private void Transform(Tensor source, Tensor target, bool backward)
    {
        if (backward)
        {
            Fft.Inverse(source, target, axes);
        }
        else
        {
            Fft.Forward(source, target, axes);
        }
    }
}
