using Stardeq.Engine;

namespace Stardeq.Kernels;

// linear combination: y = Σ_j c_j x_j, j ascending
// gradient: Autodiff/Ops · spec: tests/Kernels/ElementwiseTests.cs

/// <summary>Real linear combination of several arrays in one pass over memory; the mixing step of Anderson acceleration.</summary>
public static unsafe class LinearCombination
{
    private const long Block = 4 * 1024; // scalars: the block of y stays in the first-level cache over all terms

    /// <summary>y = Σ_j c_j x_j.</summary>
    /// <param name="coefficients">One real coefficient per term.</param>
    /// <param name="terms">At least one array of any shape and floating-point type, all alike.</param>
    /// <param name="y">Like the terms; replaced; must not overlap any of them.</param>
    /// <exception cref="ShapeException">Counts, types or shapes differ, or y overlaps a term.</exception>
    public static void Run(ReadOnlySpan<double> coefficients, IReadOnlyList<Tensor> terms, Tensor y)
    {
        if (terms.Count == 0 || terms.Count != coefficients.Length)
        {
            throw new ShapeException($"linear combination: {coefficients.Length} coefficients for {terms.Count} terms; as many as terms, and at least one, were expected.");
        }

        Operands.RequireFloating("linear combination", nameof(y), y);
        for (int j = 0; j < terms.Count; j++)
        {
            Operands.RequireLike("linear combination", $"term {j}", terms[j], y);
            Operands.RequireApart("linear combination", $"term {j}", terms[j], nameof(y), y);
        }

        using OpenSpan? span = y.Device.Spans?.Begin("linear combination", Work.Pass(2 * terms.Count, y, [.. terms]));
        if (y.Device is CudaDevice cuda)
        {
            RunCuda(cuda, coefficients, terms, y);
            return;
        }

        double[] factors = coefficients.ToArray();
        var cpu = (CpuDevice)y.Device;
        Tensor real = y.AsReal();
        if (real.DType == DType.Float64)
        {
            nint[] sources = [.. terms.Select(term => (nint)term.AsReal().Pointer<double>())];
            double* target = real.Pointer<double>();
            cpu.For(real.Count, Block, (start, end) =>
            {
                for (long i = start; i < end; i++)
                {
                    double sum = 0;
                    for (int j = 0; j < factors.Length; j++)
                    {
                        sum += factors[j] * ((double*)sources[j])[i];
                    }

                    target[i] = sum;
                }
            });
        }
        else
        {
            nint[] sources = [.. terms.Select(term => (nint)term.AsReal().Pointer<float>())];
            float* target = real.Pointer<float>();
            cpu.For(real.Count, 4 * Block, (start, end) =>
            {
                for (long block = start; block < end; block += Block)
                {
                    LaneKernels.Run(new BlockSum(factors, sources, block, (nint)Math.Min(Block, end - block), target + block));
                }
            });
        }
    }

    private static void RunCuda(CudaDevice cuda, ReadOnlySpan<double> coefficients, IReadOnlyList<Tensor> terms, Tensor y)
    {
        const int TermsPerLaunch = 8;
        long count = y.AsReal().Count;
        for (int first = 0; first < terms.Count; first += TermsPerLaunch)
        {
            int launched = Math.Min(TermsPerLaunch, terms.Count - first);
            KernelCall call = cuda.Kernel("linear_combination", y.DType).Over(count).With(launched);
            for (int j = first; j < first + TermsPerLaunch; j++)
            {
                bool used = j < terms.Count;
                call = call.WithReal(used ? coefficients[j] : 0).WithOptional(used ? terms[j] : null);
            }

            call.With(y).With(first > 0 ? 1 : 0).With(count).Launch();
        }
    }

    private readonly struct BlockSum(double[] factors, nint[] sources, long offset, nint count, float* target) : ILaneKernel
    {
        public void Run<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes>
        {
            for (int j = 0; j < factors.Length; j++)
            {
                float* source = (float*)sources[j] + offset;
                float factor = (float)factors[j];
                TLanes lanes = TLanes.Broadcast(factor);
                nint i = 0;
                for (; i <= count - TLanes.Width; i += TLanes.Width)
                {
                    TLanes sum = j == 0 ? TLanes.Zero : TLanes.Load(target + i);
                    TLanes.MultiplyAdd(lanes, TLanes.Load(source + i), sum).Store(target + i);
                }

                for (; i < count; i++)
                {
                    target[i] = MathF.FusedMultiplyAdd(factor, source[i], j == 0 ? 0 : target[i]);
                }
            }
        }
    }
}
