using Stardeq.Engine;

namespace Stardeq.Kernels;

// fill: y[i] = value
// spec: tests/Kernels/ElementwiseTests.cs

/// <summary>Sets every scalar of an array to one value.</summary>
public static unsafe class Fill
{
    private const long Grain = 64 * 1024; // scalars, some 20 microseconds of writing

    /// <summary>y[i] = value; in a complex array both the real and the imaginary part.</summary>
    /// <param name="value">The value; rounded to the precision of y.</param>
    /// <param name="y">Any shape and floating-point type; replaced.</param>
    /// <exception cref="ShapeException">y is an integer array.</exception>
    public static void Run(double value, Tensor y)
    {
        Operands.RequireFloating("fill", nameof(y), y);
        using OpenSpan? span = y.Device.Spans?.Begin("fill", Work.Pass(0, y));
        Tensor real = y.AsReal();
        if (y.Device is CudaDevice cuda)
        {
            cuda.Kernel("fill", y.DType).Over(CudaGrids.Fours(real.Count)).WithReal(value).With(y).With(real.Count).Launch();
            return;
        }

        var cpu = (CpuDevice)y.Device;
        if (real.DType == DType.Float64)
        {
            double* target = real.Pointer<double>();
            cpu.For(real.Count, Grain, (start, end) => new Span<double>(target + start, (int)(end - start)).Fill(value));
        }
        else
        {
            float* target = real.Pointer<float>();
            cpu.For(real.Count, Grain, (start, end) => new Span<float>(target + start, (int)(end - start)).Fill((float)value));
        }
    }
}
