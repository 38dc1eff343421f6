using ManagedCuda.CudaFFT;
using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>
/// The float32 path of <see cref="NufftPlan"/> on a CUDA device. Window values and, for spreading, the points that reach each
/// tile of the grid are tabulated on the host once and uploaded; a transform is then pad, cuFFT, interpolate, or spread, cuFFT,
/// crop, for a bounded number of images at a time.
/// </summary>
internal sealed class NufftCuda : INufftPath
{
    private const int Tile = 16, Lanes = 8, Together = 4, Threads = 256; // as in kernels.cu
    private const long GridBytes = 256L << 20; // workspace for grids

    private readonly CudaDevice _cuda;
    private readonly NufftAxis _x, _y;
    private readonly TensorScope _tables;
    private readonly Tensor _along, _across, _firstColumn, _firstRow, _original, _tileStart, _tilePoints, _rollX, _rollY;
    private readonly int _points, _tileColumns, _tiles;
    private readonly double _scale;

    public NufftCuda(CudaDevice cuda, double[] points, NufftAxis x, NufftAxis y)
    {
        (_cuda, _x, _y, _points) = (cuda, x, y, points.Length / 2);
        _scale = 1 / Math.Sqrt((double)x.Size * y.Size);
        (_tileColumns, int tileRows) = (Tiles(x), Tiles(y));
        _tiles = _tileColumns * tileRows;
        int[] column = FirstCells(points, 0, x), row = FirstCells(points, 1, y);
        var order = new PointOrder(row, column, y.Grid, x.Grid, y.Width);
        int[] original = order.Original;
        (column, row) = ([.. original.Select(m => column[m])], [.. original.Select(m => row[m])]);
        (int[] tileStart, int[] tilePoints) = PointsOfTiles(column, row);
        _tables = new TensorScope(cuda, MemoryOwner.Plans);
        _along = Windows(points, original, 0, x);
        _across = Windows(points, original, 1, y);
        _firstColumn = _tables.From([_points], column);
        _firstRow = _tables.From([_points], row);
        _original = _tables.From([_points], original);
        _tileStart = _tables.From([tileStart.Length], tileStart);
        _tilePoints = _tables.From([tilePoints.Length], tilePoints);
        _rollX = _tables.From([x.Size], x.RollOff);
        _rollY = _tables.From([y.Size], y.RollOff);
    }

    public void Forward(Tensor x, Tensor y, int batch, WriteMode mode)
    {
        Tensor images = x.Reshape([batch, _y.Size, _x.Size]), samples = y.Reshape([batch, _points]);
        ForChunks(batch, (grid, start, count) =>
        {
            _cuda.Kernel("nufft_pad", x.DType).Over(grid.Count).With(images.Slice(start, count)).With(_rollX).With(_rollY).With(grid)
                .With(_y.Size).With(_x.Size).With(_y.Grid).With(_x.Grid).WithReal(_scale).With(grid.Count).Launch();
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
            _cuda.Kernel("nufft_spread", x.DType).Grid(_tiles, Ceiling(count, Together)).Block(Threads)
                .With(samples.Slice(start, count)).With(_along).With(_across).With(_firstColumn).With(_firstRow).With(_original).With(_tileStart).With(_tilePoints).With(grid)
                .With(_x.Width).With(_y.Grid).With(_x.Grid).With(_tileColumns).With(_points).With(count).Launch();
            _cuda.Transforms.Execute(grid, _y.Grid, _x.Grid, TransformDirection.Inverse);
            _cuda.Kernel("nufft_crop", x.DType).Over(target.Count).With(grid).With(_rollX).With(_rollY).With(target)
                .With(_y.Size).With(_x.Size).With(_y.Grid).With(_x.Grid).WithReal(_scale).With(mode == WriteMode.Add ? 1 : 0).With(target.Count).Launch();
        });
    }

    public void Dispose() => _tables.Dispose();

    private static int Tiles(NufftAxis axis) => Ceiling(axis.Grid, Tile);

    private static int Ceiling(int count, int size) => (count + size - 1) / size;

    private static int[] FirstCells(double[] points, int offset, NufftAxis axis) =>
        [.. Enumerable.Range(0, points.Length / 2).Select(m => axis.Plan.Wrap((long)axis.FirstCell(axis.Coordinate(points[(2 * m) + offset]))))];

    private Tensor Windows(double[] points, int[] original, int offset, NufftAxis axis)
    {
        float[] values = new float[_points * axis.Width];
        for (int point = 0; point < _points; point++)
        {
            axis.Evaluate(axis.Coordinate(points[(2 * original[point]) + offset]), values.AsSpan(point * axis.Width, axis.Width));
        }

        return _tables.From([_points, axis.Width], values);
    }

    private void ForChunks(int batch, Action<Tensor, int, int> work)
    {
        using var scope = new TensorScope(_cuda, MemoryOwner.Workspace);
        int most = (int)Math.Clamp(GridBytes / (8L * _y.Grid * _x.Grid) / Together * Together, Together, Math.Max(Together, batch));
        for (int start = 0; start < batch; start += most)
        {
            int count = Math.Min(most, batch - start);
            Tensor grid = scope.New(DType.Complex64, [count, _y.Grid, _x.Grid]);
            work(grid, start, count);
            scope.Free(grid);
        }
    }

    /// <summary>For each tile the sorted points whose window covers one of its cells, ascending.</summary>
    private (int[] Start, int[] Points) PointsOfTiles(int[] column, int[] row)
    {
        var reached = new List<int>[_tiles];
        for (int tile = 0; tile < _tiles; tile++)
        {
            reached[tile] = [];
        }

        for (int point = 0; point < _points; point++)
        {
            int[] across = TilesOf(row[point], _y), along = TilesOf(column[point], _x);
            foreach (int tileRow in across)
            {
                foreach (int tileColumn in along)
                {
                    reached[(tileRow * _tileColumns) + tileColumn].Add(point);
                }
            }
        }

        int[] start = new int[_tiles + 1];
        for (int tile = 0; tile < _tiles; tile++)
        {
            start[tile + 1] = start[tile] + reached[tile].Count;
        }

        return (start, [.. reached.SelectMany(points => points)]);
    }

    // The window may go round the end of the grid, and round all of a grid that is smaller than it.
    private static int[] TilesOf(int first, NufftAxis axis) =>
        [.. Enumerable.Range(0, axis.Width).Select(tap => (first + tap) % axis.Grid / Tile).Distinct()];
}
