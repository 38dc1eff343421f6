using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>The complex128 path of <see cref="ToeplitzNormal"/> on the CPU: the plain formula.</summary>
internal sealed unsafe class ToeplitzDefinition(Tensor spectrum, int rows, int columns) : IToeplitzPath
{
    public void Apply(Tensor x, Tensor modulations, Tensor y, int images, int sets, int count, WriteMode mode)
    {
        using var scope = new TensorScope(x.Device, MemoryOwner.Workspace);
        Tensor padded = scope.New(DType.Complex128, [2 * rows, 2 * columns]);
        Complex* source = x.Pointer<Complex>(), target = y.Pointer<Complex>(), maps = modulations.Pointer<Complex>(), work = padded.Pointer<Complex>();
        double* factors = spectrum.Pointer<double>();
        int pixels = rows * columns;
        if (mode == WriteMode.Overwrite)
        {
            y.Clear();
        }

        for (long image = 0; image < images; image++)
        {
            for (long c = 0; c < count; c++)
            {
                Complex* map = maps + (((image % sets * count) + c) * pixels);
                padded.Clear();
                for (int n = 0; n < pixels; n++)
                {
                    work[Padded(n)] = map[n] * source[(image * pixels) + n];
                }

                Fft.Forward(padded, padded, axes: 2, FftNorm.Orthonormal, centred: false);
                for (int n = 0; n < 4 * pixels; n++)
                {
                    work[n] *= factors[n];
                }

                Fft.Inverse(padded, padded, axes: 2, FftNorm.Orthonormal, centred: false);
                for (int n = 0; n < pixels; n++)
                {
                    target[(image * pixels) + n] += Complex.Conjugate(map[n]) * work[Padded(n)];
                }
            }
        }
    }

    public void Dispose()
    {
    }

    private int Padded(int pixel) => (pixel / columns * 2 * columns) + (pixel % columns);
}
