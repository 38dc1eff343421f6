using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <content>
/// 1 x 1 kernels in float32 on the CPU, forward and adjoint in the image: a matrix product for which the images need no
/// frame, so that they are read and written where they are.
/// </content>
public static unsafe partial class Conv2d
{
    private static void CorrelatePointwise(Sizes s, Tensor x, Tensor packed, Tensor offset, Tensor y, double slope, WriteMode mode)
    {
        var cpu = (CpuDevice)x.Device;
        int plane = s.Rows * s.Columns, tiles = packed.Shape[0], chunks = (plane + PositionsPerItem - 1) / PositionsPerItem;
        int tilesPerItem = TilesPerItem(s, tiles, s.Batch * chunks), tileItems = (tiles + tilesPerItem - 1) / tilesPerItem;
        using var scope = new TensorScope(cpu, MemoryOwner.Workspace);
        int* inPlace = scope.New(DType.Int32, [s.In]).Pointer<int>(), inCopy = scope.New(DType.Int32, [s.In]).Pointer<int>();
        for (int channel = 0; channel < s.In; channel++)
        {
            inPlace[channel] = checked(channel * plane);
            inCopy[channel] = channel * CorrelationTile.Positions;
        }

        float* px = x.Pointer<float>(), py = y.Pointer<float>(), weights = packed.Pointer<float>(), bias = offset.Pointer<float>();
        int items = s.Batch * tileItems * chunks;
        using var slots = new ScratchSlots(cpu, s.In * CorrelationTile.Positions, plane % CorrelationTile.Positions == 0 ? 0 : items);
        cpu.For(items, item =>
        {
            (int imageAndTiles, int chunk) = Math.DivRem(item, chunks);
            (int image, int tileItem) = Math.DivRem(imageAndTiles, tileItems);
            int tile = tileItem * tilesPerItem, position = chunk * PositionsPerItem;
            LaneKernels.Run(new PointwiseItem(
                slots, s, px + ((nint)image * s.In * plane), inPlace, inCopy, weights, bias, py + ((nint)image * s.Out * plane), slope, mode,
                position, Math.Min(plane, position + PositionsPerItem), tile, Math.Min(tiles, tile + tilesPerItem)));
        });
    }

    /// <summary>Some positions of some output channels of one image.</summary>
    private readonly struct PointwiseItem(
        ScratchSlots slots, Sizes sizes, float* x, int* inPlace, int* inCopy, float* weights, float* bias, float* y, double slope, WriteMode mode,
        int firstPosition, int endPosition, int firstTile, int endTile) : ILaneKernel
    {
        public void Run<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes>
        {
            int step = CorrelationTile.Positions;
            for (int p = firstPosition; p < endPosition; p += step)
            {
                int count = Math.Min(step, endPosition - p);
                if (count == step)
                {
                    Tiles<TLanes>(x + p, inPlace, p, count);
                }
                else
                {
                    // A tile reads to its end, which may lie past the end of the images.
                    float* copy = slots.Rent();
                    new Span<float>(copy, sizes.In * step).Clear();
                    for (int channel = 0; channel < sizes.In; channel++)
                    {
                        Planes.Write(x + inPlace[channel] + p, copy + inCopy[channel], count, WriteMode.Overwrite);
                    }

                    Tiles<TLanes>(copy, inCopy, p, count);
                    slots.Return(copy);
                }
            }
        }

        private void Tiles<TLanes>(float* source, int* offsets, int position, int count)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            int step = CorrelationTile.Positions;
            nint plane = (nint)sizes.Rows * sizes.Columns;
            float* line = stackalloc float[PackedWeights.Tile * step];
            for (int tile = firstTile; tile < endTile; tile++)
            {
                int output = tile * PackedWeights.Tile, outputs = Math.Min(PackedWeights.Tile, sizes.Out - output);
                float* target = y + (output * plane) + position, w = weights + ((nint)tile * sizes.In * PackedWeights.Tile);
                if (count == step && outputs == PackedWeights.Tile && slope == 1 && mode == WriteMode.Overwrite)
                {
                    CorrelationTile.Run<TLanes>(source, offsets, sizes.In, w, bias + output, target, plane);
                    continue;
                }

                CorrelationTile.Run<TLanes>(source, offsets, sizes.In, w, bias + output, line, step);
                for (int o = 0; o < outputs; o++)
                {
                    WriteRow<TLanes>(line + (o * step), target + (o * plane), count, slope, mode);
                }
            }
        }
    }
}
