using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <content>float32 on the CPU: forward, and the adjoint in the image, which is the same with other weights.</content>
public static unsafe partial class Conv2d
{
    private const int PositionsPerItem = 1024;
    private const int WeightsPerItem = 32 * 1024; // 128 KB: half of a second-level cache keeps room for the images
    private const int WantedItems = 8;            // enough for a few threads to share evenly

    private static void ForwardCpu(Sizes s, Tensor x, Tensor weight, Tensor? bias, Tensor y, double slope)
    {
        if (UsesWinograd(s))
        {
            CorrelateWinograd(s, x, WinogradWeights.Forward(weight), bias, y, slope, WriteMode.Overwrite);
            return;
        }

        using var scope = new TensorScope(x.Device, MemoryOwner.Workspace);
        Correlate(s, x, PackedWeights.Forward(scope, weight), bias, y, slope, WriteMode.Overwrite);
    }

    private static void BackwardInputCpu(Sizes s, Tensor yBar, Tensor weight, Tensor xBar, WriteMode mode)
    {
        Sizes adjoint = s with { In = s.Out, Out = s.In };
        if (UsesWinograd(adjoint))
        {
            CorrelateWinograd(adjoint, yBar, WinogradWeights.Adjoint(weight), null, xBar, slope: 1, mode);
            return;
        }

        using var scope = new TensorScope(yBar.Device, MemoryOwner.Workspace);
        Correlate(adjoint, yBar, PackedWeights.Adjoint(scope, weight), null, xBar, slope: 1, mode);
    }

    private static void Correlate(Sizes s, Tensor x, Tensor packed, Tensor? bias, Tensor y, double slope, WriteMode mode)
    {
        var cpu = (CpuDevice)x.Device;
        using var scope = new TensorScope(cpu, MemoryOwner.Workspace);
        int tiles = packed.Shape[0];
        Tensor offset = scope.Zeros(DType.Float32, [tiles * PackedWeights.Tile]);
        if (bias is not null)
        {
            offset.Slice(0, s.Out).CopyFrom(bias);
        }

        if (s.Kernel == 1)
        {
            int plane = s.Rows * s.Columns;
            PointwiseProduct.Run(
                cpu, s.Batch, plane, packed, offset, new PlanarInput(x.Pointer<float>(), s.In, plane), new PlanarOutput(y.Pointer<float>(), s.Out, plane, slope, mode));
            return;
        }

        int pad = s.Kernel / 2, group = PaddedImages.GroupSize(s.Batch, s.In, s.Rows, s.Columns, pad);
        Tensor offsets = scope.New(DType.Int32, [s.In * s.Taps]);
        for (int first = 0; first < s.Batch; first += group)
        {
            int images = Math.Min(group, s.Batch - first);
            using var copy = new TensorScope(cpu, MemoryOwner.Workspace);
            PaddedImages padded = PaddedImages.Copy(copy, x, first, images, pad);
            FillOffsets(s, padded, offsets.Pointer<int>());

            int rowsPerItem = Math.Clamp(PositionsPerItem / padded.Pitch, 1, s.Rows);
            int rowItems = (s.Rows + rowsPerItem - 1) / rowsPerItem;
            int tilesPerItem = TilesPerItem(s, tiles, images * rowItems);
            int tileItems = (tiles + tilesPerItem - 1) / tilesPerItem;
            var work = new CorrelationWork(s, padded, offsets.Pointer<int>(), packed.Pointer<float>(), offset.Pointer<float>(),
                y.Pointer<float>() + ((long)first * s.Out * s.Rows * s.Columns), slope, mode);
            int items = images * tileItems * rowItems;
            using var slots = new ScratchSlots(cpu, (long)tilesPerItem * PackedWeights.Tile * Stride(rowsPerItem * padded.Pitch), items);
            cpu.For(items, item =>
            {
                (int imageAndTiles, int rowItem) = Math.DivRem(item, rowItems);
                (int image, int tileItem) = Math.DivRem(imageAndTiles, tileItems);
                int row = rowItem * rowsPerItem, tile = tileItem * tilesPerItem;
                LaneKernels.Run(new CorrelationItem(slots, work, image, row, Math.Min(s.Rows, row + rowsPerItem), tile, Math.Min(tiles, tile + tilesPerItem)));
            });
        }
    }

    /// <summary>The next multiple of the positions that a tile takes at once.</summary>
    private static int Stride(int positions) => (positions + CorrelationTile.Positions - 1) / CorrelationTile.Positions * CorrelationTile.Positions;

    /// <summary>Tiles of outputs that one item takes: as many as share the input in the cache, fewer where the threads would run out of items.</summary>
    private static int TilesPerItem(Sizes s, int tiles, int otherItems)
    {
        int count = Math.Clamp(WeightsPerItem / (s.In * s.Taps * PackedWeights.Tile), 1, tiles);
        while (count > 1 && otherItems * ((tiles + count - 1) / count) < WantedItems)
        {
            count = (count + 1) / 2;
        }

        return count;
    }

    /// <summary>Writes consecutive outputs, rectified unless the slope is 1.</summary>
    internal static void WriteRow<TLanes>(float* source, float* target, int count, double slope, WriteMode mode)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        if (slope == 1)
        {
            Planes.Write(source, target, count, mode);
        }
        else
        {
            LeakyRelu.Row<TLanes>(source, slope, target, count);
        }
    }

    private static void FillOffsets(Sizes s, PaddedImages padded, int* offsets)
    {
        for (int stream = 0; stream < s.In * s.Taps; stream++)
        {
            (int channel, int tap) = Math.DivRem(stream, s.Taps);
            offsets[stream] = padded.Offset(channel, tap / s.Kernel, tap % s.Kernel);
        }
    }

    /// <summary>What all items of one correlation share. The slope is 1 unless the output is replaced.</summary>
    private readonly struct CorrelationWork(Sizes sizes, PaddedImages input, int* offsets, float* weights, float* bias, float* output, double slope, WriteMode mode)
    {
        public Sizes Sizes => sizes;

        public PaddedImages Input => input;

        public int* Offsets => offsets;

        public float* Weights => weights;

        public float* Bias => bias;

        public float* Output => output;

        public double Slope => slope;

        public WriteMode Mode => mode;
    }

    /// <summary>Some rows of some output channels of one image.</summary>
    private readonly struct CorrelationItem(ScratchSlots slots, CorrelationWork work, int image, int firstRow, int endRow, int firstTile, int endTile) : ILaneKernel
    {
        public void Run<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes>
        {
            int pitch = work.Input.Pitch, step = CorrelationTile.Positions, streams = work.Sizes.In * work.Sizes.Taps;
            int positions = (endRow - firstRow) * pitch, stride = Stride(positions);
            float* line = slots.Rent();
            float* x = work.Input.Image(image) + ((nint)firstRow * pitch);
            for (nint p = 0; p < positions; p += step)
            {
                for (nint tile = firstTile; tile < endTile; tile++)
                {
                    CorrelationTile.Run<TLanes>(
                        x + p,
                        work.Offsets,
                        streams,
                        work.Weights + (tile * streams * PackedWeights.Tile),
                        work.Bias + (tile * PackedWeights.Tile),
                        line + ((tile - firstTile) * PackedWeights.Tile * stride) + p,
                        stride);
                }
            }

            CopyRows<TLanes>(line, stride, pitch);
            slots.Return(line);
        }

        private void CopyRows<TLanes>(float* line, int stride, int pitch)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            Sizes s = work.Sizes;
            int firstOutput = firstTile * PackedWeights.Tile, endOutput = Math.Min(s.Out, endTile * PackedWeights.Tile);
            for (int output = firstOutput; output < endOutput; output++)
            {
                float* source = line + ((nint)(output - firstOutput) * stride);
                float* target = work.Output + ((((((nint)image * s.Out) + output) * s.Rows) + firstRow) * s.Columns);
                for (int row = firstRow; row < endRow; row++, source += pitch, target += s.Columns)
                {
                    WriteRow<TLanes>(source, target, s.Columns, work.Slope, work.Mode);
                }
            }
        }
    }
}
