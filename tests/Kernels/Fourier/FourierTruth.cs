using System.Numerics;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

/// <summary>Definitions in double precision, and random data, for the tests of the Fourier room.</summary>
internal static class FourierTruth
{
    /// <summary>Complex normals with a fixed seed.</summary>
    public static Complex[] Normals(int count, ulong seed)
    {
        var random = new CounterRandom(seed);
        return [.. Enumerable.Range(0, count).Select(i => random.NormalPair(i)).Select(p => new Complex(p.First, p.Second))];
    }

    /// <summary>Points (kx, ky): random ones, then the corners and the middle of every edge, then grid points.</summary>
    public static double[] Points(int random, int rows, int columns, ulong seed)
    {
        var draw = new CounterRandom(seed);
        var points = new List<double>();
        for (int i = 0; i < random; i++)
        {
            points.AddRange([draw.Uniform(2 * i, -columns / 2.0, columns / 2.0), draw.Uniform((2 * i) + 1, -rows / 2.0, rows / 2.0)]);
        }

        foreach (double x in (double[])[-0.5, 0, 0.5])
        {
            foreach (double y in (double[])[-0.5, 0, 0.5])
            {
                points.AddRange([x * columns, y * rows]);
            }
        }

        points.AddRange([1, -2, -columns / 2, rows / 3]);
        return [.. points];
    }

    /// <summary>Dense F [points, rows columns] of the conventions.</summary>
    public static Complex[,] Matrix(double[] points, int rows, int columns)
    {
        var matrix = new Complex[points.Length / 2, rows * columns];
        for (int m = 0; m < points.Length / 2; m++)
        {
            for (int n = 0; n < rows * columns; n++)
            {
                double x = (n % columns) - (columns / 2), y = (n / columns) - (rows / 2);
                double turns = (points[2 * m] * x / columns) + (points[(2 * m) + 1] * y / rows);
                matrix[m, n] = Complex.FromPolarCoordinates(1 / Math.Sqrt(rows * columns), -2 * Math.PI * turns);
            }
        }

        return matrix;
    }

    public static Complex[] Times(Complex[,] matrix, ReadOnlySpan<Complex> x)
    {
        var y = new Complex[matrix.GetLength(0)];
        for (int m = 0; m < y.Length; m++)
        {
            for (int n = 0; n < x.Length; n++)
            {
                y[m] += matrix[m, n] * x[n];
            }
        }

        return y;
    }

    public static Complex[] AdjointTimes(Complex[,] matrix, ReadOnlySpan<Complex> y)
    {
        var x = new Complex[matrix.GetLength(1)];
        for (int m = 0; m < y.Length; m++)
        {
            for (int n = 0; n < x.Length; n++)
            {
                x[n] += Complex.Conjugate(matrix[m, n]) * y[m];
            }
        }

        return x;
    }

    /// <summary>|a - b| / |b|.</summary>
    public static double RelativeError(IReadOnlyList<Complex> a, IReadOnlyList<Complex> b)
    {
        double error = 0, size = 0;
        for (int i = 0; i < b.Count; i++)
        {
            Complex difference = a[i] - b[i];
            error += (difference.Real * difference.Real) + (difference.Imaginary * difference.Imaginary);
            size += (b[i].Real * b[i].Real) + (b[i].Imaginary * b[i].Imaginary);
        }

        return Math.Sqrt(error / size);
    }

    /// <summary>A complex tensor of either precision.</summary>
    public static Tensor ToTensor(TensorScope scope, DType type, Shape shape, Complex[] values) => type == DType.Complex128
        ? scope.From(shape, values)
        : scope.From(shape, Array.ConvertAll(values, Complex64.From));

    /// <summary>The elements of a complex tensor of either precision.</summary>
    public static Complex[] ToDoubles(Tensor tensor) => tensor.DType == DType.Complex128
        ? tensor.ToArray<Complex>()
        : Array.ConvertAll(tensor.ToArray<Complex64>(), value => value.ToComplex());

    /// <summary>Rounds to float32 and back, so that both precisions see the same data.</summary>
    public static Complex[] Rounded(Complex[] values) => Array.ConvertAll(values, value => Complex64.From(value).ToComplex());

    /// <summary>
    /// |Re⟨Ax, y⟩ - Re⟨x, Aᴴy⟩| / (|Ax| |y| / √n), n the number of real scalars of y: the products themselves may be small by chance.
    /// </summary>
    public static double AdjointError(ILinearOperator map, DType type, ulong seed, Device? device = null)
    {
        using var scope = new TensorScope(device ?? Device.Cpu, MemoryOwner.Workspace);
        Tensor x = ToTensor(scope, type, map.Domain, Normals((int)map.Domain.Count, seed));
        Tensor y = ToTensor(scope, type, map.Range, Normals((int)map.Range.Count, seed + 1));
        Tensor ax = scope.Like(y), ahy = scope.Like(x);
        map.Forward(x, ax);
        map.Adjoint(y, ahy);
        double scale = Math.Sqrt(Reduce.SumOfSquares(ax) * Reduce.SumOfSquares(y) / (2 * y.Count));
        return Math.Abs(Reduce.Dot(ax, y) - Reduce.Dot(x, ahy)) / scale;
    }
}
