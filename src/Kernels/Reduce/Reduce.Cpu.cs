using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <content>Loops over blocks.</content>
public static unsafe partial class Reduce
{
    // Scalars per block: about 5 microseconds, so that one slice is a single block without any dispatch.
    private const long Block = 32 * 1024;

    private delegate double BlockReduction(long start, long count);

    private static double SumOf<TTerm>(Tensor a, Tensor b)
        where TTerm : ITerm
    {
        if (a.Device is CudaDevice cuda)
        {
            return SumCuda(cuda, TTerm.Kind, a, b);
        }

        if (a.Device.IsRehearsal)
        {
            return TTerm.Kind == SumTerm.Zeros ? 0 : 1; // all finite; residuals of one, so that solvers go on to their limits
        }

        Tensor ra = a.AsReal(), rb = b.AsReal();
        long count = ra.Count;
        if (ra.DType == DType.Float64)
        {
            double* pa = ra.Pointer<double>(), pb = rb.Pointer<double>();
            return count <= Block
                ? SumBlock<TTerm>(pa, pb, count)
                : Combine((CpuDevice)a.Device, count, Block, (start, n) => SumBlock<TTerm>(pa + start, pb + start, n), static (x, y) => x + y);
        }

        return SumOf<TTerm>((CpuDevice)a.Device, ra.Pointer<float>(), rb.Pointer<float>(), count);
    }

    private static double SumOf<TTerm>(CpuDevice cpu, float* a, float* b, long count)
        where TTerm : ITerm => count <= Block
        ? SumBlock<TTerm>(a, b, count)
        : Combine(cpu, count, Block, (start, n) => SumBlock<TTerm>(a + start, b + start, n), static (x, y) => x + y);

    /// <summary>One partial result per block, combined in block order.</summary>
    private static double Combine(CpuDevice cpu, long count, long block, BlockReduction reduce, Func<double, double, double> combine)
    {
        int blocks = (int)((count + block - 1) / block);
        using var scope = new TensorScope(cpu, MemoryOwner.Workspace);
        double* partial = scope.New(DType.Float64, [blocks]).Pointer<double>();
        cpu.For(blocks, item => partial[item] = reduce(item * block, Math.Min(block, count - (item * block))));
        double result = partial[0];
        for (int i = 1; i < blocks; i++)
        {
            result = combine(result, partial[i]);
        }

        return result;
    }

    private static double SumBlock<TTerm>(double* a, double* b, long count)
        where TTerm : ITerm
    {
        double sum = 0;
        for (long i = 0; i < count; i++)
        {
            sum += TTerm.Of(a[i], b[i]);
        }

        return sum;
    }

    private static double SumBlock<TTerm>(float* a, float* b, long count)
        where TTerm : ITerm
    {
        // Four doubles are one 256-bit vector; two vectors of eight floats per turn keep four sums busy.
        Vector256<double> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
        long i = 0;
        for (; i <= count - 16; i += 16)
        {
            (Vector256<double> a0, Vector256<double> a1) = Vector256.Widen(Vector256.Load(a + i));
            (Vector256<double> a2, Vector256<double> a3) = Vector256.Widen(Vector256.Load(a + i + 8));
            (Vector256<double> b0, Vector256<double> b1) = Vector256.Widen(Vector256.Load(b + i));
            (Vector256<double> b2, Vector256<double> b3) = Vector256.Widen(Vector256.Load(b + i + 8));
            sum0 += TTerm.Of(a0, b0);
            sum1 += TTerm.Of(a1, b1);
            sum2 += TTerm.Of(a2, b2);
            sum3 += TTerm.Of(a3, b3);
        }

        Vector256<double> sums = sum0 + sum1 + (sum2 + sum3);
        double sum = sums[0] + sums[1] + (sums[2] + sums[3]);
        for (; i < count; i++)
        {
            sum += TTerm.Of(a[i], b[i]);
        }

        return sum;
    }

    private static double LargestMagnitude(Tensor x)
    {
        Tensor real = x.AsReal();
        long count = real.Count;
        if (count == 0)
        {
            return 0;
        }

        if (x.Device is CudaDevice cuda)
        {
            return LargestCuda(cuda, x);
        }

        var cpu = (CpuDevice)x.Device;
        if (cpu.IsRehearsal)
        {
            return 1;
        }

        bool complex = x.DType.IsComplex();
        if (real.DType == DType.Float64)
        {
            double* px = real.Pointer<double>();
            return Combine(cpu, count, Block, (start, n) => LargestInBlock(px + start, n, complex), Math.Max);
        }

        float* pf = real.Pointer<float>();
        double square = Combine(cpu, count, Block, (start, n) => LargestSquareInBlock(pf + start, n, complex), Math.Max);
        return Math.Sqrt(square);
    }

    private static double LargestInBlock(double* x, long count, bool complex)
    {
        double largest = 0;
        for (long i = 0; i < count; i += complex ? 2 : 1)
        {
            largest = Math.Max(largest, complex ? double.Hypot(x[i], x[i + 1]) : Math.Abs(x[i]));
        }

        return largest;
    }

    // In double precision the square of a float32 is exact and neither overflows nor vanishes, and so is its root.
    private static double LargestSquareInBlock(float* x, long count, bool complex)
    {
        Vector256<double> largest0 = default, largest1 = default;
        Vector256<long> swap = Vector256.Create(1, 0, 3, 2);
        long i = 0;
        for (; i <= count - 8; i += 8)
        {
            (Vector256<double> a, Vector256<double> b) = Vector256.Widen(Vector256.Load(x + i));
            a *= a;
            b *= b;
            if (complex)
            {
                a += Vector256.Shuffle(a, swap);
                b += Vector256.Shuffle(b, swap);
            }

            largest0 = Vector256.Max(largest0, a);
            largest1 = Vector256.Max(largest1, b);
        }

        largest0 = Vector256.Max(largest0, largest1);
        double largest = Math.Max(Math.Max(largest0[0], largest0[1]), Math.Max(largest0[2], largest0[3]));
        for (; i < count; i += complex ? 2 : 1)
        {
            double rest = complex ? (double)x[i + 1] * x[i + 1] : 0;
            largest = Math.Max(largest, ((double)x[i] * x[i]) + rest);
        }

        return largest;
    }

    /// <summary>A summand, in one form per number and one per vector of numbers.</summary>
    private interface ITerm
    {
        static abstract SumTerm Kind { get; }

        static abstract double Of(double a, double b);

        static abstract Vector256<double> Of(Vector256<double> a, Vector256<double> b);
    }

    private readonly struct Terms : ITerm
    {
        public static SumTerm Kind => SumTerm.Terms;

        public static double Of(double a, double b) => a;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> Of(Vector256<double> a, Vector256<double> b) => a;
    }

    private readonly struct Zeros : ITerm
    {
        public static SumTerm Kind => SumTerm.Zeros;

        public static double Of(double a, double b) => a - a;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> Of(Vector256<double> a, Vector256<double> b) => a - a;
    }

    private readonly struct Products : ITerm
    {
        public static SumTerm Kind => SumTerm.Products;

        public static double Of(double a, double b) => a * b;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> Of(Vector256<double> a, Vector256<double> b) => a * b;
    }

    private readonly struct SquaredDifferences : ITerm
    {
        public static SumTerm Kind => SumTerm.SquaredDifferences;

        public static double Of(double a, double b) => (a - b) * (a - b);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> Of(Vector256<double> a, Vector256<double> b) => (a - b) * (a - b);
    }
}
