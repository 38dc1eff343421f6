using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

// S(u, v) = Σ_{i+j≤d} a_ij P_i(u) P_j(v), u and v in [−1, 1) over the field of view, P_i Legendre polynomials of mean square one: the polynomials of
// degree d of [YIN07] in a basis that is nearly orthonormal, so that conjugate gradients need few steps.

/// <summary>Polynomial coefficients of a coil, [terms] complex → its map [rows, columns].</summary>
internal sealed class PolynomialSynthesis : ILinearOperator
{
    private readonly Tensor _terms; // [1, term, rows, columns] real

    /// <summary>The operator for all terms up to a total degree.</summary>
    /// <param name="degree">d ≥ 0.</param>
    /// <param name="rows">Rows of the map.</param>
    /// <param name="columns">Columns of the map.</param>
    /// <param name="type">complex64 or complex128.</param>
    /// <param name="scope">Owner of the table.</param>
    public PolynomialSynthesis(int degree, int rows, int columns, DType type, TensorScope scope)
    {
        double[][] alongRows = Legendre(degree, rows), alongColumns = Legendre(degree, columns);
        (int I, int J)[] terms = [.. Enumerable.Range(0, degree + 1).SelectMany(total => Enumerable.Range(0, total + 1).Select(j => (total - j, j)))];
        double[] values = [.. terms.SelectMany(term => alongRows[term.J].SelectMany(v => alongColumns[term.I].Select(u => u * v)))];
        Shape shape = [1, terms.Length, rows, columns];
        _terms = type == DType.Complex128 ? scope.From(shape, values) : scope.From(shape, Array.ConvertAll(values, v => (float)v));
        (Domain, Range) = ([terms.Length], [rows, columns]);
    }

    /// <inheritdoc/>
    public Shape Domain { get; }

    /// <inheritdoc/>
    public Shape Range { get; }

    /// <inheritdoc/>
    public void Forward(Tensor x, Tensor y, WriteMode mode = WriteMode.Overwrite)
    {
        // A convolution of 1 x 1 whose channels are the terms: real and imaginary parts of each coil are its outputs.
        using var work = new TensorScope(x.Device, MemoryOwner.Workspace);
        int coils = Coils(x);
        Tensor weights = work.New(_terms.DType, [coils, 2, 1, Domain[0]]), maps = work.New(_terms.DType, [1, 2 * coils, .. Range]);
        ComplexToChannels coefficients = Coefficients(coils), images = Images(coils);
        coefficients.Forward(x.Reshape(coefficients.Domain), weights);
        Conv2d.Forward(_terms, Matrix(weights), bias: null, maps);
        images.Adjoint(maps.Reshape(images.Range), y.Reshape(images.Domain), mode);
    }

    /// <inheritdoc/>
    public void Adjoint(Tensor y, Tensor x, WriteMode mode = WriteMode.Overwrite)
    {
        using var work = new TensorScope(x.Device, MemoryOwner.Workspace);
        int coils = Coils(x);
        Tensor weights = work.New(_terms.DType, [coils, 2, 1, Domain[0]]), maps = work.New(_terms.DType, [1, 2 * coils, .. Range]);
        ComplexToChannels coefficients = Coefficients(coils), images = Images(coils);
        images.Forward(y.Reshape(images.Domain), maps.Reshape(images.Range));
        Conv2d.BackwardWeight(_terms, maps, Matrix(weights), WriteMode.Overwrite);
        coefficients.Adjoint(weights, x.Reshape(coefficients.Domain), mode);
    }

    private int Coils(Tensor coefficients) => checked((int)(coefficients.Count / Domain[0]));

    private ComplexToChannels Coefficients(int coils) => new([coils, 1, Domain[0]]);

    private ComplexToChannels Images(int coils) => new([coils, .. Range]);

    private Tensor Matrix(Tensor weights) => weights.Reshape([2 * weights.Shape[0], Domain[0], 1, 1]);

    /// <summary>[order][pixel]: P_i at u = 2 (n − ⌊N/2⌋)/N, times √(2i + 1).</summary>
    private static double[][] Legendre(int degree, int size)
    {
        double[][] values = [.. Enumerable.Range(0, degree + 1).Select(_ => new double[size])];
        for (int n = 0; n < size; n++)
        {
            double u = 2.0 * (n - (size / 2)) / size, previous = 0, current = 1;
            for (int order = 0; order <= degree; order++)
            {
                values[order][n] = Math.Sqrt((2 * order) + 1) * current;
                (previous, current) = (current, ((((2 * order) + 1) * u * current) - (order * previous)) / (order + 1));
            }
        }

        return values;
    }
}
