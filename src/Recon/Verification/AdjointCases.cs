using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>A linear operator whose adjoint is checked.</summary>
/// <param name="Name">Name shown to the user.</param>
/// <param name="Operator">The operator.</param>
/// <param name="Input">Element type of its input.</param>
internal sealed record AdjointCase(string Name, ILinearOperator Operator, DType Input)
{
    /// <summary>
    /// |⟨A x, y⟩ − ⟨x, Aᴴ y⟩| / (‖A x‖ ‖y‖): dividing by the inner product itself would be wrong, because it may be small by
    /// chance. Both sides sum the same products in another order; the rounding of a sum of n terms grows like √n, and
    /// transforms add a few times log n: 16 ε leaves room in a quotient that is itself of order 1/√n.
    /// </summary>
    public CheckLine Run(TensorScope scope)
    {
        Tensor x = scope.New(Input, Operator.Domain), y = scope.New(Operator.RangeType(Input), Operator.Range);
        Tensor ax = scope.Like(y), ahy = scope.Like(x);
        RandomFill.Normal(x, new CounterRandom(31).Stream(Name));
        RandomFill.Normal(y, new CounterRandom(32).Stream(Name));
        Operator.Forward(x, ax);
        Operator.Adjoint(y, ahy);
        double error = Math.Abs(Reduce.Dot(ax, y) - Reduce.Dot(x, ahy)) / (Math.Sqrt(Reduce.SumOfSquares(ax)) * Math.Sqrt(Reduce.SumOfSquares(y)));
        double epsilon = Input.IsDouble() ? Math.ScaleB(1, -52) : Math.ScaleB(1, -23);
        return new CheckLine(Name, "⟨A x, y⟩ = ⟨x, Aᴴ y⟩", error, 16 * epsilon);
    }
}

/// <summary>Every linear operator, small, in both precisions, of even, odd and rectangular size.</summary>
internal static class AdjointCases
{
    /// <summary>The cases one after the other; each is alive until the next is asked for.</summary>
    public static IEnumerable<AdjointCase> All(TensorScope scope)
    {
        foreach (DType type in (DType[])[DType.Complex128, DType.Complex64])
        {
            string precision = type.IsDouble() ? "float64" : "float32";
            foreach ((int rows, int columns) in new[] { (12, 10), (11, 9) })
            {
                string size = $"{rows} x {columns} {precision}";
                Tensor points = Points(scope, rows, columns), maps = Random(scope, type, [3, rows, columns], 41);
                using NufftPlan nufft = NufftPlan.Create(points, rows, columns, NufftAccuracy.Accurate);
                Tensor weights = scope.New(DType.Float64, [points.Shape[0]]);
                Fill.Run(0.01, weights);
                Tensor spectrum = ToeplitzSpectrum.Compute(scope, scope.Device, points, weights, rows, columns, type.IsDouble()).Values;
                yield return new($"fft {size}", new FftOperator([2, rows, columns]), type);
                yield return new($"nufft {size}", nufft, type);
                yield return new($"modulated nufft {size}", new ModulatedNufft(nufft, maps), type);
                using var toeplitz = new ToeplitzNormal(spectrum, maps);
                yield return new($"toeplitz normal {size}", toeplitz, type);
            }

            yield return new($"partition transform {precision}", new PartitionOperator([2, 5, 3, 4], 7), type);
            yield return new($"reflect-pad {precision}", new ReflectPad([2, 2, 13, 14], 4), type);
            yield return new($"crop {precision}", new Crop([2, 2, 13, 14], 9, 10), type);
            yield return new($"complex-to-channels {precision}", new ComplexToChannels([2, 5, 7]), type);
        }
    }

    private static Tensor Points(TensorScope scope, int rows, int columns)
    {
        double[] angles = RadialTrajectory.Angles(SpokeOrder.Golden, 7), radius = RadialTrajectory.ReadoutPositions(16);
        return RadialTrajectory.Points(angles, radius, rows, columns, scope, DType.Float64);
    }

    private static Tensor Random(TensorScope scope, DType type, Shape shape, ulong seed)
    {
        Tensor tensor = scope.New(type, shape);
        RandomFill.Normal(tensor, new CounterRandom(seed));
        return tensor;
    }
}
