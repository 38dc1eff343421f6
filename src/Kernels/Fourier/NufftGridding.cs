using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>
/// The float32 path of <see cref="NufftPlan"/>: roll-off correction, zero-padded transform and interpolation; the adjoint
/// is spreading, transform with cropping, and the same correction.
/// </summary>
internal sealed unsafe class NufftGridding : INufftPath
{
    private const int PointGrain = 512;         // some 20 microseconds of interpolation

    private readonly CpuDevice _device;
    private readonly NufftAxis _x, _y;
    private readonly PointOrder _order;
    private readonly TensorScope _tables;
    private readonly NufftTaps _taps;
    private readonly LinePass _padColumns, _padRows, _cropRows, _cropColumns;

    public NufftGridding(CpuDevice device, double[] points, NufftAxis x, NufftAxis y)
    {
        (_device, _x, _y) = (device, x, y);
        _tables = new TensorScope(device, MemoryOwner.Plans);
        _taps = NufftTaps.Tabulate(_tables, points, _x, _y, out _order);
        float scale = (float)(1 / Math.Sqrt((double)y.Size * x.Size));
        _padColumns = new LinePass { Plan = _y.Plan, Inverse = false, InputPosition = _y.GridPosition, OutputPosition = _y.Plan.Natural, InputFactor = _y.RollOff };
        _padRows = new LinePass { Plan = _x.Plan, Inverse = false, InputPosition = _x.GridPosition, OutputPosition = _x.Plan.Natural, InputFactor = _x.RollOff, Scale = scale };
        _cropRows = new LinePass { Plan = _x.Plan, Inverse = true, InputPosition = _x.Plan.Order, OutputPosition = _x.GridIndex, OutputFactor = _x.RollOff, Scale = scale };
        _cropColumns = new LinePass { Plan = _y.Plan, Inverse = true, InputPosition = _y.Plan.Order, OutputPosition = _y.GridIndex, OutputFactor = _y.RollOff };
    }

    public void Forward(Tensor x, Tensor y, int batch, WriteMode mode)
    {
        var images = (float*)x.Pointer<Complex64>();
        var samples = (float*)y.Pointer<Complex64>();
        int rows = _y.Size, columns = _x.Size, count = _order.Original.Length;
        nint pitch = _taps.Pitch;
        using ScratchSlots lines = LineSlots(), grids = GridSlots(batch);
        _device.For(batch, image =>
        {
            float* grid = grids.Rent();
            _padColumns.Columns(_device, lines, images + (2L * image * rows * columns), 2 * columns, grid, pitch, columns);
            _padRows.Rows(_device, lines, grid, pitch, grid, pitch, _y.Grid);
            _device.For(_y.Grid, 64, (first, last) => CopyHalo(grid, first, last));
            float* target = samples + (2L * image * count);
            _device.For(count, PointGrain, (first, last) => LaneKernels.Run(new Interpolation
            {
                Taps = _taps,
                Grid = grid,
                Samples = target,
                Original = _order.Original,
                First = (int)first,
                Last = (int)last,
                Add = mode == WriteMode.Add,
            }));
            grids.Return(grid);
        });
    }

    public void Adjoint(Tensor y, Tensor x, int batch, WriteMode mode)
    {
        var images = (float*)x.Pointer<Complex64>();
        var samples = (float*)y.Pointer<Complex64>();
        int rows = _y.Size, columns = _x.Size, count = _order.Original.Length;
        nint pitch = _taps.Pitch;
        using ScratchSlots lines = LineSlots(), grids = GridSlots(batch);
        _device.For(batch, image =>
        {
            float* grid = grids.Rent(), source = samples + (2L * image * count);
            _device.For(_y.Grid, 64, (first, last) => new Span<float>(grid + (first * pitch), (int)((last - first) * pitch)).Clear());
            _order.ForEachBand(_device, (first, last) => LaneKernels.Run(new Spreading
            {
                Taps = _taps,
                Grid = grid,
                Samples = source,
                Original = _order.Original,
                First = first,
                Last = last,
            }));
            _device.For(_y.Grid, 64, (first, last) => FoldHalo(grid, first, last));
            _cropRows.Rows(_device, lines, grid, pitch, grid, pitch, _y.Grid);
            _cropColumns.Columns(_device, lines, grid, pitch, images + (2L * image * rows * columns), 2 * columns, columns, mode == WriteMode.Add);
            grids.Return(grid);
        });
    }

    public void Dispose() => _tables.Dispose();

    private ScratchSlots LineSlots() => new(_device, Math.Max(_padColumns.ScratchFloats, _padRows.ScratchFloats), _device.Threads);

    private ScratchSlots GridSlots(int batch) => new(_device, (_y.Grid * _taps.Pitch) + LaneKernels.Width, batch);

    // Columns beyond G repeat the first ones, so that a row of taps never wraps.
    private void CopyHalo(float* grid, long first, long last)
    {
        int period = 2 * _x.Grid;
        for (long row = first; row < last; row++)
        {
            float* cells = grid + (row * _taps.Pitch);
            for (nint i = period; i < _taps.Pitch; i++)
            {
                cells[i] = cells[i - period];
            }
        }
    }

    private void FoldHalo(float* grid, long first, long last)
    {
        int period = 2 * _x.Grid;
        for (long row = first; row < last; row++)
        {
            float* cells = grid + (row * _taps.Pitch);
            for (nint i = _taps.Pitch - 1; i >= period; i--)
            {
                cells[i - period] += cells[i];
            }
        }
    }

    private struct Interpolation : ILaneKernel
    {
        public required NufftTaps Taps;
        public required float* Grid, Samples;
        public required int[] Original;
        public required int First, Last;
        public required bool Add;

        public readonly void Run<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes>
        {
            int width = Taps.Width, reach = 2 * width;
            for (int point = First; point < Last; point++)
            {
                float* along = Taps.Along(point), across = Taps.Across(point);
                float* start = Grid + Taps.FirstColumn(point);
                nint* rowStart = Taps.RowStart(point);
                TLanes total = TLanes.Zero;
                for (int lane = 0; lane < reach; lane += TLanes.Width)
                {
                    TLanes sum = TLanes.Broadcast(across[0]) * TLanes.Load(start + rowStart[0] + lane);
                    for (int row = 1; row < width; row++)
                    {
                        sum = TLanes.MultiplyAdd(TLanes.Broadcast(across[row]), TLanes.Load(start + rowStart[row] + lane), sum);
                    }

                    TLanes taps = TLanes.Load(along + (lane / 2));
                    total = TLanes.MultiplyAdd(sum, TLanes.Interleave(taps, taps).First, total);
                }

                (TLanes re, TLanes im) = TLanes.Deinterleave(total, TLanes.Zero);
                float* target = Samples + (2L * Original[point]);
                (float a, float b) = (TLanes.Sum(re), TLanes.Sum(im));
                (target[0], target[1]) = Add ? (target[0] + a, target[1] + b) : (a, b);
            }
        }
    }

    private struct Spreading : ILaneKernel
    {
        public required NufftTaps Taps;
        public required float* Grid, Samples;
        public required int[] Original;
        public required int First, Last;

        public readonly void Run<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes>
        {
            int width = Taps.Width, reach = 2 * width;
            for (int point = First; point < Last; point++)
            {
                float* along = Taps.Along(point), across = Taps.Across(point);
                float* start = Grid + Taps.FirstColumn(point), source = Samples + (2L * Original[point]);
                nint* rowStart = Taps.RowStart(point);
                TLanes value = TLanes.Interleave(TLanes.Broadcast(source[0]), TLanes.Broadcast(source[1])).First;
                for (int lane = 0; lane < reach; lane += TLanes.Width)
                {
                    TLanes taps = TLanes.Load(along + (lane / 2));
                    TLanes term = value * TLanes.Interleave(taps, taps).First;
                    for (int row = 0; row < width; row++)
                    {
                        float* cells = start + rowStart[row] + lane;
                        TLanes.MultiplyAdd(TLanes.Broadcast(across[row]), term, TLanes.Load(cells)).Store(cells);
                    }
                }
            }
        }
    }
}
