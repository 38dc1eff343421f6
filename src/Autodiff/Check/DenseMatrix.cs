using Stardeq.Engine;

namespace Stardeq.Autodiff;

/// <summary>Dense matrices of small linear maps, column by column, and their exact norms: the truth that estimates answer to.</summary>
public sealed class DenseMatrix
{
    private readonly double[][] _columns;

    /// <summary>A matrix of given columns, all of one length.</summary>
    public DenseMatrix(double[][] columns) => _columns = columns;

    /// <summary>Σ of the squares of all entries.</summary>
    public double SquaredFrobenius => _columns.Sum(column => column.Sum(entry => entry * entry));

    /// <summary>Number of columns.</summary>
    public int Columns => _columns.Length;

    /// <summary>An entry.</summary>
    public double this[int row, int column] => _columns[column][row];

    /// <summary>Applies a map of float64 tensors to every unit array of its real view.</summary>
    /// <param name="device">Where the map computes.</param>
    /// <param name="dtype">float64 or complex128.</param>
    /// <param name="domain">Shape of its input.</param>
    /// <param name="map">The map; its result may belong to the scope that it is given.</param>
    public static DenseMatrix Of(Device device, DType dtype, Shape domain, Func<Tensor, TensorScope, Tensor> map)
    {
        using var scope = new TensorScope(device, MemoryOwner.Data);
        Tensor unit = scope.New(dtype, domain);
        double[] values = new double[unit.AsReal().Count];
        double[][] columns = new double[values.Length][];
        for (int i = 0; i < values.Length; i++)
        {
            Array.Clear(values);
            values[i] = 1;
            unit.AsReal().CopyFromHost<double>(values);
            using var work = new TensorScope(device, MemoryOwner.Workspace);
            columns[i] = map(unit, work).AsReal().ToArray<double>();
        }

        return new DenseMatrix(columns);
    }

    /// <summary>The Jacobian of a recorded map, one forward sweep per column.</summary>
    public static DenseMatrix Jacobian(Tape tape, Variable input, Variable output) =>
        Of(tape.Device, input.Value.DType, input.Value.Shape, (unit, scope) =>
        {
            Tensor tangent = scope.Like(output.Value);
            tape.Tangent(output, [(input, unit)], tangent);
            return tangent;
        });

    /// <summary>Largest singular value, by cyclic rotations of the columns until they are orthogonal (one-sided Jacobi).</summary>
    public double Norm()
    {
        double[][] a = [.. _columns.Select(column => (double[])column.Clone())];
        for (int sweep = 0; sweep < 60; sweep++)
        {
            double worst = 0;
            for (int i = 0; i < a.Length; i++)
            {
                for (int j = 0; j < i; j++)
                {
                    worst = Math.Max(worst, Rotate(a[i], a[j]));
                }
            }

            if (worst < 1e-14)
            {
                break;
            }
        }

        return Math.Sqrt(a.Max(column => Dot(column, column)));
    }

    private static double Rotate(double[] x, double[] y)
    {
        double xx = Dot(x, x), yy = Dot(y, y), xy = Dot(x, y);
        if (xy == 0)
        {
            return 0;
        }

        double zeta = (yy - xx) / (2 * xy), t = Math.CopySign(1, zeta) / (Math.Abs(zeta) + Math.Sqrt(1 + (zeta * zeta)));
        double cosine = 1 / Math.Sqrt(1 + (t * t)), sine = cosine * t;
        for (int i = 0; i < x.Length; i++)
        {
            (x[i], y[i]) = ((cosine * x[i]) - (sine * y[i]), (sine * x[i]) + (cosine * y[i]));
        }

        return Math.Abs(xy) / Math.Sqrt(xx * yy);
    }

    private static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }
}
