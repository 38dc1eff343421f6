using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>Launches of the maps of kernels.cu § 2; the arguments have been checked.</summary>
internal static class CudaMaps
{
    /// <summary>y = alpha x, or y += alpha x.</summary>
    public static void Scale(CudaDevice cuda, double alpha, Tensor x, Tensor y, WriteMode mode)
    {
        long count = y.AsReal().Count;
        cuda.Kernel("scale", y.DType).Over(CudaGrids.Fours(count))
            .WithReal(alpha).With(x).With(y).With(mode == WriteMode.Add ? 1 : 0).With(count).Launch();
    }

    /// <summary>y = factor x, or y += factor x, for a factor on the device.</summary>
    public static void ScaleBy(CudaDevice cuda, Tensor factor, Tensor x, Tensor y, WriteMode mode)
    {
        long count = y.AsReal().Count;
        cuda.Kernel("scale_by", y.DType).Over(CudaGrids.Fours(count))
            .With(factor).With(x).With(y).With(mode == WriteMode.Add ? 1 : 0).With(count).Launch();
    }

    /// <summary>y = alpha a + beta b.</summary>
    public static void WeightedSum(CudaDevice cuda, double alpha, Tensor a, double beta, Tensor b, Tensor y)
    {
        long count = y.AsReal().Count;
        cuda.Kernel("weighted_sum", y.DType).Over(CudaGrids.Fours(count))
            .WithReal(alpha).With(a).WithReal(beta).With(b).With(y).With(count).Launch();
    }

    /// <summary>y = a b, real.</summary>
    public static void Multiply(CudaDevice cuda, Tensor a, Tensor b, Tensor y) =>
        cuda.Kernel("multiply", y.DType).Over(CudaGrids.Fours(y.Count)).With(a).With(b).With(y).With(y.Count).Launch();
}
