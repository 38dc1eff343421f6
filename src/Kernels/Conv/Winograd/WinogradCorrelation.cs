using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>
/// A correlation with 3 x 3 filters by Winograd's minimal filtering. Blocks of tiles are transformed for all input channels,
/// multiplied, and transformed back for one group of output channels after the other, while they lie in the cache.
/// </summary>
/// <param name="input">[batch, inputs, row, column].</param>
/// <param name="filters">The filters.</param>
/// <param name="bias">[outputs], or null for none.</param>
/// <param name="output">[batch, outputs, row, column].</param>
/// <param name="grid">How the images are cut.</param>
/// <param name="slope">Factor of negative values; 1 for none.</param>
/// <param name="mode">Whether the output is replaced or added to.</param>
internal sealed unsafe class WinogradCorrelation(
    float* input, WinogradWeights filters, float* bias, float* output, WinogradGrid grid, double slope, WriteMode mode)
{
    private const int MostTiles = 4;   // 32 outputs in a group: their products fill an eighth of a second-level cache
    private const int WantedItems = 8; // enough for a few threads to share evenly
    private const int ChannelsPerItem = 16;
    private const int Line = 16;       // floats of a cache line; keeps the 36 products of a tile in different sets

    private readonly int _inputs = filters.Inputs, _outputs = filters.Outputs;
    private readonly int _blocks = grid.Blocks(WinogradProduct.Vectors), _tiles = WinogradProduct.Vectors * grid.Width;

    private int InputStep => (_inputs * _tiles) + Line;

    private int InputLength => WinogradTransform.Products * InputStep;

    private int ProductsLength => WinogradTransform.Products * ProductStep;

    private int ProductStep => (MostTiles * WinogradWeights.Tile * _tiles) + Line;

    /// <summary>Computes all outputs.</summary>
    public void Run(CpuDevice cpu)
    {
        if (_blocks >= WantedItems)
        {
            ShareBlocks(cpu);
        }
        else
        {
            ShareChannels(cpu);
        }
    }

    // Many blocks: the filters are transformed once, then every block goes from input to output on one thread.
    private void ShareBlocks(CpuDevice cpu)
    {
        using var scope = new TensorScope(cpu, MemoryOwner.Workspace);
        float* transformed = scope.New(DType.Float32, [filters.Tiles, filters.TileStride]).Pointer<float>();
        cpu.For(filters.Tiles, tile => LaneKernels.Run(new FilterItem(this, tile, transformed + ((nint)tile * filters.TileStride))));
        using var slots = new ScratchSlots(cpu, Padded(InputLength) + ProductsLength, _blocks);
        cpu.For(_blocks, block => LaneKernels.Run(new BlockItem(this, slots, block, transformed)));
    }

    // Few blocks of many channels: threads share the channels, first those of the input, then those of the output. The
    // filters of a group are transformed where they are used, since all of them would not fit the cache.
    private void ShareChannels(CpuDevice cpu)
    {
        using var scope = new TensorScope(cpu, MemoryOwner.Workspace);
        float* transformed = scope.New(DType.Float32, [_blocks, InputLength]).Pointer<float>();
        int channelItems = (_inputs + ChannelsPerItem - 1) / ChannelsPerItem;
        cpu.For(_blocks * channelItems, item =>
        {
            (int block, int part) = Math.DivRem(item, channelItems);
            int first = part * ChannelsPerItem, end = Math.Min(_inputs, first + ChannelsPerItem);
            LaneKernels.Run(new InputItem(this, block, first, end, transformed + ((nint)block * InputLength)));
        });
        int tilesPerItem = Math.Clamp(filters.Tiles / WantedItems, 1, MostTiles);
        int outputItems = (filters.Tiles + tilesPerItem - 1) / tilesPerItem;
        using var slots = new ScratchSlots(cpu, Padded(tilesPerItem * filters.TileStride) + ProductsLength, outputItems);
        cpu.For(outputItems, item =>
        {
            int first = item * tilesPerItem;
            LaneKernels.Run(new OutputItem(this, slots, first, Math.Min(filters.Tiles, first + tilesPerItem), transformed));
        });
    }

    private void TransformInput<TLanes>(int block, int firstChannel, int endChannel, float* transformed)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        float* scratch = stackalloc float[WinogradPasses.Scratch + WinogradWindows.Scratch];
        var windows = new WinogradWindows(input, _inputs, grid, margin: 1, scratch + WinogradPasses.Scratch);
        for (int vector = 0; vector < WinogradProduct.Vectors; vector++)
        {
            windows.Select(grid, ((block * WinogradProduct.Vectors) + vector) * WinogradGrid.RunsPerVector);
            for (int channel = firstChannel; channel < endChannel; channel++)
            {
                WinogradPasses.Input<TLanes>(ref windows, channel, scratch, transformed + ((nint)channel * _tiles) + (vector * TLanes.Width), InputStep);
            }
        }
    }

    /// <summary>Outputs of some tiles of filters, at most <see cref="MostTiles"/>, for one block.</summary>
    private void MultiplyAndWrite<TLanes>(int block, int firstTile, int endTile, float* transformedFilters, float* transformed, float* products)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        for (int product = 0; product < WinogradTransform.Products; product++)
        {
            float* u = transformedFilters + ((nint)product * filters.ProductStride), v = transformed + ((nint)product * InputStep), m = products + ((nint)product * ProductStep);
            for (int tile = firstTile; tile < endTile; tile++)
            {
                WinogradProduct.Run<TLanes>(u, v, _inputs, m);
                u += filters.TileStride;
                m += WinogradWeights.Tile * _tiles;
            }
        }

        float* scratch = stackalloc float[WinogradPasses.Scratch];
        var targets = new WinogradTargets(output, _outputs, grid, bias, slope, mode);
        int first = firstTile * WinogradWeights.Tile, count = Math.Min(endTile * WinogradWeights.Tile, _outputs) - first;
        for (int vector = 0; vector < WinogradProduct.Vectors; vector++)
        {
            targets.Select(grid, ((block * WinogradProduct.Vectors) + vector) * WinogradGrid.RunsPerVector);
            for (int o = 0; o < count; o++)
            {
                WinogradPasses.Output<TLanes>(products + (o * _tiles) + (vector * TLanes.Width), ProductStep, scratch, ref targets, first + o);
            }
        }
    }

    /// <summary>The next multiple of a cache line.</summary>
    private static int Padded(int floats) => (floats + Line - 1) / Line * Line;

    /// <summary>The filters of one tile of outputs.</summary>
    private readonly struct FilterItem(WinogradCorrelation work, int tile, float* target) : ILaneKernel
    {
        public void Run<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes> => work.Filters.Transform<TLanes>(tile, target);
    }

    /// <summary>One block of tiles from input to output.</summary>
    private readonly struct BlockItem(WinogradCorrelation work, ScratchSlots slots, int block, float* filters) : ILaneKernel
    {
        public void Run<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes>
        {
            float* transformed = slots.Rent(), products = transformed + Padded(work.InputLength);
            work.TransformInput<TLanes>(block, 0, work._inputs, transformed);
            for (int tile = 0; tile < work.Filters.Tiles; tile += MostTiles)
            {
                work.MultiplyAndWrite<TLanes>(
                    block, tile, Math.Min(work.Filters.Tiles, tile + MostTiles), filters + ((nint)tile * work.Filters.TileStride), transformed, products);
            }

            slots.Return(transformed);
        }
    }

    /// <summary>Some input channels of one block.</summary>
    private readonly struct InputItem(WinogradCorrelation work, int block, int firstChannel, int endChannel, float* transformed) : ILaneKernel
    {
        public void Run<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes> => work.TransformInput<TLanes>(block, firstChannel, endChannel, transformed);
    }

    /// <summary>Some tiles of outputs of all blocks.</summary>
    private readonly struct OutputItem(WinogradCorrelation work, ScratchSlots slots, int firstTile, int endTile, float* transformed) : ILaneKernel
    {
        public void Run<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes>
        {
            float* filters = slots.Rent(), products = filters + Padded((endTile - firstTile) * work.Filters.TileStride);
            for (int tile = firstTile; tile < endTile; tile++)
            {
                work.Filters.Transform<TLanes>(tile, filters + ((nint)(tile - firstTile) * work.Filters.TileStride));
            }

            for (int block = 0; block < work._blocks; block++)
            {
                work.MultiplyAndWrite<TLanes>(block, firstTile, endTile, filters, transformed + ((nint)block * work.InputLength), products);
            }

            slots.Return(filters);
        }
    }

    private WinogradWeights Filters => filters;
}
