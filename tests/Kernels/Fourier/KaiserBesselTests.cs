using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

public sealed class KaiserBesselTests
{
    [TestCase(4, 8.0)]
    [TestCase(6, 13.855)]
    [TestCase(5, 2.0)]
    public void The_transform_is_the_integral_of_the_window(int width, double beta)
    {
        var window = new KaiserBessel(width, beta);
        const int steps = 20000;
        foreach (double frequency in (double[])[0, 0.1, 0.25, 0.7, 1.3])
        {
            double sum = 0;
            for (int i = 0; i < steps; i++)
            {
                double u = width * (((i + 0.5) / steps) - 0.5);
                sum += window.Value(u) * Math.Cos(2 * Math.PI * u * frequency) * width / steps;
            }

            Assert.That(window.Transform(frequency), Is.EqualTo(sum).Within(1e-7)); // midpoint rule: (2π·1.3·W/steps)²
        }
    }

    [Test]
    public void The_window_is_one_at_its_centre_counts_its_edge_and_is_zero_outside()
    {
        var window = new KaiserBessel(4, 8);
        Assert.That(window.Value(0), Is.EqualTo(1));
        Assert.That(window.Value(2), Is.EqualTo(1 / 427.56411572).Within(1e-9)); // I0(8) = 427.564 115 721 8, tabulated
        Assert.That(window.Value(-2), Is.EqualTo(window.Value(2)));
        Assert.That(window.Value(2.0000001), Is.Zero);
    }

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
