using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>
/// g[n, m] = Σ_p a[n, p] · b[m, p] over all positions p of images, in float32: the gradient of a <see cref="PointwiseProduct"/> in its
/// weights.
/// </summary>
/// <remarks>
/// As a correlation whose streams are positions: b transposed to [p, m] is its input, a its weights. Positions are cut into fixed
/// groups with partial sums of their own, which are added in order, so that threads do not change the result.
/// </remarks>
internal static unsafe class PointwiseWeightGradient
{
    private const int Positions = 256;     // of a block: of b, two copies of 64 KB
    private const int WantedItems = 8;     // enough for a few threads to share evenly

    /// <summary>Computes the sums.</summary>
    /// <param name="device">The CPU.</param>
    /// <param name="images">Number of images.</param>
    /// <param name="plane">Positions of one image.</param>
    /// <param name="a">Channels n.</param>
    /// <param name="b">Channels m; their number is a multiple of four.</param>
    /// <param name="gradient">[n, m] in memory, in any shape.</param>
    /// <param name="mode">Whether it is replaced or added to.</param>
    public static void Run<TA, TB>(CpuDevice device, int images, int plane, TA a, TB b, Tensor gradient, WriteMode mode)
        where TA : struct, IPointwiseInput
        where TB : struct, IPointwiseInput
    {
        int tile = CorrelationTile.Positions, tiles = (b.Channels + tile - 1) / tile, blocksPerImage = (plane + Positions - 1) / Positions, blocks = images * blocksPerImage;
        int groups = Math.Clamp((WantedItems + tiles - 1) / tiles, 1, Math.Max(1, blocks));
        using var scope = new TensorScope(device, MemoryOwner.Workspace);
        Tensor partial = scope.Zeros(DType.Float32, [groups, checked((int)gradient.Count)]);
        float* sums = partial.Pointer<float>();
        int* lines = scope.New(DType.Int32, [Positions]).Pointer<int>();
        for (int position = 0; position < Positions; position++)
        {
            lines[position] = position * tile;
        }

        using var slots = new ScratchSlots(device, Item<TA, TB>.ScratchFloats, groups * tiles);
        device.For(groups * tiles, item =>
        {
            (int group, int column) = Math.DivRem(item, tiles);
            float* scratch = slots.Rent();
            int first = (int)((long)blocks * group / groups), end = (int)((long)blocks * (group + 1) / groups);
            for (int block = first; block < end; block++)
            {
                (int image, int part) = Math.DivRem(block, blocksPerImage);
                LaneKernels.Run(new Item<TA, TB>
                {
                    A = a,
                    B = b,
                    Image = image,
                    Position = part * Positions,
                    Count = Math.Min(Positions, plane - (part * Positions)),
                    FirstColumn = column * tile,
                    Lines = lines,
                    Scratch = scratch,
                    Sums = sums + (group * gradient.Count),
                });
            }

            slots.Return(scratch);
        });
        PartialSums.Collect(device, sums, groups, gradient, mode);
    }

    /// <summary>One block of positions for one tile of channels m and all channels n.</summary>
    private struct Item<TA, TB> : ILaneKernel
        where TA : struct, IPointwiseInput
        where TB : struct, IPointwiseInput
    {
        public required TA A;
        public required TB B;
        public required int Image, Position, Count, FirstColumn;
        public required int* Lines;
        public required float* Scratch, Sums;

        // b of a tile as it is read and transposed, and four channels of a as they are read and side by side
        public static long ScratchFloats => (2 * (CorrelationTile.Positions + PackedWeights.Tile) * Positions) + (2 * LaneKernels.Width * LaneKernels.Width);

        public readonly void Run<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes>
        {
            int width = CorrelationTile.Positions, columns = Math.Min(width, B.Channels - FirstColumn);
            float* read = Scratch, turned = read + (width * Positions), four = turned + (width * Positions), weights = four + (PackedWeights.Tile * Positions);
            B.Read(Image, FirstColumn, columns, Position, Count, read, Positions);
            Turn<TLanes>(read, columns, turned, weights + (PackedWeights.Tile * Positions));
            float* zero = stackalloc float[PackedWeights.Tile], line = stackalloc float[PackedWeights.Tile * width];
            new Span<float>(zero, PackedWeights.Tile).Clear();
            for (int row = 0; row < A.Channels; row += PackedWeights.Tile)
            {
                int rows = Math.Min(PackedWeights.Tile, A.Channels - row);
                A.Read(Image, row, rows, Position, Count, four, Positions);
                SideBySide<TLanes>(four, weights);
                CorrelationTile.Run<TLanes>(turned, Lines, Count, weights, zero, line, width);
                for (int i = 0; i < rows; i++)
                {
                    Planes.Write(line + (i * width), Sums + ((nint)(row + i) * B.Channels) + FirstColumn, columns, WriteMode.Add);
                }
            }
        }

        /// <summary>[channel, position] to [position, channel]; channels beyond the given ones are left as they are, and no sum of theirs is used.</summary>
        private readonly void Turn<TLanes>(float* read, int columns, float* turned, float* tile)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            int lanes = TLanes.Width;
            for (int column = 0; column < columns; column += lanes)
            {
                for (int position = 0; position < Count; position += lanes)
                {
                    for (int i = 0; i < lanes; i++)
                    {
                        TLanes.Load(read + ((column + i) * Positions) + position).Store(tile + (i * lanes));
                    }

                    LaneTiles<TLanes>.Transpose(tile, tile + (lanes * lanes));
                    for (int i = 0; i < lanes; i++)
                    {
                        TLanes.Load(tile + (i * lanes)).Store(turned + ((position + i) * CorrelationTile.Positions) + column);
                    }
                }
            }
        }

        /// <summary>Four lines (a) (b) (c) (d) to a0 b0 c0 d0 a1 b1 c1 d1 ...</summary>
        private readonly void SideBySide<TLanes>(float* four, float* weights)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            for (int p = 0; p < Count; p += TLanes.Width, weights += 4 * TLanes.Width)
            {
                (TLanes ac0, TLanes ac1) = TLanes.Interleave(TLanes.Load(four + p), TLanes.Load(four + (2 * Positions) + p));
                (TLanes bd0, TLanes bd1) = TLanes.Interleave(TLanes.Load(four + Positions + p), TLanes.Load(four + (3 * Positions) + p));
                (TLanes r0, TLanes r1) = TLanes.Interleave(ac0, bd0);
                (TLanes r2, TLanes r3) = TLanes.Interleave(ac1, bd1);
                r0.Store(weights);
                r1.Store(weights + TLanes.Width);
                r2.Store(weights + (2 * TLanes.Width));
                r3.Store(weights + (3 * TLanes.Width));
            }
        }
    }
}
