using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>
/// Window values of all points and their places on the grid, sorted by <see cref="PointOrder"/>. A point has one record of
/// 2 P floats: P ≥ W values along the row, then P across the rows, zero beyond W.
/// </summary>
internal sealed unsafe class NufftTaps
{
    private readonly float* _values;
    private readonly nint* _start;
    private readonly int _padded;

    private NufftTaps(TensorScope scope, int points, NufftAxis x, NufftAxis y)
    {
        _padded = (x.Width + 7) / 8 * 8; // vectors of any width cover a record, and no part of the next one is used
        Width = x.Width;
        Grid = new NufftGrid(y.Grid, x.Grid, HaloRows: (Width + 1) / 2 * 2, HaloColumns: _padded);
        _values = scope.Zeros(DType.Float32, [(2 * _padded * points) + LaneKernels.Width]).Pointer<float>();
        _start = (nint*)scope.New(DType.Float64, [points]).Pointer<double>();
    }

    /// <summary>W.</summary>
    public int Width { get; }

    /// <summary>The grid.</summary>
    public NufftGrid Grid { get; }

    public static NufftTaps Tabulate(TensorScope scope, double[] points, NufftAxis x, NufftAxis y, out PointOrder order)
    {
        int count = points.Length / 2;
        var column = new int[count];
        var row = new int[count];
        for (int m = 0; m < count; m++)
        {
            column[m] = x.Plan.Wrap((long)x.FirstCell(x.Coordinate(points[2 * m])));
            row[m] = y.Plan.Wrap((long)y.FirstCell(y.Coordinate(points[(2 * m) + 1])));
        }

        order = new PointOrder(row, column, y.Grid, x.Grid, y.Width);
        var taps = new NufftTaps(scope, count, x, y);
        int[] original = order.Original;
        ((CpuDevice)scope.Device).For(count, 256, (first, last) =>
        {
            for (int point = (int)first; point < last; point++)
            {
                int m = original[point];
                taps._start[point] = (row[m] * taps.Grid.Pitch) + (2 * column[m]);
                x.Evaluate(x.Coordinate(points[2 * m]), new Span<float>(taps.Along(point), x.Width));
                y.Evaluate(y.Coordinate(points[(2 * m) + 1]), new Span<float>(taps.Across(point), y.Width));
            }
        });
        return taps;
    }

    public float* Along(int point) => _values + (2L * _padded * point);

    public float* Across(int point) => _values + (2L * _padded * point) + _padded;

    /// <summary>Floats from the start of the grid to the first cell of the window.</summary>
    public nint Start(int point) => _start[point];
}
