using Stardeq.Engine;

namespace Stardeq.Kernels;

// cast: y[i] = x[i] in another precision
// gradient: the cast back · spec: tests/Kernels/ElementwiseTests.cs

/// <summary>Conversion between single and double precision.</summary>
public static unsafe class Cast
{
    private const long Grain = 32 * 1024; // scalars, some 20 microseconds

    /// <summary>y = x, widened exactly or rounded to nearest; a plain copy when the types are equal.</summary>
    /// <param name="x">Any shape and floating-point type.</param>
    /// <param name="y">Of the same shape; real if x is real, complex if x is complex. Replaced.</param>
    /// <exception cref="ShapeException">Shapes differ, one of the two is complex and the other is not, or they overlap.</exception>
    public static void Run(Tensor x, Tensor y)
    {
        Operands.RequireFloating("cast", nameof(x), x);
        Operands.RequireFloating("cast", nameof(y), y);
        DType expected = x.DType.IsComplex() ? y.DType.ToComplex() : y.DType.ToReal();
        Operands.Require("cast", nameof(y), y, expected, x.Shape, x.Device);
        Operands.RequireApart("cast", nameof(x), x, nameof(y), y);
        using OpenSpan? span = x.Device.Spans?.Begin("cast", Work.Pass(0, y, x));
        Tensor source = x.AsReal(), target = y.AsReal();
        if (source.DType == target.DType)
        {
            target.CopyFrom(source);
            return;
        }

        if (x.Device is CudaDevice cuda)
        {
            string kernel = source.DType == DType.Float32 ? "widen" : "narrow"; // between float32 = real and double
            cuda.Kernel(kernel, DType.Float32).Over(source.Count).With(source).With(target).With(source.Count).Launch();
            return;
        }

        var cpu = (CpuDevice)x.Device;
        if (source.DType == DType.Float32)
        {
            float* from = source.Pointer<float>();
            double* to = target.Pointer<double>();
            cpu.For(source.Count, Grain, (start, end) =>
            {
                for (long i = start; i < end; i++)
                {
                    to[i] = from[i];
                }
            });
        }
        else
        {
            double* from = source.Pointer<double>();
            float* to = target.Pointer<float>();
            cpu.For(source.Count, Grain, (start, end) =>
            {
                for (long i = start; i < end; i++)
                {
                    to[i] = (float)from[i];
                }
            });
        }
    }
}
