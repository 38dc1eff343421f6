using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>
/// A correlation with 3 x 3 filters by Winograd's minimal filtering. A block of tiles is transformed for all input channels,
/// multiplied, and transformed back for one group of output channels after the other, while it lies in the cache.
/// </summary>
/// <param name="input">[batch, inputs, row, column].</param>
/// <param name="inputs">Input channels.</param>
/// <param name="filters">Of <see cref="WinogradWeights"/>.</param>
/// <param name="bias">[outputs], or null for none.</param>
/// <param name="output">[batch, outputs, row, column].</param>
/// <param name="outputs">Output channels.</param>
/// <param name="grid">How the images are cut.</param>
/// <param name="slope">Factor of negative values; 1 for none.</param>
/// <param name="mode">Whether the output is replaced or added to.</param>
internal sealed unsafe class WinogradCorrelation(
    float* input, int inputs, float* filters, float* bias, float* output, int outputs, WinogradGrid grid, double slope, WriteMode mode)
{
    private const int GroupTiles = 4;  // 32 outputs: the products of a block fill an eighth of a second-level cache
    private const int WantedItems = 8; // enough for a few threads to share evenly
    private const int ChannelsPerItem = 16;
    private const int Line = 16;       // floats of a cache line; keeps the 36 products of a tile in different sets

    private readonly int _blocks = grid.Blocks(WinogradProduct.Vectors);
    private readonly int _tiles = WinogradProduct.Vectors * grid.Width;

    private int InputChannels => inputs;

    private int InputStep => (inputs * _tiles) + Line;

    private int InputLength => WinogradTransform.Products * InputStep;

    private int Groups => (outputs + (GroupTiles * WinogradWeights.Tile) - 1) / (GroupTiles * WinogradWeights.Tile);

    /// <summary>Computes all outputs.</summary>
    public void Run(CpuDevice cpu)
    {
        if (_blocks >= WantedItems)
        {
            cpu.For(_blocks, block => LaneKernels.Run(new BlockItem(this, cpu, block)));
            return;
        }

        // Few blocks of many channels: threads share the channels, first those of the input, then those of the output.
        using var scope = new TensorScope(cpu, MemoryOwner.Workspace);
        float* all = scope.New(DType.Float32, [_blocks, InputLength]).Pointer<float>();
        int channelItems = (inputs + ChannelsPerItem - 1) / ChannelsPerItem;
        cpu.For(_blocks * channelItems, item =>
        {
            (int block, int part) = Math.DivRem(item, channelItems);
            int first = part * ChannelsPerItem, end = Math.Min(inputs, first + ChannelsPerItem);
            LaneKernels.Run(new InputItem(this, block, first, end, all + ((nint)block * InputLength)));
        });
        cpu.For(_blocks * Groups, item =>
        {
            (int group, int block) = Math.DivRem(item, _blocks);
            LaneKernels.Run(new OutputItem(this, cpu, block, group, all + ((nint)block * InputLength)));
        });
    }

    private void TransformInput<TLanes>(int block, int firstChannel, int endChannel, float* transformed)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        float* scratch = stackalloc float[WinogradPasses.Scratch + WinogradWindows.Scratch];
        var windows = new WinogradWindows(input, inputs, grid, margin: 1, scratch + WinogradPasses.Scratch);
        for (int vector = 0; vector < WinogradProduct.Vectors; vector++)
        {
            windows.Select(grid, ((block * WinogradProduct.Vectors) + vector) * WinogradGrid.RunsPerVector);
            for (int channel = firstChannel; channel < endChannel; channel++)
            {
                WinogradPasses.Input<TLanes>(ref windows, channel, scratch, transformed + ((nint)channel * _tiles) + (vector * TLanes.Width), InputStep);
            }
        }
    }

    private void MultiplyAndWrite<TLanes>(int block, int group, float* transformed, float* products)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        int tileFilters = WinogradTransform.Products * WinogradWeights.ProductStride(inputs), tileProducts = WinogradWeights.Tile * _tiles;
        int step = (GroupTiles * tileProducts) + Line, firstOutput = group * GroupTiles * WinogradWeights.Tile;
        int count = Math.Min(GroupTiles * WinogradWeights.Tile, outputs - firstOutput), outputTiles = (count + WinogradWeights.Tile - 1) / WinogradWeights.Tile;
        for (int product = 0; product < WinogradTransform.Products; product++)
        {
            float* u = filters + ((nint)group * GroupTiles * tileFilters) + (product * WinogradWeights.ProductStride(inputs));
            for (int tile = 0; tile < outputTiles; tile++)
            {
                WinogradProduct.Run<TLanes>(u + ((nint)tile * tileFilters), transformed + ((nint)product * InputStep), inputs, products + ((nint)product * step) + (tile * tileProducts));
            }
        }

        float* scratch = stackalloc float[WinogradPasses.Scratch];
        var targets = new WinogradTargets(output, outputs, grid, bias, slope, mode);
        for (int vector = 0; vector < WinogradProduct.Vectors; vector++)
        {
            targets.Select(grid, ((block * WinogradProduct.Vectors) + vector) * WinogradGrid.RunsPerVector);
            for (int o = 0; o < count; o++)
            {
                WinogradPasses.Output<TLanes>(products + (o * _tiles) + (vector * TLanes.Width), step, scratch, ref targets, firstOutput + o);
            }
        }
    }

    private Tensor NewProducts(TensorScope scope) =>
        scope.New(DType.Float32, [WinogradTransform.Products, (GroupTiles * WinogradWeights.Tile * _tiles) + Line]);

    /// <summary>One block of tiles from input to output.</summary>
    private readonly struct BlockItem(WinogradCorrelation work, CpuDevice cpu, int block) : ILaneKernel
    {
        public void Run<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes>
        {
            using var scope = new TensorScope(cpu, MemoryOwner.Workspace);
            float* transformed = scope.New(DType.Float32, [work.InputLength]).Pointer<float>(), products = work.NewProducts(scope).Pointer<float>();
            work.TransformInput<TLanes>(block, 0, work.InputChannels, transformed);
            for (int group = 0; group < work.Groups; group++)
            {
                work.MultiplyAndWrite<TLanes>(block, group, transformed, products);
            }
        }
    }

    /// <summary>Some input channels of one block.</summary>
    private readonly struct InputItem(WinogradCorrelation work, int block, int firstChannel, int endChannel, float* transformed) : ILaneKernel
    {
        public void Run<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes> => work.TransformInput<TLanes>(block, firstChannel, endChannel, transformed);
    }

    /// <summary>One group of output channels of one block.</summary>
    private readonly struct OutputItem(WinogradCorrelation work, CpuDevice cpu, int block, int group, float* transformed) : ILaneKernel
    {
        public void Run<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes>
        {
            using var scope = new TensorScope(cpu, MemoryOwner.Workspace);
            work.MultiplyAndWrite<TLanes>(block, group, transformed, work.NewProducts(scope).Pointer<float>());
        }
    }
}
