using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

/// <summary>A real diagonal: its own adjoint, with known eigenvalues, on any device.</summary>
internal sealed class DiagonalOperator(Tensor eigenvalues) : ILinearOperator
{
    public Shape Domain => eigenvalues.Shape;

    public Shape Range => eigenvalues.Shape;

    public void Forward(Tensor x, Tensor y, WriteMode mode = WriteMode.Overwrite)
    {
        if (mode != WriteMode.Overwrite)
        {
            throw new NotSupportedException("diagonal: only overwriting is needed here.");
        }

        RealComplexMultiply.Run(eigenvalues, x, y);
    }

    public void Adjoint(Tensor y, Tensor x, WriteMode mode = WriteMode.Overwrite) => Forward(y, x, mode);
}
