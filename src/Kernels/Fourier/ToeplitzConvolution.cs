using System.Runtime.CompilerServices;
using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>
/// The float32 path of <see cref="ToeplitzNormal"/>. The columns of S x, one per lane, are zero-padded and transformed in the
/// memory where they stay (in digit-reversed order, which the reordered spectrum shares), at lengths that transform fast
/// (<see cref="SmoothSpectrum"/>); then blocks of frequencies,
/// one per lane, are transformed along the rows, multiplied, transformed back and cropped; then the columns back.
/// </summary>
internal sealed unsafe class ToeplitzConvolution : IToeplitzPath
{
    private readonly CpuDevice _device;
    private readonly TensorScope _tables;
    private readonly FftPlan _alongRows, _alongColumns;
    private readonly float* _spectrum; // [frequency block][position along the row][lane]
    private readonly int _rows, _columns, _gridRows, _gridColumns, _chunk, _columnBlocks, _frequencyBlocks;
    private readonly nint _blockFloats;

    public ToeplitzConvolution(Tensor spectrum, int rows, int columns, int chunk)
    {
        int width = LaneKernels.Width;
        _device = (CpuDevice)spectrum.Device;
        (_rows, _columns, _chunk) = (rows, columns, chunk);
        (_gridRows, _gridColumns) = (SmoothSpectrum.Length(rows), SmoothSpectrum.Length(columns));
        (_alongRows, _alongColumns) = (FftPlan.Create(_gridColumns), FftPlan.Create(_gridRows));
        _columnBlocks = (columns + width - 1) / width;
        _frequencyBlocks = (_gridRows + width - 1) / width;

        // One spare row of lanes keeps blocks from starting at equal cache sets.
        _blockFloats = (Math.Max(_alongColumns.ScratchLength, _frequencyBlocks * width) + 1) * 2 * width;
        _tables = new TensorScope(_device, MemoryOwner.Plans);
        _spectrum = _tables.Zeros(DType.Float32, [_frequencyBlocks, _gridColumns, width]).Pointer<float>();
        using var work = new TensorScope(_device, MemoryOwner.Workspace);
        float* values = SmoothSpectrum.Of(spectrum, rows, columns, work).Pointer<float>();
        float scale = 1f / ((float)_gridRows * _gridColumns);
        for (int row = 0; row < _gridRows; row++)
        {
            int position = _alongColumns.Order[row];
            for (int column = 0; column < _gridColumns; column++)
            {
                long at = ((((long)position / width * _gridColumns) + _alongRows.Order[column]) * width) + (position % width);
                _spectrum[at] = values[((long)row * _gridColumns) + column] * scale;
            }
        }
    }

    public void Apply(Tensor x, Tensor modulations, Tensor y, int images, int sets, int count, WriteMode mode)
    {
        int chunks = (count + _chunk - 1) / _chunk, items = images * chunks;
        long image = 2L * _rows * _columns;
        var source = (float*)x.Pointer<Complex64>();
        var maps = (float*)modulations.Pointer<Complex64>();
        var target = (float*)y.Pointer<Complex64>();
        using var scope = new TensorScope(_device, MemoryOwner.Workspace);
        bool direct = chunks == 1;
        float* partials = direct ? target : scope.New(DType.Complex64, [items, _rows, _columns]).AsReal().Pointer<float>();
        using var work = new ScratchSlots(_device, _columnBlocks * _blockFloats, items);
        using var lines = new ScratchSlots(_device, (_alongRows.ScratchLength * 2L * LaneKernels.Width) + (3 * LaneKernels.Width * LaneKernels.Width), _device.Threads);
        _device.For(items, item =>
        {
            int first = item % chunks * _chunk, last = Math.Min(count, first + _chunk);
            float* buffer = work.Rent();
            for (int c = first; c < last; c++)
            {
                var task = new Task
                {
                    Owner = this,
                    Image = source + (item / chunks * image),
                    Map = maps + (((item / chunks % sets * count) + c) * image),
                    Work = buffer,
                    Sum = partials + (item * image),
                    Add = c > first || (direct && mode == WriteMode.Add),
                };
                _device.For(_columnBlocks, block => LaneKernels.Run(task with { Stage = Stage.In, Block = block }));
                _device.For(_frequencyBlocks, block =>
                {
                    float* line = lines.Rent();
                    LaneKernels.Run(task with { Stage = Stage.Multiply, Block = block, Line = line });
                    lines.Return(line);
                });
                _device.For(_columnBlocks, block => LaneKernels.Run(task with { Stage = Stage.Out, Block = block }));
            }

            work.Return(buffer);
        });
        if (!direct)
        {
            _device.For(images * image, 16 * 1024, (from, to) => AddUp(partials, target, chunks, image, from, to, mode));
        }
    }

    public void Dispose() => _tables.Dispose();

    // The partial images of each image, in the order of the chunks.
    private static void AddUp(float* partials, float* target, int chunks, long image, long from, long to, WriteMode mode)
    {
        while (from < to)
        {
            long index = from / image, inside = from % image;
            int length = (int)Math.Min(to - from, image - inside);
            var sum = new Span<float>(target + from, length);
            for (int chunk = 0; chunk < chunks; chunk++)
            {
                var part = new ReadOnlySpan<float>(partials + (((index * chunks) + chunk) * image) + inside, length);
                if (chunk == 0 && mode == WriteMode.Overwrite)
                {
                    part.CopyTo(sum);
                }
                else
                {
                    LaneKernels.Run(new Accumulate { Source = partials + (((index * chunks) + chunk) * image) + inside, Target = target + from, Count = length });
                }
            }

            from += length;
        }
    }

    private enum Stage
    {
        In,
        Multiply,
        Out,
    }

    private struct Accumulate : ILaneKernel
    {
        public required float* Source, Target;
        public required int Count;

        public readonly void Run<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes>
        {
            int i = 0;
            for (; i <= Count - TLanes.Width; i += TLanes.Width)
            {
                (TLanes.Load(Target + i) + TLanes.Load(Source + i)).Store(Target + i);
            }

            for (; i < Count; i++)
            {
                Target[i] += Source[i];
            }
        }
    }

    private struct Task : ILaneKernel
    {
        public required ToeplitzConvolution Owner;
        public required float* Image, Map, Work, Sum;
        public required bool Add;
        public float* Line;
        public Stage Stage;
        public int Block;

        public readonly void Run<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes>
        {
            switch (Stage)
            {
                case Stage.In:
                    In<TLanes>();
                    break;
                case Stage.Multiply:
                    Multiply<TLanes>();
                    break;
                default:
                    Out<TLanes>();
                    break;
            }
        }

        // pad(S x), transformed along the columns of this block.
        private readonly void In<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes>
        {
            nint stride = LaneFft<TLanes>.Stride, pitch = 2 * Owner._columns, start = 2 * Block * TLanes.Width;
            int count = Math.Min(TLanes.Width, Owner._columns - (Block * TLanes.Width)), rows = Owner._rows;
            float* re = Work + (Block * Owner._blockFloats), im = re + TLanes.Width;
            for (nint row = 0; row < rows; row++)
            {
                (TLanes a, TLanes b) = LaneTiles<TLanes>.Load(Image + (row * pitch) + start, count);
                (TLanes c, TLanes d) = LaneTiles<TLanes>.Load(Map + (row * pitch) + start, count);
                ((a * c) - (b * d)).Store(re + (row * stride));
                TLanes.MultiplyAdd(a, d, b * c).Store(im + (row * stride));
            }

            new Span<float>(re + (rows * stride), (int)((Owner._gridRows - rows) * stride)).Clear();
            LaneFft<TLanes>.ToOrder(Owner._alongColumns, re, im);
        }

        private readonly void Multiply<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes>
        {
            FftPlan plan = Owner._alongRows;
            nint stride = LaneFft<TLanes>.Stride;
            int width = TLanes.Width, columns = Owner._columns, gridColumns = Owner._gridColumns;
            float* re = Line, im = Line + width, tile = Line + LaneFft<TLanes>.ScratchFloats(plan);
            float* corner = Work + (Block * width * stride);
            for (int block = 0; block < Owner._columnBlocks; block++)
            {
                int count = Math.Min(width, columns - (block * width));
                TransposeInto<TLanes>(corner + (block * Owner._blockFloats), Line + (block * width * stride), width, count, tile);
            }

            new Span<float>(Line + (columns * stride), (int)((gridColumns - columns) * stride)).Clear();
            LaneFft<TLanes>.ToOrder(plan, re, im);
            float* spectrum = Owner._spectrum + ((nint)Block * gridColumns * width);
            for (nint i = 0; i < gridColumns; i++)
            {
                TLanes value = TLanes.Load(spectrum + (i * width));
                (TLanes.Load(re + (i * stride)) * value).Store(re + (i * stride));
                (TLanes.Load(im + (i * stride)) * value).Store(im + (i * stride));
            }

            LaneFft<TLanes>.FromOrder(plan, im, re);
            for (int block = 0; block < Owner._columnBlocks; block++)
            {
                TransposeInto<TLanes>(Line + (block * width * stride), corner + (block * Owner._blockFloats), width, width, tile);
            }
        }

        // Back along the columns of this block; the cropped rows, times conj S, are stored or added.
        private readonly void Out<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes>
        {
            nint stride = LaneFft<TLanes>.Stride, pitch = 2 * Owner._columns, start = 2 * Block * TLanes.Width;
            int count = Math.Min(TLanes.Width, Owner._columns - (Block * TLanes.Width)), rows = Owner._rows;
            float* re = Work + (Block * Owner._blockFloats), im = re + TLanes.Width;
            LaneFft<TLanes>.FromOrder(Owner._alongColumns, im, re);
            for (nint row = 0; row < rows; row++)
            {
                TLanes a = TLanes.Load(re + (row * stride)), b = TLanes.Load(im + (row * stride));
                (TLanes c, TLanes d) = LaneTiles<TLanes>.Load(Map + (row * pitch) + start, count);
                LaneTiles<TLanes>.Store(Sum + (row * pitch) + start, count, TLanes.MultiplyAdd(a, c, b * d), (b * c) - (a * d), Add);
            }
        }

        // A V x V tile of (re, im) lanes, rows and columns exchanged; the first `count` rows of the result are stored.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void TransposeInto<TLanes>(float* source, float* target, int width, int count, float* tile)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            float* tileIm = tile + (width * width), spare = tileIm + (width * width);
            for (int i = 0; i < width; i++)
            {
                TLanes.Load(source + (2 * i * width)).Store(tile + (i * width));
                TLanes.Load(source + (((2 * i) + 1) * width)).Store(tileIm + (i * width));
            }

            LaneTiles<TLanes>.Transpose(tile, spare);
            LaneTiles<TLanes>.Transpose(tileIm, spare);
            for (int i = 0; i < count; i++)
            {
                TLanes.Load(tile + (i * width)).Store(target + (2 * i * width));
                TLanes.Load(tileIm + (i * width)).Store(target + (((2 * i) + 1) * width));
            }
        }
    }
}
