using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

public sealed class KaiserBesselInterpolationTests
{
    private static double[,] Dense(double[] points, int rows, int columns, int oversampling, double width, double beta)
    {
        int gridRows = oversampling * rows, gridColumns = oversampling * columns;
        var window = new KaiserBessel(width, beta);
        double Weight(double k, int cell, int n)
        {
            double shifted = (oversampling * k) - (cell - (n / 2)) + (n / 2.0);
            return window.Value(shifted - (n * Math.Floor(shifted / n)) - (n / 2.0));
        }

        var matrix = new double[points.Length / 2, gridRows * gridColumns];
        for (int m = 0; m < points.Length / 2; m++)
        {
            for (int cell = 0; cell < gridRows * gridColumns; cell++)
            {
                matrix[m, cell] = Weight(points[(2 * m) + 1], cell / gridColumns, gridRows) * Weight(points[2 * m], cell % gridColumns, gridColumns);
            }
        }

        return matrix;
    }

    [TestCase(6, 5, 1, 4.0, 8.0)]
    [TestCase(9, 7, 2, 4.0, 8.0)]
    [TestCase(8, 8, 2, 3.5, 5.0)]
    public void Interpolation_is_the_dense_periodic_matrix_and_spreading_its_transpose(int rows, int columns, int oversampling, double width, double beta)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        double[] points = FourierTruth.Points(50, rows, columns, 31);
        double[,] matrix = Dense(points, rows, columns, oversampling, width, beta);
        var map = new KaiserBesselInterpolation(scope.From([points.Length / 2, 2], points), rows, columns, oversampling, width, beta);
        int cells = (int)map.Domain.Count, count = points.Length / 2;
        var random = new CounterRandom(5);
        double[] grid = [.. Enumerable.Range(0, cells).Select(i => random.Normal(i))], samples = [.. Enumerable.Range(0, count).Select(i => random.Normal(i + 9999))];
        Tensor x = scope.From(map.Domain, grid), y = scope.New(DType.Float64, map.Range), back = scope.New(DType.Float64, map.Domain);
        map.Forward(x, y);
        map.Adjoint(scope.From(map.Range, samples), back);
        for (int m = 0; m < count; m++)
        {
            Assert.That(y.Span<double>()[m], Is.EqualTo(Enumerable.Range(0, cells).Sum(g => matrix[m, g] * grid[g])).Within(1e-12));
        }

        for (int g = 0; g < cells; g++)
        {
            Assert.That(back.Span<double>()[g], Is.EqualTo(Enumerable.Range(0, count).Sum(m => matrix[m, g] * samples[m])).Within(1e-12));
        }
    }

    [Test]
    public void Complex_interpolation_is_the_adjoint_pair_in_both_precisions([Values(DType.Complex64, DType.Complex128)] DType type)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        double[] points = FourierTruth.Points(500, 40, 44, 31);
        var map = new KaiserBesselInterpolation(scope.From([points.Length / 2, 2], points), 40, 44, 2, 4, 8);
        Assert.That(FourierTruth.AdjointError(map, type, 3), Is.LessThan(type == DType.Complex64 ? 1e-6 : 1e-14)); // 16 positive weights per sum
    }
}
