using System.Runtime.CompilerServices;
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
        NufftGrid shape = _taps.Grid;
        using ScratchSlots lines = LineSlots(), grids = GridSlots(batch);
        _device.For(batch, image =>
        {
            float* grid = grids.Rent();
            _padColumns.Columns(_device, lines, images + (2L * image * rows * columns), 2 * columns, grid, shape.Pitch, columns);
            _padRows.Rows(_device, lines, grid, shape.Pitch, grid, shape.Pitch, _y.Grid);
            shape.CopyHalo(_device, grid);
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
        NufftGrid shape = _taps.Grid;
        using ScratchSlots lines = LineSlots(), grids = GridSlots(batch);
        _device.For(batch, image =>
        {
            float* grid = grids.Rent(), source = samples + (2L * image * count);
            shape.Clear(_device, grid);
            _order.ForEachBand(_device, (first, last) => LaneKernels.Run(new Spreading
            {
                Taps = _taps,
                Grid = grid,
                Samples = source,
                Original = _order.Original,
                First = first,
                Last = last,
            }));
            shape.FoldHalo(_device, grid);
            _cropRows.Rows(_device, lines, grid, shape.Pitch, grid, shape.Pitch, _y.Grid);
            _cropColumns.Columns(_device, lines, grid, shape.Pitch, images + (2L * image * rows * columns), 2 * columns, columns, mode == WriteMode.Add);
            grids.Return(grid);
        });
    }

    public void Dispose() => _tables.Dispose();

    private ScratchSlots LineSlots() => new(_device, Math.Max(_padColumns.ScratchFloats, _padRows.ScratchFloats), _device.Threads);

    private ScratchSlots GridSlots(int batch) => new(_device, _taps.Grid.Floats, batch);

    private struct Interpolation : ILaneKernel
    {
        public required NufftTaps Taps;
        public required float* Grid, Samples;
        public required int[] Original;
        public required int First, Last;
        public required bool Add;

        // As many points at a time as there are lanes: their sums over lanes are taken together.
        public readonly void Run<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes* windows = stackalloc TLanes[TLanes.Width];
            float* values = stackalloc float[2 * TLanes.Width];
            for (int first = First; first < Last; first += TLanes.Width)
            {
                int count = Math.Min(TLanes.Width, Last - first);
                for (int i = 0; i < TLanes.Width; i++)
                {
                    windows[i] = i < count ? Window<TLanes>(first + i) : TLanes.Zero;
                }

                (TLanes a, TLanes b) = PairSums(windows);
                a.Store(values);
                b.Store(values + TLanes.Width);
                for (int i = 0; i < count; i++)
                {
                    float* target = Samples + (2L * Original[first + i]);
                    (float re, float im) = (values[2 * i], values[(2 * i) + 1]);
                    (target[0], target[1]) = Add ? (target[0] + re, target[1] + im) : (re, im);
                }
            }
        }

        /// <summary>Complex numbers whose sum is the value at a point.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly TLanes Window<TLanes>(int point)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            float* along = Taps.Along(point), across = Taps.Across(point), start = Grid + Taps.Start(point);
            nint pitch = Taps.Grid.Pitch;
            TLanes total = TLanes.Zero;
            for (int lane = 0; lane < 2 * Taps.Width; lane += TLanes.Width)
            {
                float* cells = start + lane;
                TLanes even = TLanes.Broadcast(across[0]) * TLanes.Load(cells), odd = TLanes.Broadcast(across[1]) * TLanes.Load(cells + pitch);
                for (int row = 2; row < Taps.Width; row += 2)
                {
                    cells += 2 * pitch;
                    even = TLanes.MultiplyAdd(TLanes.Broadcast(across[row]), TLanes.Load(cells), even);
                    odd = TLanes.MultiplyAdd(TLanes.Broadcast(across[row + 1]), TLanes.Load(cells + pitch), odd);
                }

                TLanes taps = TLanes.Load(along + (lane / 2));
                total = TLanes.MultiplyAdd(even + odd, TLanes.Interleave(taps, taps).First, total);
            }

            return total;
        }

        /// <summary>The sums of V vectors of complex numbers, as complex numbers in their order; the vectors are used up.</summary>
        private static (TLanes First, TLanes Second) PairSums<TLanes>(TLanes* vectors)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            int half = TLanes.Width / 2;
            TLanes* re = vectors, im = stackalloc TLanes[half];
            for (int i = 0; i < half; i++)
            {
                (re[i], im[i]) = TLanes.Deinterleave(vectors[2 * i], vectors[(2 * i) + 1]);
            }

            for (int count = half / 2; count > 0; count /= 2)
            {
                for (int i = 0; i < count; i++)
                {
                    (TLanes a, TLanes b) = TLanes.Deinterleave(re[2 * i], re[(2 * i) + 1]);
                    (TLanes c, TLanes d) = TLanes.Deinterleave(im[2 * i], im[(2 * i) + 1]);
                    (re[i], im[i]) = (a + b, c + d);
                }
            }

            return TLanes.Interleave(re[0], im[0]);
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
            nint pitch = Taps.Grid.Pitch;
            for (int point = First; point < Last; point++)
            {
                float* along = Taps.Along(point), across = Taps.Across(point);
                float* start = Grid + Taps.Start(point), source = Samples + (2L * Original[point]);
                TLanes value = TLanes.Interleave(TLanes.Broadcast(source[0]), TLanes.Broadcast(source[1])).First;
                for (int lane = 0; lane < reach; lane += TLanes.Width)
                {
                    TLanes taps = TLanes.Load(along + (lane / 2));
                    TLanes term = value * TLanes.Interleave(taps, taps).First;
                    float* cells = start + lane;
                    for (int row = 0; row < width; row += 2)
                    {
                        TLanes.MultiplyAdd(TLanes.Broadcast(across[row]), term, TLanes.Load(cells)).Store(cells);
                        TLanes.MultiplyAdd(TLanes.Broadcast(across[row + 1]), term, TLanes.Load(cells + pitch)).Store(cells + pitch);
                        cells += 2 * pitch;
                    }
                }
            }
        }
    }
}
