using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>Operations in which one factor is repeated over the leading axes of the other.</summary>
internal static class Trailing
{
    /// <summary><paramref name="factor"/> equals the trailing axes of <paramref name="tensor"/>.</summary>
    public static void Require(string operation, string factorName, Shape factor, string name, Tensor tensor)
    {
        if (factor.Rank > tensor.Shape.Rank || tensor.Shape[^factor.Rank..] != factor)
        {
            throw new ShapeException($"{operation}: {factorName} of shape {factor} is not the trailing part of {name}, {tensor.Describe()}.");
        }
    }

    /// <summary>
    /// Cuts an array of <paramref name="count"/> elements into runs inside which the factor, of
    /// <paramref name="period"/> elements, does not start over.
    /// </summary>
    /// <param name="cpu">Device that runs the body.</param>
    /// <param name="period">Elements of the repeated factor.</param>
    /// <param name="count">Elements of the array.</param>
    /// <param name="grain">Elements per parallel range.</param>
    /// <param name="body">Called with (first element of the factor, first element of the array, number of elements).</param>
    public static void ForEach(CpuDevice cpu, long period, long count, long grain, Action<long, long, long> body) =>
        cpu.For(count, grain, (start, end) =>
        {
            while (start < end)
            {
                long factor = start % period;
                long run = Math.Min(end - start, period - factor);
                body(factor, start, run);
                start += run;
            }
        });
}
