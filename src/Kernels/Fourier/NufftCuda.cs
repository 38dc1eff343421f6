using ManagedCuda.CudaFFT;
using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>
/// The float32 path of <see cref="NufftPlan"/> on a CUDA device. Window values and, for spreading, the points that reach each
/// tile of the grid (<see cref="TileSegments"/>) are tabulated on the host once and uploaded; a transform is then pad, cuFFT,
/// interpolate, or spread, cuFFT, crop, for a bounded number of images at a time.
/// </summary>
internal sealed class NufftCuda : INufftPath
{
    private const int Lanes = 8, Together = 4, Threads = 256; // as in kernels.cu
    private const int TileCells = TileSegments.Tile * TileSegments.Tile;

    private readonly CudaDevice _cuda;
    private readonly NufftAxis _x, _y;
    private readonly TensorScope _tables;
    private readonly Tensor _along, _across, _firstColumn, _firstRow, _original, _rollX, _rollY;
    private readonly Tensor _segmentStart, _segmentTile, _segmentSlot, _segmentPoints, _splitStart, _splitTile;
    private readonly int _points, _segments, _splitTiles, _slots, _tileColumns;
    private readonly double _scale;

    public NufftCuda(CudaDevice cuda, double[] points, NufftAxis x, NufftAxis y)
    {
        (_cuda, _x, _y, _points) = (cuda, x, y, points.Length / 2);
        _scale = 1 / Math.Sqrt((double)x.Size * y.Size);
        int[] column = FirstCells(points, 0, x), row = FirstCells(points, 1, y);
        var order = new PointOrder(row, column, y.Grid, x.Grid, y.Width);
        int[] original = order.Original;
        (column, row) = ([.. original.Select(m => column[m])], [.. original.Select(m => row[m])]);
        var work = new TileSegments(row, column, y.Grid, x.Grid, x.Width);
        (_segments, _splitTiles, _slots, _tileColumns) = (work.TileOf.Length, work.SplitTile.Length, work.Slots, work.TileColumns);
        _tables = new TensorScope(cuda, MemoryOwner.Plans);
        _along = Windows(points, original, 0, x);
        _across = Windows(points, original, 1, y);
        (_firstColumn, _firstRow, _original) = (Table(column), Table(row), Table(original));
        (_segmentStart, _segmentTile, _segmentSlot, _segmentPoints) = (Table(work.Start), Table(work.TileOf), Table(work.SlotOf), Table(work.Points));
        (_splitStart, _splitTile) = (Table(work.SplitStart), Table(work.SplitTile));
        _rollX = _tables.From([x.Size], x.RollOff);
        _rollY = _tables.From([y.Size], y.RollOff);
    }

    public void Forward(Tensor x, Tensor y, int batch, WriteMode mode)
    {
        Tensor images = x.Reshape([batch, _y.Size, _x.Size]), samples = y.Reshape([batch, _points]);
        ForChunks(batch, (grid, start, count) =>
        {
            CudaGrids.Boxes(_cuda.Kernel("nufft_pad", x.DType), count, _y.Grid, _x.Grid).With(images.Slice(start, count)).With(_rollX).With(_rollY).With(grid)
                .With(count).With(_y.Size).With(_x.Size).With(_y.Grid).With(_x.Grid).WithReal(_scale).Launch();
            _cuda.Transforms.Execute(grid, _y.Grid, _x.Grid, TransformDirection.Forward);
            _cuda.Kernel("nufft_interpolate", x.DType).Grid(Ceiling(_points, Threads / Lanes), Ceiling(count, Together)).Block(Threads)
                .With(grid).With(_along).With(_across).With(_firstColumn).With(_firstRow).With(_original).With(samples.Slice(start, count))
                .With(_x.Width).With(_y.Grid).With(_x.Grid).With(_points).With(count).With(mode == WriteMode.Add ? 1 : 0).Launch();
        });
    }

    public void Adjoint(Tensor y, Tensor x, int batch, WriteMode mode)
    {
        Tensor images = x.Reshape([batch, _y.Size, _x.Size]), samples = y.Reshape([batch, _points]);
        ForChunks(batch, (grid, start, count) =>
        {
            Tensor target = images.Slice(start, count);
            Spread(samples.Slice(start, count), grid, count);
            _cuda.Transforms.Execute(grid, _y.Grid, _x.Grid, TransformDirection.Inverse);
            CudaGrids.Boxes(_cuda.Kernel("nufft_crop", x.DType), count, _y.Size, _x.Size).With(grid).With(_rollX).With(_rollY).With(target)
                .With(count).With(_y.Size).With(_x.Size).With(_y.Grid).With(_x.Grid).WithReal(_scale).With(mode == WriteMode.Add ? 1 : 0).Launch();
        });
    }

    public void Dispose() => _tables.Dispose();

    private void Spread(Tensor samples, Tensor grid, int images)
    {
        using var scope = new TensorScope(_cuda, MemoryOwner.Workspace);
        Tensor? partial = _slots > 0 ? scope.New(grid.DType, [_slots, images, TileCells]) : null;
        _cuda.Kernel("nufft_spread", grid.DType).Grid(_segments, Ceiling(images, Together)).Block(Threads)
            .With(samples).With(_along).With(_across).With(_firstColumn).With(_firstRow).With(_original)
            .With(_segmentStart).With(_segmentTile).With(_segmentSlot).With(_segmentPoints).With(grid).WithOptional(partial)
            .With(_x.Width).With(_y.Grid).With(_x.Grid).With(_tileColumns).With(_points).With(images).Launch();
        if (partial is not null)
        {
            _cuda.Kernel("nufft_spread_sum", grid.DType).Grid(_splitTiles, Math.Min(images, CudaGrids.LargestYz)).Block(Threads)
                .With(partial).With(_splitStart).With(_splitTile).With(grid).With(_y.Grid).With(_x.Grid).With(_tileColumns).With(images).Launch();
        }
    }

    private Tensor Table(int[] values) => _tables.From([values.Length], values);

    private static int Ceiling(int count, int size) => (count + size - 1) / size;

    private static int[] FirstCells(double[] points, int offset, NufftAxis axis) =>
        [.. Enumerable.Range(0, points.Length / 2).Select(m => axis.Plan.Wrap((long)axis.FirstCell(axis.Coordinate(points[(2 * m) + offset]))))];

    private Tensor Windows(double[] points, int[] original, int offset, NufftAxis axis)
    {
        float[] values = new float[_points * axis.Width];
        for (int point = 0; point < _points; point++)
        {
            Span<float> taps = values.AsSpan(point * axis.Width, axis.Width);
            axis.Evaluate(axis.Coordinate(points[(2 * original[point]) + offset]), taps);
            for (int tap = axis.Grid; tap < axis.Width; tap++) // the window goes round a grid of fewer cells
            {
                taps[tap % axis.Grid] += taps[tap];
                taps[tap] = 0;
            }
        }

        return _tables.From([_points, axis.Width], values);
    }

    private void ForChunks(int batch, Action<Tensor, int, int> work)
    {
        using var scope = new TensorScope(_cuda, MemoryOwner.Workspace);
        long imageBytes = 8L * (((long)_y.Grid * _x.Grid) + ((long)_slots * TileCells));
        int most = (int)Math.Clamp(_cuda.WorkspaceBytes / imageBytes / Together * Together, Together, Math.Max(Together, batch));
        for (int start = 0; start < batch; start += most)
        {
            int count = Math.Min(most, batch - start);
            Tensor grid = scope.New(DType.Complex64, [count, _y.Grid, _x.Grid]);
            work(grid, start, count);
            scope.Free(grid);
        }
    }
}
