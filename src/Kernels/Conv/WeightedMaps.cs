using Stardeq.Engine;

namespace Stardeq.Kernels;

// A(W) linear in W: G = ∂⟨y, A(W) x⟩/∂W is the outer product whose inner product with W is ⟨y, A x⟩
// spec: tests/Kernels/Conv/WeightedMapTests.cs

/// <summary>A linear map made from a weight, and linear in the weight too.</summary>
public interface IWeightedMap
{
    /// <summary>Shape of the input.</summary>
    Shape Domain { get; }

    /// <summary>Shape of the output.</summary>
    Shape Range { get; }

    /// <summary>y = A(W) x.</summary>
    void Forward(Tensor weight, Tensor x, Tensor y);

    /// <summary>x = A(W)ᵀ y.</summary>
    void Adjoint(Tensor weight, Tensor y, Tensor x);

    /// <summary>gradient = ∂⟨y, A(W) x⟩/∂W; of the shape of the weight.</summary>
    void Outer(Tensor y, Tensor x, Tensor gradient);
}

/// <summary>A convolution of one image without a bias, zero-padded, and the matrices that convolutions of 1 × 1 are.</summary>
/// <param name="kernel">[out, in, k, k], k = 1 or 3; a weight of another shape is read as this one.</param>
/// <param name="rows">Rows of the image.</param>
/// <param name="columns">Columns of the image.</param>
public sealed class ConvolutionMap(Shape kernel, int rows, int columns) : IWeightedMap
{
    /// <inheritdoc/>
    public Shape Domain => [1, kernel[1], rows, columns];

    /// <inheritdoc/>
    public Shape Range => [1, kernel[0], rows, columns];

    /// <summary>The matrix [out, in · k · k] of a convolution: what Miyato et al. call its norm [MIY18].</summary>
    public static ConvolutionMap Reshaped(Shape weight) => new([weight[0], weight[1] * weight[2] * weight[3], 1, 1], 1, 1);

    /// <inheritdoc/>
    public void Forward(Tensor weight, Tensor x, Tensor y) => Conv2d.Forward(x, weight.Reshape(kernel), null, y);

    /// <inheritdoc/>
    public void Adjoint(Tensor weight, Tensor y, Tensor x) => Conv2d.BackwardInput(y, weight.Reshape(kernel), x, WriteMode.Overwrite);

    /// <inheritdoc/>
    public void Outer(Tensor y, Tensor x, Tensor gradient) => Conv2d.BackwardWeight(x, y, gradient.Reshape(kernel), WriteMode.Overwrite);
}

/// <summary>
/// The matrix [out, in · 4] of a transposed 2 × 2 convolution, whose weight [in, out, 2, 2] has the axes in another order: the
/// weight is taken as `in` images of `out` channels, and the vectors as weights and results of 1 × 1 convolutions.
/// </summary>
/// <param name="kernel">[in, out, 2, 2].</param>
public sealed class TransposedKernelMap(Shape kernel) : IWeightedMap
{
    /// <inheritdoc/>
    public Shape Domain => [kernel[0], 1, kernel[2], kernel[3]];

    /// <inheritdoc/>
    public Shape Range => [1, kernel[1], 1, 1];

    /// <inheritdoc/>
    public void Forward(Tensor weight, Tensor x, Tensor y) => Conv2d.BackwardWeight(weight, x, y, WriteMode.Overwrite);

    /// <inheritdoc/>
    public void Adjoint(Tensor weight, Tensor y, Tensor x) => Conv2d.Forward(weight, y, null, x);

    /// <inheritdoc/>
    public void Outer(Tensor y, Tensor x, Tensor gradient) => Conv2d.BackwardInput(x, y, gradient, WriteMode.Overwrite);
}
