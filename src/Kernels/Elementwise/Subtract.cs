using System.Runtime.CompilerServices;
using Stardeq.Engine;

namespace Stardeq.Kernels;

// subtract: y[i] = a[i] − b[i]
// gradient: Autodiff/Ops · spec: tests/Kernels/ElementwiseTests.cs

/// <summary>Difference of two arrays.</summary>
public static class Subtract
{
    /// <summary>y = a − b. y may be the same memory as a or b.</summary>
    /// <param name="a">Any shape and floating-point type.</param>
    /// <param name="b">Like <paramref name="a"/>.</param>
    /// <param name="y">Like <paramref name="a"/>; replaced.</param>
    /// <exception cref="ShapeException">Types or shapes differ, or y overlaps an input in part.</exception>
    public static void Run(Tensor a, Tensor b, Tensor y)
    {
        Operands.RequireFloating("subtract", nameof(a), a);
        Operands.RequireLike("subtract", nameof(b), b, a);
        Operands.RequireLike("subtract", nameof(y), y, a);
        Operands.RequireSameOrApart("subtract", nameof(a), a, nameof(y), y);
        Operands.RequireSameOrApart("subtract", nameof(b), b, nameof(y), y);
        using OpenSpan? span = y.Device.Spans?.Begin("subtract", Work.Pass(1, y, a, b));
        if (y.Device is CudaDevice cuda)
        {
            CudaMaps.WeightedSum(cuda, 1, a, -1, b, y);
            return;
        }

        Maps.Run(default(Difference), a, b, y);
    }

    private readonly struct Difference : IMap2
    {
        public double Apply(double a, double b) => a - b;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Apply<TLanes>(TLanes a, TLanes b)
            where TLanes : unmanaged, ILanes<TLanes> => a - b;
    }
}
