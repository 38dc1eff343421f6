using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <content>Both precisions on a CUDA device: implicit matrix products; see section 5 of kernels.cu.</content>
public static unsafe partial class Conv2d
{
    private const int NarrowChannels = 16;         // up to here the tile of 16 channels wastes least
    private const int WeightTile = 64;             // columns of the weight gradient that a block computes
    private const int PixelsPerShare = 2048;       // inner index of one share: long enough to hide the sum of the shares
    private const int MostShares = 256;

    private static void ForwardCuda(CudaDevice cuda, Sizes s, Tensor x, Tensor weight, Tensor? bias, Tensor y) =>
        CorrelateCuda(cuda, s, x, weight, bias, y, s.In * s.Taps, s.Taps, flip: false, WriteMode.Overwrite);

    private static void BackwardInputCuda(CudaDevice cuda, Sizes s, Tensor yBar, Tensor weight, Tensor xBar, WriteMode mode) =>
        CorrelateCuda(cuda, s with { In = s.Out, Out = s.In }, yBar, weight, null, xBar, s.Taps, s.In * s.Taps, flip: true, mode);

    private static void CorrelateCuda(CudaDevice cuda, Sizes s, Tensor x, Tensor weight, Tensor? bias, Tensor y, int outStride, int inStride, bool flip, WriteMode mode)
    {
        (string variant, int tileOut, int tilePixels) = s.Out <= NarrowChannels ? ("_narrow", 16, 256) : ("", 64, 128);
        long pixels = (long)s.Batch * s.Rows * s.Columns;
        cuda.Kernel($"conv2d_{s.Kernel}x{s.Kernel}{variant}", x.DType).Grid(Blocks(pixels, tilePixels), Blocks(s.Out, tileOut)).Block(256)
            .With(x).With(weight).WithOptional(bias).With(y).With(s.Batch).With(s.In).With(s.Out).With(s.Rows).With(s.Columns).With(outStride).With(inStride)
            .With(flip ? 1 : 0).With(mode == WriteMode.Add ? 1 : 0).Launch();
    }

    private static void BackwardWeightCuda(CudaDevice cuda, Sizes s, Tensor x, Tensor yBar, Tensor weightBar, WriteMode mode)
    {
        (string variant, int tileOut) = s.Out <= NarrowChannels ? ("_narrow", 16) : ("", 64);
        long pixels = (long)s.Batch * s.Rows * s.Columns;
        int share = (int)Math.Max(PixelsPerShare, Blocks(pixels, MostShares)), shares = (int)Blocks(pixels, share);
        using var scope = new TensorScope(cuda, MemoryOwner.Workspace);
        Tensor partial = scope.New(x.DType, Shape.Create([shares]).Concat(weightBar.Shape));
        cuda.Kernel($"conv2d_weight_{s.Kernel}x{s.Kernel}{variant}", x.DType).Grid(Blocks(s.In * s.Taps, WeightTile), Blocks(s.Out, tileOut), shares).Block(256)
            .With(x).With(yBar).With(partial).With(s.Batch).With(s.In).With(s.Out).With(s.Rows).With(s.Columns).With(share).Launch();
        cuda.Kernel("conv2d_weight_sum", x.DType).Over(weightBar.Count).With(partial).With(weightBar).With(shares).With(mode == WriteMode.Add ? 1 : 0).With(weightBar.Count).Launch();
    }

    private static void BackwardBiasCuda(CudaDevice cuda, Tensor yBar, Tensor biasBar, WriteMode mode) =>
        cuda.Kernel("conv2d_bias", yBar.DType).Grid(yBar.Shape[1]).Block(256).With(yBar).With(biasBar).With(yBar.Shape[0]).With(yBar.Shape[1])
            .With((long)yBar.Shape[2] * yBar.Shape[3]).With(mode == WriteMode.Add ? 1 : 0).Launch();

    private static long Blocks(long count, long tile) => (count + tile - 1) / tile;
}
