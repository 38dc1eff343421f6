using Stardeq.Engine;

namespace Stardeq.Kernels;

// reductions: Σ x, Re Σ conj(a) b, Σ |x|², Σ |a − b|², max |x|, all finite
// gradient: Autodiff/Ops · spec: tests/Kernels/ReduceTests.cs

/// <summary>
/// Reductions of a whole array to one number. Sums run in double precision whatever the type, in fixed blocks whose
/// partial sums are added in order: the same bits for any number of threads, and for float32 on any processor too, since
/// a product of two float32 is exact in double.
/// </summary>
/// <remarks>Relative error against Σ |terms|: below 1e-11 for 1e8 float32 terms.</remarks>
public static partial class Reduce
{
    /// <summary>Σ x over all scalars; of a complex array real and imaginary parts alike.</summary>
    /// <param name="x">Any shape and floating-point type.</param>
    /// <exception cref="ShapeException">x is an integer array.</exception>
    public static double Sum(Tensor x)
    {
        Operands.RequireFloating("sum", nameof(x), x);
        using OpenSpan? span = x.Device.Spans?.Begin("sum", Work.Pass(1, x));
        return SumOf<Terms>(x, x);
    }

    /// <summary>Re Σ conj(a) b.</summary>
    /// <param name="a">Any shape and floating-point type.</param>
    /// <param name="b">Like <paramref name="a"/>.</param>
    /// <exception cref="ShapeException">Types or shapes differ.</exception>
    public static double Dot(Tensor a, Tensor b)
    {
        Operands.RequireFloating("dot", nameof(a), a);
        Operands.RequireLike("dot", nameof(b), b, a);
        using OpenSpan? span = a.Device.Spans?.Begin("dot", Work.Pass(2, a, b));
        return SumOf<Products>(a, b);
    }

    /// <summary>Σ |x|².</summary>
    /// <param name="x">Any shape and floating-point type.</param>
    /// <exception cref="ShapeException">x is an integer array.</exception>
    public static double SumOfSquares(Tensor x)
    {
        Operands.RequireFloating("sum of squares", nameof(x), x);
        using OpenSpan? span = x.Device.Spans?.Begin("sum of squares", Work.Pass(2, x));
        return SumOf<Products>(x, x);
    }

    /// <summary>Re Σ conj(a) b of each slice, left on the device: nothing waits for it.</summary>
    /// <param name="a">[slices, ..] of any floating-point type.</param>
    /// <param name="b">Like <paramref name="a"/>, or like one slice of it, which then serves all.</param>
    /// <param name="result">float64 [slices]; replaced.</param>
    /// <exception cref="ShapeException">Types or shapes do not fit.</exception>
    public static void DotOfSlices(Tensor a, Tensor b, Tensor result)
    {
        const string Operation = "dot of slices";
        Operands.RequireFloating(Operation, nameof(a), a);
        if (a.Shape.Rank == 0)
        {
            throw new ShapeException($"{Operation}: a is {a.Describe()}; a first axis of slices was expected.");
        }

        bool one = b.Shape == a.Shape[1..];
        Operands.Require(Operation, nameof(b), b, a.DType, one ? b.Shape : a.Shape, a.Device);
        Operands.Require(Operation, nameof(result), result, DType.Float64, [a.Shape[0]], a.Device);
        using OpenSpan? span = a.Device.Spans?.Begin(Operation, Work.Pass(2, a, b));
        if (a.Device is CudaDevice cuda)
        {
            SumSlicesCuda(cuda, SumTerm.Products, a, b, result);
            return;
        }

        for (int slice = 0; slice < a.Shape[0]; slice++)
        {
            result.Span<double>()[slice] = SumOf<Products>(a.Slice(slice), one ? b : b.Slice(slice));
        }
    }

    /// <summary>Σ |a − b|², the difference taken in double precision.</summary>
    /// <param name="a">Any shape and floating-point type.</param>
    /// <param name="b">Like <paramref name="a"/>.</param>
    /// <exception cref="ShapeException">Types or shapes differ.</exception>
    public static double SquaredDistance(Tensor a, Tensor b)
    {
        Operands.RequireFloating("squared distance", nameof(a), a);
        Operands.RequireLike("squared distance", nameof(b), b, a);
        using OpenSpan? span = a.Device.Spans?.Begin("squared distance", Work.Pass(3, a, b));
        return SumOf<SquaredDifferences>(a, b);
    }

    /// <summary>max |x|, the magnitude for complex arrays; 0 for an empty array, NaN if an element is NaN.</summary>
    /// <param name="x">Any shape and floating-point type.</param>
    /// <exception cref="ShapeException">x is an integer array.</exception>
    public static double MaxAbs(Tensor x)
    {
        Operands.RequireFloating("max abs", nameof(x), x);
        using OpenSpan? span = x.Device.Spans?.Begin("max abs", Work.Pass(x.DType.IsComplex() ? 1.5 : 0, x));
        return LargestMagnitude(x);
    }

    /// <summary>True if no scalar is infinite or NaN.</summary>
    /// <param name="x">Any shape and floating-point type.</param>
    /// <exception cref="ShapeException">x is an integer array.</exception>
    public static bool AllFinite(Tensor x)
    {
        Operands.RequireFloating("all finite", nameof(x), x);
        using OpenSpan? span = x.Device.Spans?.Begin("all finite", Work.Pass(2, x));
        return SumOf<Zeros>(x, x) == 0; // ∞ − ∞ and NaN − NaN are NaN
    }
}
