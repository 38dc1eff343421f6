using System.Numerics;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

// S(n) = Σ_b s[b] exp(2πi f_b·n/N) over a square of frequencies f_b, n from the centre pixel: the kernel is padded with zeros, transformed,
// and turned by a linear phase that puts its middle where it belongs.

/// <summary>A small kernel in k-space [width, width] → its smooth function [rows, columns].</summary>
internal sealed class KernelSynthesis : ILinearOperator
{
    private readonly Tensor _ramp;

    /// <summary>The operator for kernels whose first element is the frequency −<paramref name="before"/> on both axes.</summary>
    /// <param name="width">Side of the kernel.</param>
    /// <param name="before">Cycles per field of view.</param>
    /// <param name="rows">Rows of the function, at least <paramref name="width"/>.</param>
    /// <param name="columns">Columns of the function, at least <paramref name="width"/>.</param>
    /// <param name="type">complex64 or complex128.</param>
    /// <param name="scope">Owner of the table.</param>
    public KernelSynthesis(int width, int before, int rows, int columns, DType type, TensorScope scope)
    {
        (Domain, Range) = ([width, width], [rows, columns]);

        // The centred transform takes the first element of its input for the frequency −⌊N/2⌋.
        Complex[] alongRows = Ramp(rows, (rows / 2) - before), alongColumns = Ramp(columns, (columns / 2) - before);
        Complex[] ramp = [.. Enumerable.Range(0, rows * columns).Select(i => alongRows[i / columns] * alongColumns[i % columns])];
        _ramp = type == DType.Complex128 ? scope.From(Range, ramp) : scope.From(Range, Array.ConvertAll(ramp, Complex64.From));
    }

    /// <inheritdoc/>
    public Shape Domain { get; }

    /// <inheritdoc/>
    public Shape Range { get; }

    /// <inheritdoc/>
    public void Forward(Tensor x, Tensor y, WriteMode mode = WriteMode.Overwrite) => Accumulation.Write(y, mode, target =>
    {
        Tensor functions = target.Reshape([Batch(x, Domain), .. Range]);
        Pad(functions).Adjoint(x.Reshape([functions.Shape[0], .. Domain]), functions);
        Fft.Inverse(functions, functions, axes: 2, FftNorm.None);
        ComplexMultiply.Run(_ramp, functions, functions);
    });

    /// <inheritdoc/>
    public void Adjoint(Tensor y, Tensor x, WriteMode mode = WriteMode.Overwrite)
    {
        using var work = new TensorScope(y.Device, MemoryOwner.Workspace);
        Tensor functions = work.New(y.DType, [Batch(y, Range), .. Range]);
        ComplexMultiply.ConjugateRun(_ramp, y.Reshape(functions.Shape), functions);
        Fft.Forward(functions, functions, axes: 2, FftNorm.None);
        Pad(functions).Forward(functions, x.Reshape([functions.Shape[0], .. Domain]), mode);
    }

    private Crop Pad(Tensor functions) => new(functions.Shape, Domain[0], Domain[1]);

    private static int Batch(Tensor tensor, Shape inner) => checked((int)(tensor.Count / inner.Count));

    private static Complex[] Ramp(int size, int cycles) =>
        [.. Enumerable.Range(0, size).Select(n => Complex.FromPolarCoordinates(1, 2 * Math.PI * cycles * (n - (size / 2)) / size))];
}
