using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Kernels;

// complex scale: y = α x, or y += α x, for one complex number α
// gradient: conj(α) ȳ · spec: tests/Kernels/ComplexMultiplyTests.cs

/// <summary>A complex array times one complex number.</summary>
public static class ComplexScale
{
    private const long Grain = 8 * 1024; // complex numbers, some 20 microseconds of memory traffic

    /// <summary>y = α x, or y += α x. y may be the same memory as x.</summary>
    /// <exception cref="ShapeException">Types or shapes differ or are not complex.</exception>
    public static void Run(Complex alpha, Tensor x, Tensor y, WriteMode mode = WriteMode.Overwrite)
    {
        if (!x.DType.IsComplex() || x.DType != y.DType || x.Shape != y.Shape)
        {
            throw new ShapeException($"complex scale: {x.Describe()} into {y.Describe()}; two complex arrays of one type and shape were expected.");
        }

        Operands.RequireLike("complex scale", nameof(y), y, x);
        using OpenSpan? span = y.Device.Spans?.Begin("complex scale", Work.Pass(3, y, mode, x));
        if (y.Device is CudaDevice cuda)
        {
            cuda.Kernel("complex_scale", x.DType).Over(x.Count).WithReal(alpha.Real).WithReal(alpha.Imaginary)
                .With(x).With(y).With(mode == WriteMode.Add ? 1 : 0).With(x.Count).Launch();
        }
        else if (x.DType == DType.Complex64)
        {
            Multiply((float)alpha.Real, (float)alpha.Imaginary, x, y, mode);
        }
        else
        {
            Multiply(alpha.Real, alpha.Imaginary, x, y, mode);
        }
    }

    private static unsafe void Multiply<T>(T real, T imaginary, Tensor x, Tensor y, WriteMode mode)
        where T : unmanaged, INumber<T>
    {
        T* source = x.AsReal().Pointer<T>(), target = y.AsReal().Pointer<T>();
        ((CpuDevice)x.Device).For(x.Count, Grain, (start, end) =>
        {
            for (long i = start; i < end; i++)
            {
                T re = source[2 * i], im = source[(2 * i) + 1];
                T oldRe = mode == WriteMode.Add ? target[2 * i] : T.Zero, oldIm = mode == WriteMode.Add ? target[(2 * i) + 1] : T.Zero;
                target[2 * i] = oldRe + (real * re) - (imaginary * im);
                target[(2 * i) + 1] = oldIm + (real * im) + (imaginary * re);
            }
        });
    }
}
