using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>
/// Window values and grid positions of all points, sorted by <see cref="PointOrder"/>. A point has one record of 2 P floats:
/// P ≥ W values along the row, then P across the rows, zero beyond W.
/// </summary>
internal sealed unsafe class NufftTaps
{
    private readonly float* _values;
    private readonly int* _firstColumn, _firstRow;
    private readonly nint* _rowStart;
    private readonly int _padded;

    private NufftTaps(TensorScope scope, int points, NufftAxis x, NufftAxis y)
    {
        Width = x.Width;
        _padded = (Width + 7) / 8 * 8; // vectors of any width cover a record, and no part of the next one is used
        Pitch = 2 * ((x.Grid + _padded + 7) / 8 * 8);
        _values = scope.Zeros(DType.Float32, [(2 * _padded * points) + LaneKernels.Width]).Pointer<float>();
        _firstColumn = scope.New(DType.Int32, [points]).Pointer<int>();
        _firstRow = scope.New(DType.Int32, [points]).Pointer<int>();
        _rowStart = (nint*)scope.New(DType.Float64, [y.Grid + Width]).Pointer<double>();
        for (int row = 0; row < y.Grid + Width; row++)
        {
            _rowStart[row] = row % y.Grid * Pitch;
        }
    }

    /// <summary>W.</summary>
    public int Width { get; }

    /// <summary>Floats from one grid row to the next; the grid has G columns and a halo that repeats the first ones.</summary>
    public nint Pitch { get; }

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
                taps._firstColumn[point] = 2 * column[m];
                taps._firstRow[point] = row[m];
                x.Evaluate(x.Coordinate(points[2 * m]), new Span<float>(taps.Along(point), x.Width));
                y.Evaluate(y.Coordinate(points[(2 * m) + 1]), new Span<float>(taps.Across(point), y.Width));
            }
        });
        return taps;
    }

    public float* Along(int point) => _values + (2L * _padded * point);

    public float* Across(int point) => _values + (2L * _padded * point) + _padded;

    /// <summary>Floats from the start of a row to the first tap.</summary>
    public nint FirstColumn(int point) => _firstColumn[point];

    /// <summary>Floats from the start of the grid to each of the W rows.</summary>
    public nint* RowStart(int point) => _rowStart + _firstRow[point];
}
