using System.Runtime.CompilerServices;
using Stardeq.Engine;

namespace Stardeq.Kernels;

// add: y[i] = a[i] + b[i]
// gradient: Autodiff/Ops · spec: tests/Kernels/ElementwiseTests.cs

/// <summary>Sum of two arrays.</summary>
public static class Add
{
    /// <summary>y = a + b. y may be the same memory as a or b.</summary>
    /// <param name="a">Any shape and floating-point type.</param>
    /// <param name="b">Like <paramref name="a"/>.</param>
    /// <param name="y">Like <paramref name="a"/>; replaced.</param>
    /// <exception cref="ShapeException">Types or shapes differ, or y overlaps an input in part.</exception>
    public static void Run(Tensor a, Tensor b, Tensor y)
    {
        Operands.RequireFloating("add", nameof(a), a);
        Operands.RequireLike("add", nameof(b), b, a);
        Operands.RequireLike("add", nameof(y), y, a);
        Operands.RequireSameOrApart("add", nameof(a), a, nameof(y), y);
        Operands.RequireSameOrApart("add", nameof(b), b, nameof(y), y);
        using OpenSpan? span = y.Device.Spans?.Begin("add", Work.Pass(1, y, a, b));
        if (y.Device is CudaDevice cuda)
        {
            CudaMaps.WeightedSum(cuda, 1, a, 1, b, y);
            return;
        }

        Maps.Run(default(Sum), a, b, y);
    }

    private readonly struct Sum : IMap2
    {
        public double Apply(double a, double b) => a + b;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Apply<TLanes>(TLanes a, TLanes b)
            where TLanes : unmanaged, ILanes<TLanes> => a + b;
    }
}
