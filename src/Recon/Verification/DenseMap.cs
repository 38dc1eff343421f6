using Stardeq.Autodiff;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>The Jacobian of a small fixed-point map as a dense matrix on the real view, for solves without iterations.</summary>
internal sealed class DenseMap
{
    /// <summary>Value and Jacobian of a map at a point.</summary>
    public DenseMap(FixedPointMap map, Tensor point)
    {
        using var tape = Tape.Recording(point.Device);
        Variable z = tape.Input(point), f = map(tape, z);
        Jacobian = DenseMatrix.Jacobian(tape, z, f);
        Value = f.Value.AsReal().ToArray<double>();
        Point = point.AsReal().ToArray<double>();
    }

    /// <summary>J.</summary>
    public DenseMatrix Jacobian { get; }

    /// <summary>Real numbers of the point.</summary>
    public int Size => Jacobian.Columns;

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
            Enumerable.Range(0, Size).Select(j => (i == j ? 1 : 0) - (transposed ? Jacobian[j, i] : Jacobian[i, j])).Append(x[i]).ToArray())];
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
