using System.Runtime.CompilerServices;
using Stardeq.Engine;

namespace Stardeq.Kernels;

// multiply: y[i] = a[i] · b[i]
// gradient: Autodiff/Ops · spec: tests/Kernels/ElementwiseTests.cs

/// <summary>Product of two real arrays, element by element. For complex arrays see <see cref="ComplexMultiply"/>.</summary>
public static class Multiply
{
    /// <summary>y = a · b. y may be the same memory as a or b.</summary>
    /// <param name="a">Any shape, float32 or float64.</param>
    /// <param name="b">Like <paramref name="a"/>.</param>
    /// <param name="y">Like <paramref name="a"/>; replaced.</param>
    /// <exception cref="ShapeException">Types or shapes differ, or y overlaps an input in part.</exception>
    public static void Run(Tensor a, Tensor b, Tensor y)
    {
        Operands.RequireReal("multiply", nameof(a), a);
        Operands.RequireLike("multiply", nameof(b), b, a);
        Operands.RequireLike("multiply", nameof(y), y, a);
        Operands.RequireSameOrApart("multiply", nameof(a), a, nameof(y), y);
        Operands.RequireSameOrApart("multiply", nameof(b), b, nameof(y), y);
        using OpenSpan? span = y.Device.Spans?.Begin("multiply", Work.Pass(1, y, a, b));
        if (y.Device is CudaDevice cuda)
        {
            CudaMaps.Multiply(cuda, a, b, y);
            return;
        }

        Maps.Run(default(Product), a, b, y);
    }

    private readonly struct Product : IMap2
    {
        public double Apply(double a, double b) => a * b;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Apply<TLanes>(TLanes a, TLanes b)
            where TLanes : unmanaged, ILanes<TLanes> => a * b;
    }
}
