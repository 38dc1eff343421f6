using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <content>Launches of kernels.cu § 3: partial results per block, then one block per slice that combines them.</content>
public static partial class Reduce
{
    private const int Threads = 256;

    /// <summary>Summands, numbered as in kernels.cu.</summary>
    private enum SumTerm
    {
        Terms = 0,
        Zeros = 1,
        Products = 2,
        Squares = 3,
        SquaredDifferences = 4,
    }

    private static double SumCuda(CudaDevice cuda, SumTerm kind, Tensor a, Tensor b)
    {
        using var scope = new TensorScope(cuda, MemoryOwner.Workspace);
        Tensor sum = scope.New(DType.Float64, [1]);
        Tensor first = AsOneSlice(a), second = ReferenceEquals(a, b) ? first : AsOneSlice(b);
        SumSlicesCuda(cuda, kind, first, second, sum);
        return cuda.IsRehearsal && kind == SumTerm.Zeros ? 0 : sum.Item(); // all finite
    }

    private static Tensor AsOneSlice(Tensor x) => x.Reshape(Shape.Create([1]).Concat(x.Shape));

    private static void SumSlicesCuda(CudaDevice cuda, SumTerm kind, Tensor a, Tensor b, Tensor sums)
    {
        int slices = a.Shape[0];
        long count = a.AsReal().Count / Math.Max(1, slices);
        if (count == 0 || slices == 0)
        {
            sums.Clear();
            return;
        }

        bool twice = ReferenceEquals(a, b) || kind is SumTerm.Terms or SumTerm.Zeros;
        if (twice && kind == SumTerm.Products)
        {
            kind = SumTerm.Squares;
        }

        int parts = Parts(count);
        using var scope = new TensorScope(cuda, MemoryOwner.Workspace);
        Tensor partial = scope.New(DType.Float64, [slices, parts]);
        cuda.Kernel("sum_parts", a.DType).Grid(slices, parts).Block(Threads)
            .With((int)kind).With(a).WithOptional(twice ? null : b).With(partial).With(count).With(b.Count == a.Count ? count : 0).Launch();
        cuda.Kernel("combine_sums", a.DType).Grid(slices).Block(Threads).With(partial).With(sums).With(parts).Launch();
    }

    private static double LargestCuda(CudaDevice cuda, Tensor x)
    {
        int parts = Parts(x.Count);
        using var scope = new TensorScope(cuda, MemoryOwner.Workspace);
        Tensor partial = scope.New(DType.Float64, [parts]), largest = scope.New(DType.Float64, [1]);
        cuda.Kernel("largest_parts", x.DType).Grid(1, parts).Block(Threads)
            .With(x).With(partial).With(x.DType.IsComplex() ? 1 : 0).With(x.Count).Launch();
        cuda.Kernel("combine_largest", x.DType).Grid(1).Block(Threads).With(partial).With(largest).With(parts).Launch();
        return largest.Item();
    }

    /// <summary>Blocks per slice: a thread takes four elements or more, and 1024 blocks fill every GPU. From the count alone.</summary>
    private static int Parts(long count) => (int)Math.Clamp((count + (4 * Threads) - 1) / (4 * Threads), 1, 1024);
}
