using System.Numerics;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

/// <summary>Fᴴ W F of a small image at random points, as an operator and as a dense matrix.</summary>
internal static class SmallNormal
{
    public const int Rows = 5, Columns = 4;

    // Fᴴ W F of random points, and its dense matrix.
    public static (ILinearOperator Map, Complex[,] Dense) Normal(TensorScope scope, NufftPlan plan, double[] points)
    {
        int count = points.Length / 2, pixels = Rows * Columns;
        double[] weights = [.. Enumerable.Range(0, count).Select(i => new CounterRandom(8).Uniform(i, 0.2, 1))];
        Complex[,] matrix = FourierTruth.Matrix(points, Rows, Columns);
        var dense = new Complex[pixels, pixels];
        for (int i = 0; i < pixels; i++)
        {
            for (int j = 0; j < pixels; j++)
            {
                for (int m = 0; m < count; m++)
                {
                    dense[i, j] += Complex.Conjugate(matrix[m, i]) * weights[m] * matrix[m, j];
                }
            }
        }

        return (new ComposedNormal(plan, scope.From([count], weights)), dense);
    }

    public static NufftPlan Plan(out double[] points)
    {
        points = FourierTruth.Points(30, Rows, Columns, 41);
        return NufftPlan.Create(Device.Cpu, points, Rows, Columns, NufftAccuracy.Accurate);
    }
}
