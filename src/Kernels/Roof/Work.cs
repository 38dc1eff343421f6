using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>What kernels have to do, from the sizes of their arrays. Derivations: docs/results/performance.md.</summary>
public static class Work
{
    private const int Real = sizeof(float), Complex = 2 * Real;

    /// <summary>Passes over arrays: each array that is named is read or written once; name it twice for both.</summary>
    /// <param name="flops">Additions and multiplications for each real number of <paramref name="counted"/>.</param>
    /// <param name="counted">The array whose numbers are counted, usually the result.</param>
    /// <param name="others">All other arrays.</param>
    public static WorkCount Pass(double flops, Tensor counted, params ReadOnlySpan<Tensor> others)
    {
        double bytes = counted.ByteCount;
        foreach (Tensor other in others)
        {
            bytes += other.ByteCount;
        }

        return new WorkCount(flops * Reals(counted), bytes);
    }

    /// <summary>The same for a result that may be added to, which is one more addition and one more reading.</summary>
    public static WorkCount Pass(double flops, Tensor counted, WriteMode mode, params ReadOnlySpan<Tensor> others) =>
        Pass(flops, counted, others) + (mode == WriteMode.Add ? new WorkCount(Reals(counted), counted.ByteCount) : WorkCount.None);

    /// <summary>Copies to parts of an array, those that are not null: each is read and written, and read once more if it is added to.</summary>
    public static WorkCount Copies(WriteMode mode, params ReadOnlySpan<Tensor?> parts)
    {
        WorkCount work = WorkCount.None;
        foreach (Tensor? part in parts)
        {
            work += part is null ? WorkCount.None : Pass(0, part, mode, part);
        }

        return work;
    }

    /// <summary>A count of single precision for arrays of another type: twice the bytes in double precision.</summary>
    public static WorkCount As(DType type, WorkCount single) => type.IsDouble() ? single with { Bytes = 2 * single.Bytes } : single;

    /// <summary>k × k convolution, or either of its gradients: k² multiply-adds for each pair of channels and pixel; input,
    /// output and weights once.</summary>
    public static WorkCount Convolution(int input, int output, int size, long pixels) => new(
        2.0 * size * size * input * output * pixels,
        Real * (((double)(input + output) * pixels) + ((double)size * size * input * output)));

    /// <summary>Complex transforms: 5 n log₂ n each, the count of radix 2; each line once in and once out.</summary>
    public static WorkCount Transforms(int length, double lines) => new(
        5.0 * length * Math.Log2(length) * lines, 2.0 * Complex * length * lines);

    /// <summary>
    /// NUFFT of one image, either direction: roll-off of its pixels; its columns are transformed along the grid, and all rows of
    /// the grid, the columns beyond the image being zero or not wanted; W real-complex multiply-adds per row of the window
    /// and W more across for each point. The grid is read and written once more between its rows and the points.
    /// </summary>
    public static WorkCount Nufft(int rows, int columns, int gridRows, int gridColumns, int width, long points) =>
        Transforms(gridRows, columns) + Transforms(gridColumns, gridRows)
        + new WorkCount(2.0 * rows * columns, Complex * (double)rows * columns)
        + new WorkCount(((4.0 * width * width) + (4.0 * width)) * points, ((Complex + (2.0 * Real * width)) * points) + (Complex * (double)gridRows * gridColumns));

    /// <summary>The sum over all pixels for each point, either direction: a complex product and sum each, beside the phases.</summary>
    public static WorkCount DirectSum(long pixels, long points) => new(8.0 * pixels * points, Complex * (double)(pixels + points));

    /// <summary>Normal operator of one image: for each modulation n columns and 2n rows of doubled length, forth and back, the
    /// real spectrum, and the product in front and behind; modulations are read twice, the spectrum once for each, the image once.</summary>
    public static WorkCount Normal(int rows, int columns, int modulations)
    {
        double pixels = (double)rows * columns;
        WorkCount transforms = 2 * (Transforms(2 * rows, columns) + Transforms(2 * columns, 2 * rows));
        var products = new WorkCount((2 * 4 * pixels) + (2 * 7 * pixels), (2 * Complex * pixels) + (4 * Real * pixels));
        return (modulations * (transforms + products)) + new WorkCount(0, 2 * Complex * pixels);
    }

    /// <summary>One step of Anderson's memory m on n complex numbers, apart from the map: the residual, two norms, m inner products
    /// and a mixture of m terms.</summary>
    public static WorkCount Anderson(int memory, long count) => new(
        2.0 * count * (1 + (2 * 2) + (2 * memory) + (2 * memory)),
        Complex * (double)count * (3 + 2 + (memory + 1) + (memory + 1)));

    private static double Reals(Tensor tensor) => (double)tensor.Count * (tensor.DType.IsComplex() ? 2 : 1);
}
