using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>
/// A linear map between dense arrays. Its vector-Jacobian product is <see cref="Adjoint"/>, with respect to the inner
/// product Re Σ conj(a) b, so that every implementation gets its gradient from its adjoint test.
/// </summary>
public interface ILinearOperator
{
    /// <summary>Shape of the input.</summary>
    Shape Domain { get; }

    /// <summary>Shape of the output.</summary>
    Shape Range { get; }

    /// <summary>y = A x (or y += A x). x and y must not overlap.</summary>
    /// <param name="x">Of shape <see cref="Domain"/>.</param>
    /// <param name="y">Of shape <see cref="Range"/>.</param>
    /// <param name="mode">Whether y is replaced or added to.</param>
    void Forward(Tensor x, Tensor y, WriteMode mode = WriteMode.Overwrite);

    /// <summary>x = Aᴴ y (or x += Aᴴ y). x and y must not overlap.</summary>
    /// <param name="y">Of shape <see cref="Range"/>.</param>
    /// <param name="x">Of shape <see cref="Domain"/>.</param>
    /// <param name="mode">Whether x is replaced or added to.</param>
    void Adjoint(Tensor y, Tensor x, WriteMode mode = WriteMode.Overwrite);

    /// <summary>Element type of the output for an input of type <paramref name="input"/>; equal unless the map
    /// changes between complex and real views.</summary>
    DType RangeType(DType input) => input;

    /// <summary>Element type of the input for an output of type <paramref name="output"/>.</summary>
    DType DomainType(DType output) => output;
}
