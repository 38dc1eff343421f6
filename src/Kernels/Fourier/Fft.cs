using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Kernels;

// fft: y[k] = s Σ_j x[j] exp(∓2πi (k - c)(j - c)/n) along the last one or two axes
// gradient: its adjoint, through FftOperator · spec: tests/Kernels/Fourier/FftTests.cs

/// <summary>
/// Discrete Fourier transforms of any size along the last one or two axes:
/// y[k] = s Σ_j x[j] exp(∓2πi (k - c)(j - c)/n), per axis c = ⌊n/2⌋ if centred, else 0.
/// </summary>
/// <remarks>complex64 runs vectorised over lines; complex128 one line at a time. Relative error in float32 about
/// 1e-7 log2 n.</remarks>
public static unsafe partial class Fft
{
    /// <summary>Forward transform, sign -2πi.</summary>
    /// <param name="x">Complex, at least <paramref name="axes"/> axes; all leading axes are a batch.</param>
    /// <param name="y">Same type and shape. May be <paramref name="x"/> itself; must not overlap it in part.</param>
    /// <param name="axes">1 or 2: number of trailing axes to transform.</param>
    /// <param name="norm">Scale s.</param>
    /// <param name="centred">Index ⌊n/2⌋ is the origin of both sides; otherwise index 0 is.</param>
    /// <exception cref="ShapeException">Types or shapes differ or are not complex, or there are too few axes.</exception>
    public static void Forward(Tensor x, Tensor y, int axes = 2, FftNorm norm = FftNorm.Orthonormal, bool centred = true) =>
        Transform(x, y, axes, norm, centred, inverse: false);

    /// <summary>Inverse transform, sign +2πi; the parameters are those of <see cref="Forward"/>.</summary>
    public static void Inverse(Tensor x, Tensor y, int axes = 2, FftNorm norm = FftNorm.Orthonormal, bool centred = true) =>
        Transform(x, y, axes, norm, centred, inverse: true);

    private static void Transform(Tensor x, Tensor y, int axes, FftNorm norm, bool centred, bool inverse)
    {
        if (axes is not (1 or 2))
        {
            throw new ArgumentOutOfRangeException(nameof(axes), axes, "fft: 1 or 2 trailing axes can be transformed.");
        }

        if (!x.DType.IsComplex() || x.DType != y.DType || x.Shape != y.Shape || x.Shape.Rank < axes)
        {
            throw new ShapeException($"fft over {axes} axes: x is {x.Describe()}, y is {y.Describe()}; expected equal complex types and shapes of at least {axes} axes.");
        }

        Operands.RequireSameOrApart("fft", nameof(x), x, nameof(y), y);
        if (x.Count == 0)
        {
            return;
        }

        int columns = x.Shape[^1], rows = axes == 2 ? x.Shape[^2] : 1;
        using OpenSpan? span = x.Device.Spans?.Begin("fft", Count(x, rows, columns));
        double scale = norm == FftNorm.Orthonormal ? 1 / Math.Sqrt((double)rows * columns) : 1;
        if (x.Device is CudaDevice cuda)
        {
            TransformCuda(cuda, x, y, rows, columns, scale, centred, inverse);
            return;
        }

        var cpu = (CpuDevice)x.Device;
        if (x.DType == DType.Complex128)
        {
            TransformDouble(cpu, x, y, rows, columns, axes, scale, centred, inverse);
        }
        else
        {
            TransformSingle(cpu, x, y, rows, columns, axes, (float)scale, centred, inverse);
        }
    }

    private static WorkCount Count(Tensor x, int rows, int columns) => Work.As(
        x.DType, Work.Transforms(columns, (double)x.Count / columns) + (rows > 1 ? Work.Transforms(rows, (double)x.Count / rows) : WorkCount.None));

    private static void TransformSingle(CpuDevice cpu, Tensor x, Tensor y, int rows, int columns, int axes, float scale, bool centred, bool inverse)
    {
        var source = (float*)x.Pointer<Complex64>();
        var target = (float*)y.Pointer<Complex64>();
        LinePass along = FullPass(columns, scale, centred, inverse), across = FullPass(rows, 1, centred, inverse);
        using var slots = new ScratchSlots(cpu, Math.Max(along.ScratchFloats, across.ScratchFloats), cpu.Threads);
        nint pitch = 2 * columns;
        if (axes == 1)
        {
            along.Rows(cpu, slots, source, pitch, target, pitch, checked((int)(x.Count / columns)));
            return;
        }

        long image = (long)rows * columns;
        cpu.For(checked((int)(x.Count / image)), index =>
        {
            float* from = source + (2 * image * index), to = target + (2 * image * index);
            along.Rows(cpu, slots, from, pitch, to, pitch, rows);
            across.Columns(cpu, slots, to, pitch, to, pitch, columns);
        });
    }

    private static LinePass FullPass(int length, float scale, bool centred, bool inverse)
    {
        FftPlan plan = FftPlan.Create(length);
        return new LinePass
        {
            Plan = plan,
            Inverse = inverse,
            InputPosition = centred ? plan.OrderCentred : plan.Order,
            OutputPosition = centred ? plan.NaturalCentred : plan.Natural,
            Scale = scale,
        };
    }

    private static void TransformDouble(CpuDevice cpu, Tensor x, Tensor y, int rows, int columns, int axes, double scale, bool centred, bool inverse)
    {
        Complex* source = x.Pointer<Complex>(), target = y.Pointer<Complex>();
        FftPlan along = FftPlan.Create(columns);
        cpu.For(x.Count / columns, 8, (first, last) =>
        {
            var line = new Complex[columns];
            for (long row = first; row < last; row++)
            {
                Line(along, source + (row * columns), target + (row * columns), 1, line, scale, centred, inverse);
            }
        });
        if (axes == 2)
        {
            FftPlan across = FftPlan.Create(rows);
            cpu.For(x.Count / rows, 8, (first, last) =>
            {
                var line = new Complex[rows];
                for (long column = first; column < last; column++)
                {
                    Complex* start = target + (column / columns * rows * columns) + (column % columns);
                    Line(across, start, start, columns, line, 1, centred, inverse);
                }
            });
        }
    }

    private static void Line(FftPlan plan, Complex* source, Complex* target, nint stride, Complex[] line, double scale, bool centred, bool inverse)
    {
        int[] position = centred ? plan.NaturalCentred : plan.Natural;
        for (int i = 0; i < line.Length; i++)
        {
            line[position[i]] = source[i * stride];
        }

        FftDouble.Transform(plan, line, inverse);
        for (int i = 0; i < line.Length; i++)
        {
            target[i * stride] = line[position[i]] * scale;
        }
    }
}
