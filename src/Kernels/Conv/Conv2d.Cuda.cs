using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <content>
/// Both precisions on a CUDA device: implicit matrix products; see section 5 of kernels.cu. How the inner index is cut
/// into shares depends on shapes alone, not on the device, so that every device adds in the same order.
/// </content>
public static unsafe partial class Conv2d
{
    private const int NarrowChannels = 16;         // up to here the tile of 16 channels wastes least
    private const int TilePixels = 256;            // of both forward tiles
    private const int WeightTile = 128;            // columns of the weight gradient that a block computes
    private const int WantedThreads = 64 * 1024;   // 512 on each of 128 multiprocessors, which registers allow to be resident
    private const int ShortestSum = 128;           // products of one share: their time hides the sum of the shares
    private const int LongestSum = 8192;           // pixels that one float adds up: rounding grows with the root of their number
    private const int MostShares = 256;            // keeps the shares of large layers in some megabytes

    private static void ForwardCuda(CudaDevice cuda, Sizes s, Tensor x, Tensor weight, Tensor? bias, Tensor y, double slope)
    {
        if (bias is null && slope == 1 && IsProduct(s))
        {
            PointwiseCuda(cuda, weight, x, y, WriteMode.Overwrite, transpose: false);
        }
        else
        {
            CorrelateCuda(cuda, s, x, weight, bias, y, s.In * s.Taps, s.Taps, flip: false, slope, WriteMode.Overwrite);
        }
    }

    private static void BackwardInputCuda(CudaDevice cuda, Sizes s, Tensor yBar, Tensor weight, Tensor xBar, WriteMode mode)
    {
        if (IsProduct(s))
        {
            PointwiseCuda(cuda, weight, yBar, xBar, mode, transpose: true);
        }
        else
        {
            CorrelateCuda(cuda, s with { In = s.Out, Out = s.In }, yBar, weight, null, xBar, s.Taps, s.In * s.Taps, flip: true, slope: 1, mode);
        }
    }

    private static void CorrelateCuda(CudaDevice cuda, Sizes s, Tensor x, Tensor weight, Tensor? bias, Tensor y, int outStride, int inStride, bool flip, double slope, WriteMode mode)
    {
        (string variant, int tileOut, int threads) = Tile(s);
        long plane = (long)s.Rows * s.Columns, pixelTiles = Blocks(s.Batch * plane, TilePixels), outTiles = Blocks(s.Out, tileOut);
        long wanted = WantedThreads / threads / (pixelTiles * outTiles), most = Math.Min((long)s.In * s.Taps / ShortestSum, SharesInRoom(cuda, y));
        int share = (int)Blocks(s.In, Math.Clamp(wanted, 1, Math.Max(1, most))), shares = (int)Blocks(s.In, share);
        using var scope = new TensorScope(cuda, MemoryOwner.Workspace);
        Tensor partial = shares == 1 ? y : scope.New(x.DType, Shape.Create([shares]).Concat(y.Shape));
        int add = mode == WriteMode.Add ? 1 : 0;
        cuda.Kernel($"conv2d_{s.Kernel}x{s.Kernel}{variant}", x.DType).Grid(pixelTiles, outTiles, shares).Block(threads)
            .With(x).With(weight).WithOptional(shares == 1 ? bias : null).With(partial).With(s.Batch).With(s.In).With(s.Out).With(s.Rows).With(s.Columns)
            .With(outStride).With(inStride).With(flip ? 1 : 0).WithReal(shares == 1 ? slope : 1).With(shares == 1 ? add : 0).With(share).Launch();
        if (shares > 1)
        {
            SumCuda(cuda, partial, bias, y, shares, s.Out, plane, slope, mode);
        }
    }

    private static void BackwardWeightCuda(CudaDevice cuda, Sizes s, Tensor x, Tensor yBar, Tensor weightBar, WriteMode mode)
    {
        long plane = (long)s.Rows * s.Columns, pixels = s.Batch * plane;
        if (Math.Max(s.In, s.Out) * plane > int.MaxValue)
        {
            throw new ShapeException($"conv2d backward weight: an image of {x.Describe()} or {yBar.Describe()} has more than {int.MaxValue} scalars.");
        }

        (string variant, int tileOut, int threads) = Tile(s);
        long columnTiles = Blocks(s.In * s.Taps, WeightTile), outTiles = Blocks(s.Out, tileOut);
        long wanted = Math.Min(WantedThreads / threads / (columnTiles * outTiles), pixels / ShortestSum);
        long least = Math.Min(MostShares, Blocks(pixels, LongestSum)), most = Math.Clamp(SharesInRoom(cuda, weightBar), least, MostShares);
        int share = (int)Blocks(pixels, Math.Clamp(wanted, least, most)), shares = (int)Blocks(pixels, share);
        using var scope = new TensorScope(cuda, MemoryOwner.Workspace);
        Tensor partial = scope.New(x.DType, Shape.Create([shares]).Concat(weightBar.Shape));
        cuda.Kernel($"conv2d_weight_{s.Kernel}x{s.Kernel}{variant}", x.DType).Grid(columnTiles, outTiles, shares).Block(threads)
            .With(x).With(yBar).With(partial).With(s.Batch).With(s.In).With(s.Out).With(s.Rows).With(s.Columns).With(share).Launch();
        SumCuda(cuda, partial, null, weightBar, shares, s.Out, (long)s.In * s.Taps, slope: 1, mode);
    }

    private static void SumCuda(CudaDevice cuda, Tensor partial, Tensor? bias, Tensor y, int shares, int channels, long plane, double slope, WriteMode mode) =>
        cuda.Kernel("conv2d_sum", y.DType).Over(y.Count).With(partial).WithOptional(bias).With(y).With(shares).WithReal(slope).With(mode == WriteMode.Add ? 1 : 0)
            .With(channels).With(plane).With(y.Count).Launch();

    private static void BackwardBiasCuda(CudaDevice cuda, Tensor yBar, Tensor biasBar, WriteMode mode) =>
        cuda.Kernel("conv2d_bias", yBar.DType).Grid(yBar.Shape[1]).Block(256).With(yBar).With(biasBar).With(yBar.Shape[0]).With(yBar.Shape[1])
            .With((long)yBar.Shape[2] * yBar.Shape[3]).With(mode == WriteMode.Add ? 1 : 0).Launch();

    private static (string Variant, int TileOut, int Threads) Tile(Sizes s) => s.Out <= NarrowChannels ? ("_narrow", 16, 128) : ("", 64, 256);

    private static long SharesInRoom(CudaDevice cuda, Tensor result) => cuda.WorkspaceBytes / (result.Count * result.DType.Bytes());

    private static long Blocks(long count, long tile) => (count + tile - 1) / tile;
}
