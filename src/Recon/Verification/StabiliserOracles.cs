using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>Norms of convolutions and estimates of Jacobians against dense matrices.</summary>
internal static class StabiliserOracles
{
    private const int Side = 6;

    public static IReadOnlyList<(string Name, Func<TensorScope, IEnumerable<CheckLine>> Run)> All { get; } =
    [
        ("oracle convolution norm", ConvolutionNorms),
        ("oracle jacobian", Jacobian),
    ];

    /// <summary>A 3 × 3 convolution on 6 × 6 maps as a matrix, with circular and with zero padding.</summary>
    private static IEnumerable<CheckLine> ConvolutionNorms(TensorScope scope)
    {
        Tensor weight = scope.New(DType.Float64, [2, 3, 3, 3]);
        RandomFill.Normal(weight, new CounterRandom(71));
        double[] w = weight.ToArray<double>();
        double circular = Dense(w, wraps: true).Norm(), padded = Dense(w, wraps: false).Norm();

        // Rotations end at 1e-14 of a column's length; there are 108 of them.
        yield return new("oracle convolution norm", "per frequency = dense, circular padding", Math.Abs(CircularNorm.Of(weight, Side, Side).Value - circular) / circular, 1e-12);
        yield return new("oracle convolution norm", "bound for any size is above both", Math.Max(0, (Math.Max(circular, padded) / CircularNorm.Bound(weight).Value) - 1), 0);

        // The Rayleigh quotient errs by the square of the vector's error, (sigma_2 / sigma_1)^2 per round to the fourth power.
        var power = new PowerEstimate(new ConvolutionMap(weight.Shape, Side, Side), weight, scope, new CounterRandom(72));
        power.Renew(weight, 2000);
        yield return new("oracle convolution norm", "power iteration = dense, zero padding", Math.Abs(power.Sigma - padded) / padded, 1e-9);
    }

    /// <summary>‖J‖ and ‖J‖²_F of a layer at a point.</summary>
    private static IEnumerable<CheckLine> Jacobian(TensorScope scope)
    {
        using var problem = new SmallProblem(scope, DenoiserKind.Averaged, 0.15);
        FixedPointMap map = problem.Model.Layer(problem.Normal, problem.B);
        var dense = new DenseMap(map, problem.B);
        using var tape = Tape.Recording(scope.Device);
        Variable input = tape.Input(problem.B), output = map(tape, input);
        var none = new GradientTargets();

        const int Probes = 100;
        double exact = dense.Jacobian.SquaredFrobenius / dense.Size;
        foreach (ProbeSide side in Enum.GetValues<ProbeSide>())
        {
            var penalty = new FrobeniusPenalty(Side: side);
            double[] draws = [.. Enumerable.Range(0, Probes).Select(i => penalty.AddGradient(tape, input, output, 0, none, new CounterRandom(73).Stream(i)))];
            double mean = draws.Average(), error = Math.Sqrt(draws.Sum(d => (d - mean) * (d - mean)) / (Probes * (Probes - 1.0)));
            yield return new("oracle jacobian", $"mean of {Probes} probes from the {side.ToString().ToLowerInvariant()}, in standard errors from dense", Math.Abs(mean - exact) / error, 3);
        }

        double norm = dense.Jacobian.Norm();
        SolutionEstimate estimate = new SolutionProbe { NormSteps = dense.Size, NormTolerance = 1e-12 }.Measure(map, problem.B, new CounterRandom(74));

        // With as many Lanczos steps as dimensions the norm is exact but for the loss of orthogonality.
        yield return new("oracle jacobian", "norm by Lanczos = dense", Math.Abs(estimate.JacobianNorm - norm) / norm, 1e-9);
    }

    /// <summary>The matrix of y[o, r, c] = Σ w[o, i, u, v] x[i, r + u − 1, c + v − 1].</summary>
    private static DenseMatrix Dense(double[] weight, bool wraps)
    {
        const int Out = 2, In = 3;
        var columns = new double[In * Side * Side][];
        for (int column = 0; column < columns.Length; column++)
        {
            int i = column / (Side * Side), row = column / Side % Side, at = column % Side;
            columns[column] = new double[Out * Side * Side];
            for (int tap = 0; tap < 9; tap++)
            {
                int r = row - (tap / 3) + 1, c = at - (tap % 3) + 1;
                bool isInside = r is >= 0 and < Side && c is >= 0 and < Side;
                for (int o = 0; o < Out && (wraps || isInside); o++)
                {
                    columns[column][(o * Side * Side) + ((r + Side) % Side * Side) + ((c + Side) % Side)] += weight[(((o * In) + i) * 9) + tap];
                }
            }
        }

        return new DenseMatrix(columns);
    }
}
