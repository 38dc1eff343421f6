using System.Numerics;
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
public sealed unsafe class ToeplitzNormal : ILinearOperator, IDisposable
{
    private readonly Tensor _spectrum, _modulations;
    private readonly ToeplitzConvolution? _convolution;
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

        (_spectrum, _modulations) = (spectrum, modulations);
        (_rows, _columns, _count) = (modulations.Shape[^2], modulations.Shape[^1], modulations.Shape[^3]);
        _perImage = modulations.Shape.Rank == 4;
        Domain = _perImage ? [modulations.Shape[0], _rows, _columns] : [_rows, _columns];
        if (modulations.DType == DType.Complex64)
        {
            _convolution = new ToeplitzConvolution(spectrum, _rows, _columns, chunk == 0 ? (_count + 15) / 16 : chunk);
        }
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
        if (_convolution is not null)
        {
            _convolution.Apply(x, _modulations, y, images, sets, _count, mode);
        }
        else
        {
            ApplyDouble(x, y, images, sets, mode);
        }
    }

    /// <summary>The same as <see cref="Forward"/>.</summary>
    public void Adjoint(Tensor y, Tensor x, WriteMode mode = WriteMode.Overwrite) => Forward(y, x, mode);

    /// <summary>Gives the reordered spectrum back.</summary>
    public void Dispose() => _convolution?.Dispose();

    private void ApplyDouble(Tensor x, Tensor y, int images, int sets, WriteMode mode)
    {
        using var scope = new TensorScope(x.Device, MemoryOwner.Workspace);
        Tensor padded = scope.New(DType.Complex128, [2 * _rows, 2 * _columns]);
        Complex* source = x.Pointer<Complex>(), target = y.Pointer<Complex>(), maps = _modulations.Pointer<Complex>(), work = padded.Pointer<Complex>();
        double* spectrum = _spectrum.Pointer<double>();
        int pixels = _rows * _columns;
        if (mode == WriteMode.Overwrite)
        {
            y.Clear();
        }

        for (long image = 0; image < images; image++)
        {
            for (long c = 0; c < _count; c++)
            {
                Complex* map = maps + (((image % sets * _count) + c) * pixels);
                padded.Clear();
                for (int n = 0; n < pixels; n++)
                {
                    work[Padded(n)] = map[n] * source[(image * pixels) + n];
                }

                Fft.Forward(padded, padded, axes: 2, FftNorm.Orthonormal, centred: false);
                for (int n = 0; n < 4 * pixels; n++)
                {
                    work[n] *= spectrum[n];
                }

                Fft.Inverse(padded, padded, axes: 2, FftNorm.Orthonormal, centred: false);
                for (int n = 0; n < pixels; n++)
                {
                    target[(image * pixels) + n] += Complex.Conjugate(map[n]) * work[Padded(n)];
                }
            }
        }
    }

    private int Padded(int pixel) => (pixel / _columns * 2 * _columns) + (pixel % _columns);
}
