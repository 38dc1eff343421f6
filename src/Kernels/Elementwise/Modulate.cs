using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Kernels;

// forward:   y_c = s_c x            adjoint: x = Σ_c conj(s_c) y_c            forward conjugate: z_c = conj(x) y_c
// gradient: Autodiff/Ops/ModulateOp.cs · spec: tests/Kernels/Elementwise/ModulateTests.cs
// The fused form inside the normal operator is Kernels/Fourier/ToeplitzNormal.cs; this one is for single products.

/// <summary>Products of one complex image with a stack of complex modulations.</summary>
public static class Modulate
{
    private const long Grain = 8192; // elements per range: some 10 microseconds of memory traffic

    /// <summary>y_c = s_c x.</summary>
    /// <param name="modulations">s, complex [C, ..].</param>
    /// <param name="x">Complex, one image.</param>
    /// <param name="y">Complex, like <paramref name="modulations"/>.</param>
    /// <param name="mode">Whether y is replaced or added to.</param>
    /// <exception cref="ShapeException">Types or shapes do not fit.</exception>
    public static void Forward(Tensor modulations, Tensor x, Tensor y, WriteMode mode)
    {
        Require("modulate", modulations, y, x);
        using OpenSpan? span = x.Device.Spans?.Begin("modulate", Work.Pass(3, y, mode, modulations, x));
        Write(x, modulations, y, conjugate: false, mode);
    }

    /// <summary>z_c = conj(x) y_c.</summary>
    /// <param name="x">Complex, one image.</param>
    /// <param name="y">Complex [C, ..].</param>
    /// <param name="z">Complex, like <paramref name="y"/>.</param>
    /// <param name="mode">Whether z is replaced or added to.</param>
    /// <exception cref="ShapeException">Types or shapes do not fit.</exception>
    public static void ForwardConjugate(Tensor x, Tensor y, Tensor z, WriteMode mode)
    {
        Require("modulate conjugate", y, z, x);
        using OpenSpan? span = x.Device.Spans?.Begin("modulate conjugate", Work.Pass(3, z, mode, x, y));
        Write(x, y, z, conjugate: true, mode);
    }

    /// <summary>x = Σ_c conj(s_c) y_c, summed in order of c.</summary>
    /// <param name="modulations">s, complex [C, ..].</param>
    /// <param name="y">Complex, like <paramref name="modulations"/>.</param>
    /// <param name="x">Complex, one image.</param>
    /// <param name="mode">Whether x is replaced or added to.</param>
    /// <exception cref="ShapeException">Types or shapes do not fit.</exception>
    public static void Adjoint(Tensor modulations, Tensor y, Tensor x, WriteMode mode)
    {
        Require("modulate adjoint", modulations, y, x);
        using OpenSpan? span = x.Device.Spans?.Begin("modulate adjoint", Work.Pass(4, y, modulations) + Work.Pass(0, x, mode));
        if (x.Device is CudaDevice cuda)
        {
            cuda.Kernel("modulate_adjoint", x.DType).Over(x.Count).With(modulations).With(y).With(x)
                .With(mode == WriteMode.Add ? 1 : 0).With(modulations.Shape[0]).With(x.Count).Launch();
        }
        else if (x.DType == DType.Complex64)
        {
            Combine<float>(modulations, y, x, mode);
        }
        else
        {
            Combine<double>(modulations, y, x, mode);
        }
    }

    /// <summary>Writes a product to, or adds it to, its destination.</summary>
    private static void Write(Tensor image, Tensor stack, Tensor result, bool conjugate, WriteMode mode)
    {
        if (result.Device is CudaDevice cuda)
        {
            ComplexMultiply.RunCuda(cuda, image, stack, result, conjugate, mode);
            return;
        }

        Action<Tensor, Tensor, Tensor> product = conjugate ? ComplexMultiply.ConjugateRun : ComplexMultiply.Run;
        if (mode == WriteMode.Overwrite)
        {
            product(image, stack, result);
            return;
        }

        using var scope = new TensorScope(result.Device, MemoryOwner.Workspace);
        Tensor term = scope.Like(result);
        product(image, stack, term);
        Scale.Run(1, term, result, WriteMode.Add);
    }

    private static unsafe void Combine<T>(Tensor modulations, Tensor stack, Tensor image, WriteMode mode)
        where T : unmanaged, INumber<T>
    {
        T* s = modulations.AsReal().Pointer<T>(), y = stack.AsReal().Pointer<T>(), x = image.AsReal().Pointer<T>();
        long pixels = image.Count;
        int count = modulations.Shape[0];
        ((CpuDevice)image.Device).For(pixels, Grain, (start, end) =>
        {
            for (long p = start; p < end; p++)
            {
                T re = mode == WriteMode.Add ? x[2 * p] : T.Zero, im = mode == WriteMode.Add ? x[(2 * p) + 1] : T.Zero;
                for (long c = 0; c < count; c++)
                {
                    long i = 2 * ((c * pixels) + p);
                    re += (s[i] * y[i]) + (s[i + 1] * y[i + 1]);
                    im += (s[i] * y[i + 1]) - (s[i + 1] * y[i]);
                }

                x[2 * p] = re;
                x[(2 * p) + 1] = im;
            }
        });
    }

    private static void Require(string operation, Tensor stack, Tensor other, Tensor image)
    {
        bool fits = stack.DType.IsComplex() && stack.DType == other.DType && stack.DType == image.DType
            && stack.Shape == other.Shape && stack.Shape.Rank == image.Shape.Rank + 1 && stack.Shape[1..] == image.Shape;
        if (!fits)
        {
            throw new ShapeException(
                $"{operation}: stacks are {stack.Describe()} and {other.Describe()}, the image is {image.Describe()}; expected complex [C, ..], [C, ..] and [..] of one type.");
        }
    }
}
