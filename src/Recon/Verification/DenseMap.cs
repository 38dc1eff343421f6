using Stardeq.Autodiff;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>The Jacobian of a small fixed-point map as a dense matrix on the real view, for solves without iterations.</summary>
internal sealed class DenseMap
{
    private readonly double[][] _columns;

    /// <summary>The Jacobian of a map at a point, one forward sweep per real number of the point.</summary>
    public DenseMap(FixedPointMap map, Tensor point)
    {
        using var tape = Tape.Recording(point.Device);
        Variable z = tape.Input(point), f = map(tape, z);
        using var scope = new TensorScope(point.Device, MemoryOwner.Workspace);
        Tensor unit = scope.Like(point), column = scope.Like(point);
        Size = (int)point.AsReal().Count;
        _columns = new double[Size][];
        for (int i = 0; i < Size; i++)
        {
            unit.AsReal().CopyFromHost<double>([.. Enumerable.Range(0, Size).Select(j => i == j ? 1.0 : 0)]);
            tape.Tangent(f, [(z, unit)], column);
            _columns[i] = column.AsReal().ToArray<double>();
        }

        using var plain = Tape.Forgetful(point.Device);
        Value = map(plain, plain.Input(point)).Value.AsReal().ToArray<double>();
        Point = point.AsReal().ToArray<double>();
    }

    /// <summary>Columns of the Jacobian.</summary>
    public double[][] Columns => _columns;

    /// <summary>Real numbers of the point.</summary>
    public int Size { get; }

    private double[] Value { get; }

    private double[] Point { get; }

    /// <summary>The fixed point of the affine map with this value and Jacobian: that of the map itself if it is affine.</summary>
    public double[] FixedPoint()
    {
        double[] step = Solve([.. Value.Zip(Point, (f, z) => f - z)], transposed: false);
        return [.. Point.Zip(step, (z, d) => z + d)];
    }

    /// <summary>(I − J)⁻¹ x, or (I − Jᵀ)⁻¹ x, by elimination with partial pivots.</summary>
    public double[] Solve(double[] x, bool transposed)
    {
        double[][] rows = [.. Enumerable.Range(0, Size).Select(i =>
            Enumerable.Range(0, Size).Select(j => (i == j ? 1 : 0) - (transposed ? _columns[i][j] : _columns[j][i])).Append(x[i]).ToArray())];
        for (int k = 0; k < Size; k++)
        {
            int pivot = Enumerable.Range(k, Size - k).MaxBy(i => Math.Abs(rows[i][k]));
            (rows[k], rows[pivot]) = (rows[pivot], rows[k]);
            for (int i = k + 1; i < Size; i++)
            {
                double factor = rows[i][k] / rows[k][k];
                for (int j = k; j <= Size; j++)
                {
                    rows[i][j] -= factor * rows[k][j];
                }
            }
        }

        double[] result = new double[Size];
        for (int i = Size - 1; i >= 0; i--)
        {
            double sum = rows[i][Size];
            for (int j = i + 1; j < Size; j++)
            {
                sum -= rows[i][j] * result[j];
            }

            result[i] = sum / rows[i][i];
        }

        return result;
    }
}
