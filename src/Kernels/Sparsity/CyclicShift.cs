using Stardeq.Engine;

namespace Stardeq.Kernels;

// cyclic shift: y[.., (r + down) mod rows, (c + right) mod columns] = x[.., r, c]
// spec: tests/Kernels/Sparsity/ProximalTests.cs

/// <summary>Moves images cyclically, in host memory. The inverse, which is the adjoint, moves them by as much less than a whole turn.</summary>
public static class CyclicShift
{
    /// <summary>y = x, moved.</summary>
    /// <param name="x">[.., rows, columns] complex64 or complex128.</param>
    /// <param name="down">0 to rows.</param>
    /// <param name="right">0 to columns.</param>
    /// <param name="y">Like <paramref name="x"/>, in memory of its own; replaced.</param>
    public static void Run(Tensor x, int down, int right, Tensor y)
    {
        const int Grain = 16 * 1024; // complex numbers, some 20 microseconds
        Operands.RequireComplex("cyclic shift", nameof(x), x);
        Operands.RequireLike("cyclic shift", nameof(y), y, x);
        Operands.RequireApart("cyclic shift", nameof(x), x, nameof(y), y);
        using OpenSpan? span = x.Device.Spans?.Begin("cyclic shift", Work.Pass(0, y, x));
        int rows = x.Shape[^2], columns = x.Shape[^1];
        ((CpuDevice)x.Device).For(x.Count / Math.Max(1, columns), Math.Max(1, Grain / Math.Max(1, columns)), (start, end) =>
        {
            for (long line = start; line < end; line++)
            {
                long to = (line / rows * rows) + ((line + down) % rows);
                if (x.DType.IsDouble())
                {
                    Move<System.Numerics.Complex>(x, y, line, to, right);
                }
                else
                {
                    Move<Complex64>(x, y, line, to, right);
                }
            }
        });
    }

    private static void Move<T>(Tensor x, Tensor y, long from, long to, int right)
        where T : unmanaged
    {
        int columns = x.Shape[^1];
        Span<T> source = x.Span<T>().Slice((int)(from * columns), columns), target = y.Span<T>().Slice((int)(to * columns), columns);
        source[..(columns - right)].CopyTo(target[right..]);
        source[(columns - right)..].CopyTo(target);
    }
}
