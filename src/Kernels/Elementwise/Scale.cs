using System.Runtime.CompilerServices;
using Stardeq.Engine;

namespace Stardeq.Kernels;

// scale: y[i] = α x[i]  or  y[i] += α x[i]
// gradient: Autodiff/Ops · spec: tests/Kernels/ElementwiseTests.cs

/// <summary>A real multiple of an array, stored or added.</summary>
public static class Scale
{
    /// <summary>y = α x (or y += α x). y may be the same memory as x.</summary>
    /// <param name="alpha">Real factor; rounded to the precision of x.</param>
    /// <param name="x">Any shape and floating-point type.</param>
    /// <param name="y">Like <paramref name="x"/>.</param>
    /// <param name="mode">Whether y is replaced or added to.</param>
    /// <exception cref="ShapeException">Types or shapes differ, or y overlaps x in part.</exception>
    public static void Run(double alpha, Tensor x, Tensor y, WriteMode mode = WriteMode.Overwrite)
    {
        Operands.RequireFloating("scale", nameof(x), x);
        Operands.RequireLike("scale", nameof(y), y, x);
        Operands.RequireSameOrApart("scale", nameof(x), x, nameof(y), y);
        using OpenSpan? span = y.Device.Spans?.Begin("scale", Work.Pass(1, y, mode, x));
        if (y.Device is CudaDevice cuda)
        {
            CudaMaps.Scale(cuda, alpha, x, y, mode);
        }
        else if (mode == WriteMode.Overwrite)
        {
            Maps.Run(new Multiple(alpha), x, y);
        }
        else
        {
            Maps.Run(new AddedMultiple(alpha), x, y, y);
        }
    }

    /// <summary>y = s x (or y += s x) for a number s that lives on the device: nothing waits for it. y may be the same memory as x.</summary>
    /// <param name="factor">s: one real number of the precision of x, not in the memory of y.</param>
    /// <param name="x">Any shape and floating-point type.</param>
    /// <param name="y">Like <paramref name="x"/>.</param>
    /// <param name="mode">Whether y is replaced or added to.</param>
    /// <exception cref="ShapeException">Types or shapes do not fit, or y overlaps the factor or, in part, x.</exception>
    public static void By(Tensor factor, Tensor x, Tensor y, WriteMode mode = WriteMode.Overwrite)
    {
        const string Operation = "scale by";
        Operands.RequireFloating(Operation, nameof(x), x);
        if (factor.Count != 1)
        {
            throw new ShapeException($"{Operation}: the factor is {factor.Describe()}; one real number was expected.");
        }

        Operands.Require(Operation, nameof(factor), factor, x.DType.ToReal(), factor.Shape, x.Device);
        Operands.RequireLike(Operation, nameof(y), y, x);
        Operands.RequireApart(Operation, nameof(factor), factor, nameof(y), y);
        Operands.RequireSameOrApart(Operation, nameof(x), x, nameof(y), y);
        using OpenSpan? span = y.Device.Spans?.Begin(Operation, Work.Pass(1, y, mode, x));
        if (y.Device is CudaDevice cuda)
        {
            CudaMaps.ScaleBy(cuda, factor, x, y, mode);
        }
        else
        {
            Run(factor.Item(), x, y, mode);
        }
    }

    private readonly struct Multiple(double alpha) : IMap1
    {
        public double Apply(double x) => alpha * x;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Apply<TLanes>(TLanes x)
            where TLanes : unmanaged, ILanes<TLanes> => TLanes.Broadcast((float)alpha) * x;
    }

    private readonly struct AddedMultiple(double alpha) : IMap2
    {
        public double Apply(double x, double y) => (alpha * x) + y;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Apply<TLanes>(TLanes x, TLanes y)
            where TLanes : unmanaged, ILanes<TLanes> => TLanes.MultiplyAdd(TLanes.Broadcast((float)alpha), x, y);
    }
}
