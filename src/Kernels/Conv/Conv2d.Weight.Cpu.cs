using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <content>
/// float32 weight gradient on the CPU: the matrix of inner products of every channel of yBar with every shifted channel
/// of x. Positions are cut into blocks that the caches hold, blocks into fixed groups; each group has its own partial
/// matrix, and these are added in order, so that threads do not change the result.
/// </content>
public static unsafe partial class Conv2d
{
    private const int PositionsPerBlock = 2048;    // 4 channels of yBar and one of x: 40 KB
    private const int MostGroups = 32;             // parallel work for small layers
    private const int PartialFloats = 4 << 20;     // at most 16 MB of partial matrices

    private static void BackwardWeightCpu(Sizes s, Tensor x, Tensor yBar, Tensor weightBar, WriteMode mode)
    {
        if (UsesWinograd(s))
        {
            BackwardWeightWinograd(s, x, yBar, weightBar, mode);
            return;
        }

        var cpu = (CpuDevice)x.Device;
        using var scope = new TensorScope(cpu, MemoryOwner.Workspace);
        bool inPlace = s.Kernel == 1 && s.Rows * s.Columns % 16 == 0; // no frame, and whole vectors
        PaddedImages padded = inPlace ? PaddedImages.InPlace(x) : PaddedImages.Copy(scope, x, 0, s.Batch, s.Kernel / 2);
        int positions = padded.Positions, length = (positions + 15) / 16 * 16;
        Tensor lines = inPlace ? yBar : CopyLines(scope, s, yBar, padded.Pitch, length);

        int streams = s.In * s.Taps, streamTiles = (streams + DotTile.Streams - 1) / DotTile.Streams;
        Tensor offsets = scope.New(DType.Int32, [streamTiles * DotTile.Streams]);
        int* offset = offsets.Pointer<int>();
        FillOffsets(s, padded, offset);
        for (int i = streams; i < offsets.Count; i++)
        {
            offset[i] = offset[streams - 1];
        }

        int blocksPerImage = (length + PositionsPerBlock - 1) / PositionsPerBlock, blocks = s.Batch * blocksPerImage;
        long weights = weightBar.Count;
        int groups = (int)Math.Clamp(PartialFloats / Math.Max(1, weights), 1, Math.Clamp(blocks, 1, MostGroups));
        int outputTiles = (s.Out + DotTile.Outputs - 1) / DotTile.Outputs;
        Tensor partial = scope.Zeros(DType.Float32, Shape.Create([groups]).Concat(weightBar.Shape));
        float* sums = partial.Pointer<float>(), line = lines.Pointer<float>();
        cpu.For(groups * outputTiles, item =>
        {
            (int group, int tile) = Math.DivRem(item, outputTiles);
            int first = (int)((long)blocks * group / groups), end = (int)((long)blocks * (group + 1) / groups);
            for (int block = first; block < end; block++)
            {
                (int image, int part) = Math.DivRem(block, blocksPerImage);
                int start = part * PositionsPerBlock;
                LaneKernels.Run(new DotItem(s, padded.Image(image) + start, offset, line + ((nint)image * s.Out * length) + start, length,
                    Math.Min(PositionsPerBlock, length - start), tile * DotTile.Outputs, sums + (group * weights)));
            }
        });

        PartialSums.Collect(cpu, sums, groups, weightBar, mode);
    }

    // yBar with the pitch of the padded input, zero in the frame column and after the last position.
    private static Tensor CopyLines(TensorScope scope, Sizes s, Tensor yBar, int pitch, int length)
    {
        Tensor lines = scope.New(DType.Float32, [s.Batch * s.Out, length]);
        float* source = yBar.Pointer<float>(), target = lines.Pointer<float>();
        Planes.ForEach(yBar, plane =>
        {
            float* from = source + (plane * s.Rows * s.Columns), to = target + (plane * length);
            new Span<float>(to, length).Clear();
            for (int row = 0; row < s.Rows; row++)
            {
                Planes.Write(from + ((nint)row * s.Columns), to + ((nint)row * pitch), s.Columns, WriteMode.Overwrite);
            }
        });
        return lines;
    }

    /// <summary>Adds the inner products over one block of positions for one tile of output channels.</summary>
    private readonly struct DotItem(Sizes sizes, float* x, int* offsets, float* lines, nint length, nint count, int firstOutput, float* sums) : ILaneKernel
    {
        public void Run<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes>
        {
            int streams = sizes.In * sizes.Taps, outputs = Math.Min(DotTile.Outputs, sizes.Out - firstOutput);
            float** y = stackalloc float*[DotTile.Outputs];
            float* tile = stackalloc float[DotTile.Outputs * DotTile.Streams];
            for (int o = 0; o < DotTile.Outputs; o++)
            {
                y[o] = lines + ((firstOutput + Math.Min(o, outputs - 1)) * length);
            }

            for (int first = 0; first < streams; first += DotTile.Streams)
            {
                DotTile.Run<TLanes>(y, x, offsets + first, count, tile);
                for (int o = 0; o < outputs; o++)
                {
                    float* target = sums + ((nint)(firstOutput + o) * streams) + first;
                    for (int i = 0; i < Math.Min(DotTile.Streams, streams - first); i++)
                    {
                        target[i] += tile[(o * DotTile.Streams) + i];
                    }
                }
            }
        }
    }
}
