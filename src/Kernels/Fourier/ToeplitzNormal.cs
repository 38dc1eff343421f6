using Stardeq.Engine;

namespace Stardeq.Kernels;

// toeplitz normal: H x = Σ_c conj(S_c) crop(F⁻¹(K · F(pad(S_c x))))
// gradient: itself · spec: tests/Kernels/Fourier/ToeplitzTests.cs

/// <summary>
/// The self-adjoint operator H x = Σ_c conj(S_c) crop( F⁻¹( K · F( pad(S_c x) ) ) ), F the transform of doubled size and K the real
/// spectrum of <see cref="ToeplitzSpectrum"/>: Aᴴ W A for A = (F_points S_c)_c, at a cost that does not depend on the points.
/// </summary>
/// <remarks>
/// complex64 runs fused and vectorised: the workspace is one doubled half-transform per thread and one partial image per
/// chunk. complex128 is the plain formula. Same bits for any number of threads. Modulations [C, rows, columns]
/// are shared by all leading batch axes of the argument; [B, C, rows, columns] belong to one batch axis of B.
/// </remarks>
public sealed class ToeplitzNormal : ILinearOperator, IDisposable
{
    private readonly Tensor _modulations;
    private readonly IToeplitzPath _path;
    private readonly int _rows, _columns, _count;
    private readonly bool _perImage;

    /// <summary>The operator of a spectrum and modulations, which must stay alive and unchanged.</summary>
    /// <param name="spectrum">[2 rows, 2 columns], float32 or float64.</param>
    /// <param name="modulations">[C, rows, columns] or [B, C, rows, columns], complex of the same precision.</param>
    /// <param name="chunk">Modulations added up by one task before tasks are combined; 0 chooses. Results differ by rounding.</param>
    /// <exception cref="ShapeException">Shapes or precisions do not fit.</exception>
    public ToeplitzNormal(Tensor spectrum, Tensor modulations, int chunk = 0)
    {
        bool fits = modulations.Shape.Rank is 3 or 4 && modulations.DType.IsComplex() && spectrum.DType == modulations.DType.ToReal()
            && modulations.Count > 0 && spectrum.Shape == Shape.Create([2 * modulations.Shape[^2], 2 * modulations.Shape[^1]]);
        if (!fits || chunk < 0)
        {
            throw new ShapeException(
                $"toeplitz normal: spectrum {spectrum.Describe()}, modulations {modulations.Describe()}, chunk {chunk}; expected real [2 rows, 2 columns] and complex [C, rows, columns] or [B, C, rows, columns] of one precision.");
        }

        _modulations = modulations;
        (_rows, _columns, _count) = (modulations.Shape[^2], modulations.Shape[^1], modulations.Shape[^3]);
        _perImage = modulations.Shape.Rank == 4;
        Domain = _perImage ? [modulations.Shape[0], _rows, _columns] : [_rows, _columns];
        _path = modulations.Device is CudaDevice cuda ? new ToeplitzCuda(cuda, spectrum, _rows, _columns)
            : modulations.DType == DType.Complex64 ? new ToeplitzConvolution(spectrum, _rows, _columns, chunk == 0 ? (_count + 15) / 16 : chunk)
            : new ToeplitzDefinition(spectrum, _rows, _columns);
    }

    /// <inheritdoc/>
    public Shape Domain { get; }

    /// <inheritdoc/>
    public Shape Range => Domain;

    /// <inheritdoc/>
    public void Forward(Tensor x, Tensor y, WriteMode mode = WriteMode.Overwrite)
    {
        OperatorShapes.Batch("toeplitz normal", x, Domain, y, Range);
        if (x.DType != _modulations.DType)
        {
            throw new ShapeException($"toeplitz normal: x is {x.Describe()}, the modulations are {_modulations.DType.Name()}; build one operator per precision.");
        }

        int images = checked((int)(x.Count / ((long)_rows * _columns))), sets = _perImage ? _modulations.Shape[0] : 1;
        using OpenSpan? span = x.Device.Spans?.Begin("normal operator", Work.As(x.DType, images * Work.Normal(_rows, _columns, _count)));
        _path.Apply(x, _modulations, y, images, sets, _count, mode);
    }

    /// <summary>The same as <see cref="Forward"/>.</summary>
    public void Adjoint(Tensor y, Tensor x, WriteMode mode = WriteMode.Overwrite) => Forward(y, x, mode);

    /// <summary>Gives the tables back.</summary>
    public void Dispose() => _path.Dispose();
}
