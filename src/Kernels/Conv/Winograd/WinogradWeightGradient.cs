using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>
/// The gradient of 3 x 3 filters by Winograd's minimal filtering: the adjoint, in the filter, of <see cref="WinogradCorrelation"/>,
/// w̄ = Gᵀ (Σ_tiles (A ȳ Aᵀ) ⊙ (Bᵀ x B)) G.
/// </summary>
/// <param name="x">[batch, inputs, row, column].</param>
/// <param name="inputs">Input channels.</param>
/// <param name="yBar">[batch, outputs, row, column].</param>
/// <param name="outputs">Output channels.</param>
/// <param name="grid">How the images are cut.</param>
internal sealed unsafe class WinogradWeightGradient(float* x, int inputs, float* yBar, int outputs, WinogradGrid grid)
{
    private const int Vectors = 4;       // of tiles in a block; each costs both transforms once, the sums' end is spread over it
    private const int WantedBlocks = 8;
    private const int MostGroups = 16;   // parallel work for layers of many pixels
    private const int ChannelsPerItem = 16;
    private const int Line = 16;         // floats of a cache line; keeps the 36 products of a tile in different sets
    private const long MostBytes = 12L << 20; // of sums: what the last cache of a processor with few cores holds

    private readonly int _blocks = grid.Blocks(Vectors), _tiles = Vectors * grid.Width;
    private readonly int _inputs = RoundUp(inputs);
    private int _outputs = RoundUp(outputs); // of one pass

    private int InputStep => (_inputs * _tiles) + Line;

    private int OutputStep => (_outputs * _tiles) + Line;

    // Whole vectors are read, at the end too.
    private int SumsLength => (WinogradTransform.Products * _outputs * _inputs) + Line;

    /// <summary>Computes all filters.</summary>
    /// <param name="cpu">Device.</param>
    /// <param name="weightBar">[outputs, inputs, 3, 3].</param>
    /// <param name="mode">Whether weightBar is replaced or added to.</param>
    public void Run(CpuDevice cpu, float* weightBar, WriteMode mode)
    {
        long room = Math.Min(cpu.WorkspaceBytes, MostBytes) / sizeof(float);
        int groups = _blocks < WantedBlocks ? 1 : (int)Math.Clamp(room / SumsLength, 1, Math.Min(MostGroups, _blocks));
        if (groups == 1)
        {
            ShareChannels(cpu, room, weightBar, mode);
        }
        else
        {
            ShareBlocks(cpu, groups, weightBar, mode);
        }
    }

    private static int RoundUp(int channels) => (channels + WinogradDot.Tile - 1) / WinogradDot.Tile * WinogradDot.Tile;

    // Many blocks: groups of them have sums of their own.
    private void ShareBlocks(CpuDevice cpu, int groups, float* weightBar, WriteMode mode)
    {
        using var scope = new TensorScope(cpu, MemoryOwner.Workspace);
        float* sums = scope.Zeros(DType.Float32, [groups, SumsLength]).Pointer<float>();
        using (var slots = new ScratchSlots(cpu, WinogradTransform.Products * (InputStep + OutputStep), groups))
        {
            cpu.For(groups, group => LaneKernels.Run(new GroupItem(this, slots, group, groups, sums + ((nint)group * SumsLength))));
        }

        Write(cpu, sums, groups, 0, outputs, weightBar, mode);
    }

    // Few blocks of many channels: threads share the channels of each block, for the transforms and for the sums. As many outputs
    // go through in one pass as the workspace has room for; each pass transforms the input again, which is little beside the sums of its outputs.
    private void ShareChannels(CpuDevice cpu, long room, float* weightBar, WriteMode mode)
    {
        int items = (_outputs + ChannelsPerItem - 1) / ChannelsPerItem, itemsInRoom = (int)Math.Clamp(room / (WinogradTransform.Products * _inputs * ChannelsPerItem), 1, items);
        int passes = (items + itemsInRoom - 1) / itemsInRoom, itemsPerPass = (items + passes - 1) / passes;
        _outputs = Math.Min(_outputs, itemsPerPass * ChannelsPerItem);
        using var scope = new TensorScope(cpu, MemoryOwner.Workspace);
        Tensor sums = scope.New(DType.Float32, [SumsLength]);
        float* v = scope.New(DType.Float32, [WinogradTransform.Products, InputStep]).Pointer<float>(), m = scope.New(DType.Float32, [WinogradTransform.Products, OutputStep]).Pointer<float>();
        for (int first = 0; first < outputs; first += _outputs)
        {
            sums.Clear();
            AddBlocks(cpu, first, v, m, sums.Pointer<float>());
            Write(cpu, sums.Pointer<float>(), 1, first, Math.Min(outputs, first + _outputs), weightBar, mode);
        }
    }

    private void AddBlocks(CpuDevice cpu, int firstOutput, float* v, float* m, float* sums)
    {
        int count = Math.Min(_outputs, RoundUp(outputs - firstOutput)); // the last pass may have fewer
        int inputItems = (_inputs + ChannelsPerItem - 1) / ChannelsPerItem, outputItems = (count + ChannelsPerItem - 1) / ChannelsPerItem;
        for (int block = 0; block < _blocks; block++)
        {
            int current = block;
            cpu.For(inputItems + outputItems, item => LaneKernels.Run(new TransformItem(this, current, item, inputItems, firstOutput, v, m)));
            cpu.For(WinogradTransform.Products * outputItems, item =>
            {
                (int product, int part) = Math.DivRem(item, outputItems);
                LaneKernels.Run(new DotItem(this, product, part * ChannelsPerItem, Math.Min(count, (part + 1) * ChannelsPerItem), v, m, sums));
            });
        }
    }

    private void Write(CpuDevice cpu, float* sums, int groups, int firstOutput, int endOutput, float* weightBar, WriteMode mode) =>
        cpu.For(endOutput - firstOutput, Math.Max(1, 512 / inputs), (first, end) =>
            LaneKernels.Run(new FilterItem(this, sums, groups, firstOutput, (int)first, (int)end, weightBar, mode)));

    private void TransformInput<TLanes>(int block, int firstChannel, int endChannel, float* v)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        float* scratch = stackalloc float[WinogradPasses.Scratch + WinogradWindows.Scratch];
        var windows = new WinogradWindows(x, inputs, grid, margin: 1, scratch + WinogradPasses.Scratch);
        for (int vector = 0; vector < Vectors; vector++)
        {
            windows.Select(grid, ((block * Vectors) + vector) * WinogradGrid.RunsPerVector);
            for (int channel = firstChannel; channel < endChannel; channel++)
            {
                float* target = v + ((nint)channel * _tiles) + (vector * TLanes.Width);
                if (channel < inputs)
                {
                    WinogradPasses.Input<TLanes>(ref windows, channel, scratch, target, InputStep);
                }
                else
                {
                    Clear<TLanes>(target, InputStep);
                }
            }
        }
    }

    // Channels count from the first output of the pass.
    private void TransformOutput<TLanes>(int block, int firstOutput, int firstChannel, int endChannel, float* m)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        float* scratch = stackalloc float[WinogradPasses.Scratch + WinogradWindows.Scratch];
        var windows = new WinogradWindows(yBar, outputs, grid, margin: 0, scratch + WinogradPasses.Scratch);
        for (int vector = 0; vector < Vectors; vector++)
        {
            windows.Select(grid, ((block * Vectors) + vector) * WinogradGrid.RunsPerVector);
            for (int channel = firstChannel; channel < endChannel; channel++)
            {
                float* target = m + ((nint)channel * _tiles) + (vector * TLanes.Width);
                if (firstOutput + channel < outputs)
                {
                    WinogradPasses.OutputAdjoint<TLanes>(ref windows, firstOutput + channel, scratch, target, OutputStep);
                }
                else
                {
                    Clear<TLanes>(target, OutputStep);
                }
            }
        }
    }

    private static void Clear<TLanes>(float* target, nint step)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        for (int product = 0; product < WinogradTransform.Products; product++)
        {
            TLanes.Zero.Store(target + (product * step));
        }
    }

    private void AddProducts<TLanes>(int product, int firstOutput, int endOutput, float* v, float* m, float* sums)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        float* vp = v + ((nint)product * InputStep), mp = m + ((nint)product * OutputStep);
        for (nint o = firstOutput; o < endOutput; o += WinogradDot.Tile)
        {
            float* row = sums + ((((nint)product * _outputs) + o) * _inputs);
            for (nint i = 0; i < _inputs; i += WinogradDot.Tile)
            {
                WinogradDot.Run<TLanes>(mp + (o * _tiles), vp + (i * _tiles), _tiles, row + i, _inputs);
            }
        }
    }

    /// <summary>One group of blocks, with sums of its own.</summary>
    private readonly struct GroupItem(WinogradWeightGradient work, ScratchSlots slots, int group, int groups, float* sums) : ILaneKernel
    {
        public void Run<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes>
        {
            float* v = slots.Rent(), m = v + ((nint)WinogradTransform.Products * work.InputStep);
            int end = (int)((long)work._blocks * (group + 1) / groups);
            for (int block = (int)((long)work._blocks * group / groups); block < end; block++)
            {
                work.TransformInput<TLanes>(block, 0, work._inputs, v);
                work.TransformOutput<TLanes>(block, 0, 0, work._outputs, m);
                for (int product = 0; product < WinogradTransform.Products; product++)
                {
                    work.AddProducts<TLanes>(product, 0, work._outputs, v, m, sums);
                }
            }

            slots.Return(v);
        }
    }

    /// <summary>The transforms of some channels of one block: inputs first, then outputs.</summary>
    private readonly struct TransformItem(WinogradWeightGradient work, int block, int item, int inputItems, int firstOutput, float* v, float* m) : ILaneKernel
    {
        public void Run<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes>
        {
            if (item < inputItems)
            {
                work.TransformInput<TLanes>(block, item * ChannelsPerItem, Math.Min(work._inputs, (item + 1) * ChannelsPerItem), v);
            }
            else
            {
                int first = (item - inputItems) * ChannelsPerItem;
                work.TransformOutput<TLanes>(block, firstOutput, first, Math.Min(work._outputs, first + ChannelsPerItem), m);
            }
        }
    }

    /// <summary>The sums of one product for some output channels over one block.</summary>
    private readonly struct DotItem(WinogradWeightGradient work, int product, int firstOutput, int endOutput, float* v, float* m, float* sums) : ILaneKernel
    {
        public void Run<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes> => work.AddProducts<TLanes>(product, firstOutput, endOutput, v, m, sums);
    }

    /// <summary>Gᵀ (sum of all groups) G for some outputs.</summary>
    private readonly struct FilterItem(WinogradWeightGradient work, float* sums, int groups, int passStart, int firstOutput, int endOutput, float* weightBar, WriteMode mode) : ILaneKernel
    {
        private const int Taps = 9;

        public void Run<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes>
        {
            int inputs = work.InputChannels;
            nint step = (nint)work._outputs * work._inputs;
            float* total = stackalloc float[WinogradTransform.Products * TLanes.Width];
            for (int output = firstOutput; output < endOutput; output++)
            {
                for (int first = 0; first < inputs; first += TLanes.Width)
                {
                    float* source = sums + ((nint)output * work._inputs) + first, target = weightBar + (((((nint)passStart + output) * inputs) + first) * Taps);
                    int count = Math.Min(TLanes.Width, inputs - first);
                    if (groups == 1)
                    {
                        Write<TLanes>(source, step, target, count);
                    }
                    else
                    {
                        AddGroups<TLanes>(source, step, total);
                        Write<TLanes>(total, TLanes.Width, target, count);
                    }
                }
            }
        }

        private void AddGroups<TLanes>(float* source, nint step, float* total)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            for (int product = 0; product < WinogradTransform.Products; product++)
            {
                TLanes sum = TLanes.Load(source + (product * step));
                for (int group = 1; group < groups; group++)
                {
                    sum += TLanes.Load(source + (product * step) + ((nint)group * work.SumsLength));
                }

                sum.Store(total + (product * TLanes.Width));
            }
        }

        private void Write<TLanes>(float* total, nint step, float* target, int count)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            int lane = TLanes.Width, rowStep = WinogradTransform.Inputs * lane;
            float* half = stackalloc float[3 * rowStep];
            float* taps = stackalloc float[Taps * lane];
            for (int column = 0; column < WinogradTransform.Inputs; column++)
            {
                (TLanes g0, TLanes g1, TLanes g2) = WinogradTransform.FilterAdjoint<TLanes>(total + (column * step), WinogradTransform.Inputs * step);
                g0.Store(half + (column * lane));
                g1.Store(half + rowStep + (column * lane));
                g2.Store(half + (2 * rowStep) + (column * lane));
            }

            for (int row = 0; row < 3; row++)
            {
                (TLanes g0, TLanes g1, TLanes g2) = WinogradTransform.FilterAdjoint<TLanes>(half + (row * rowStep), lane);
                g0.Store(taps + (3 * row * lane));
                g1.Store(taps + (((3 * row) + 1) * lane));
                g2.Store(taps + (((3 * row) + 2) * lane));
            }

            for (int i = 0; i < count; i++)
            {
                for (int tap = 0; tap < Taps; tap++)
                {
                    float* to = target + (i * Taps) + tap;
                    *to = mode == WriteMode.Add ? *to + taps[(tap * lane) + i] : taps[(tap * lane) + i];
                }
            }
        }
    }

    private int InputChannels => inputs;
}
