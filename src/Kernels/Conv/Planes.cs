using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>What the operators that move whole rows of images [.., row, column] share.</summary>
internal static unsafe class Planes
{
    /// <summary>Input and output are of one floating-point type and of the given shapes, and share no memory.</summary>
    public static void Require(string operation, string inputName, Tensor input, Shape inputShape, string outputName, Tensor output, Shape outputShape)
    {
        Operands.RequireFloating(operation, inputName, input);
        Operands.Require(operation, inputName, input, input.DType, inputShape, input.Device);
        Operands.Require(operation, outputName, output, input.DType, outputShape, input.Device);
        Operands.RequireApart(operation, inputName, input, outputName, output);
    }

    /// <summary>Scalars per element: 2 for complex types.</summary>
    public static int Parts(Tensor tensor) => tensor.DType.IsComplex() ? 2 : 1;

    /// <summary>Runs <paramref name="body"/>(plane) for every combination of the leading axes.</summary>
    public static void ForEach(Tensor tensor, Action<long> body)
    {
        const long Grain = 16 * 1024; // elements, some 20 microseconds
        long plane = Math.Max(1, (long)tensor.Shape[^2] * tensor.Shape[^1]);
        ((CpuDevice)tensor.Device).For(tensor.Count / plane, Math.Max(1, Grain / plane), (start, end) =>
        {
            for (long p = start; p < end; p++)
            {
                body(p);
            }
        });
    }

    /// <summary>target = source, or target += source, for consecutive scalars.</summary>
    public static void Write<T>(T* source, T* target, int count, WriteMode mode)
        where T : unmanaged, INumberBase<T>
    {
        if (mode == WriteMode.Overwrite)
        {
            new ReadOnlySpan<T>(source, count).CopyTo(new Span<T>(target, count));
            return;
        }

        for (int i = 0; i < count; i++)
        {
            target[i] += source[i];
        }
    }
}
