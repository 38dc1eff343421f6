using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

/// <summary>A differentiable computation to be checked: float64 inputs and the function on a tape.</summary>
/// <param name="Name">Name shown to the user.</param>
/// <param name="Inputs">Values at which the derivative is checked, away from kinks.</param>
/// <param name="Function">The computation.</param>
public sealed record GradientCase(string Name, IReadOnlyList<Tensor> Inputs, Func<Tape, IReadOnlyList<Variable>, Variable> Function)
{
    /// <summary>False if an operation has no rule for <see cref="Tape.Linearise"/>, which then must say so.</summary>
    public bool CanLinearise { get; init; } = true;
}

/// <summary>Errors found by <see cref="GradientCheck"/>, all relative.</summary>
/// <param name="Name">Name of the case.</param>
/// <param name="FiniteDifference">‖(f(x + hv) − f(x − hv)) / 2h − J v‖ / ‖J v‖, worst over the inputs.</param>
/// <param name="Duality">|⟨u, J v⟩ − ⟨Jᵀu, v⟩| / (‖u‖ ‖J v‖), worst over the inputs.</param>
/// <param name="Linearisation">‖taped J v − J v‖ / ‖J v‖, worst over the inputs and all of them together.</param>
/// <param name="SecondDifference">
/// |(⟨u, J(x + hd) v⟩ − ⟨u, J(x − hd) v⟩) / 2h − ⟨g, d⟩| / (‖u‖ ‖J v‖), g from a reverse sweep through the taped J v, all inputs
/// moving.
/// </param>
public sealed record GradientCheckResult(string Name, double FiniteDifference, double Duality, double Linearisation, double SecondDifference)
{
    /// <summary>
    /// Central differences in float64 err by h² f‴/6 ~ 2e-11 at h = 1e-5, and by ε/h ~ 2e-9 at h = 1e-7, each relative to
    /// numbers of order one; 1e-7 leaves room for cancellation.
    /// </summary>
    public const double FiniteDifferenceTolerance = 1e-7;

    /// <summary>Both sides are the same sum in another order: ε times the root of some 1e4 terms, with room of 1e2.</summary>
    public const double DualityTolerance = 1e-12;

    /// <summary>True if all errors are within their tolerances; the taped tangent is the forward sweep by other operations, and
    /// its differences have the errors of the first ones.</summary>
    public bool Passed => FiniteDifference <= FiniteDifferenceTolerance && Duality <= DualityTolerance
        && Linearisation <= DualityTolerance && SecondDifference <= FiniteDifferenceTolerance;
}

/// <summary>
/// Compares the forward sweep of a tape with central finite differences, and the reverse sweep with the forward one.
/// Together they say that the gradient is right. The linearised tape is held against the forward sweep, and its reverse
/// sweep against differences of forward sweeps. Library code: tests, <c>doctor</c> and <c>gradcheck</c> use it.
/// </summary>
public static class GradientCheck
{
    // The longest step is the most accurate where the function is smooth; a shorter one passes where a kink of a
    // piecewise linear network lies within the longest. A wrong derivative fails at all of them.
    private static readonly double[] s_steps = [1e-5, 1e-6, 1e-7];

    /// <summary>Checks every input of a case along one random direction each.</summary>
    public static GradientCheckResult Run(GradientCase check, CounterRandom random)
    {
        Device device = check.Inputs[0].Device;
        using var scope = new TensorScope(device, MemoryOwner.Workspace);
        using var tape = Tape.Recording(device);
        Variable[] inputs = [.. check.Inputs.Select(tape.Input)];
        Variable output = check.Function(tape, inputs);
        Tensor cotangent = scope.Like(output.Value);
        RandomFill.Normal(cotangent, random.Stream("cotangent"));
        double worstDifference = 0, worstDuality = 0;
        for (int i = 0; i < inputs.Length; i++)
        {
            Tensor direction = scope.Like(inputs[i].Value), gradient = scope.Zeros(direction.DType, direction.Shape);
            RandomFill.Normal(direction, random.Stream($"direction {i}"));
            Tensor tangent = scope.Like(output.Value);
            tape.Tangent(output, [(inputs[i], direction)], tangent);
            double size = Math.Sqrt(Reduce.SumOfSquares(tangent));

            tape.Backward(output, cotangent, new GradientTargets().Add(inputs[i], gradient));
            double duality = Math.Abs(Reduce.Dot(cotangent, tangent) - Reduce.Dot(gradient, direction))
                / (Math.Sqrt(Reduce.SumOfSquares(cotangent)) * size);
            double difference = s_steps.Min(step => Math.Sqrt(Reduce.SquaredDistance(FiniteDifference(check, i, direction, step, scope), tangent)) / size);
            worstDifference = Worse(worstDifference, difference);
            worstDuality = Worse(worstDuality, duality);
        }

        (double linearisation, double second) = check.CanLinearise ? LinearisationCheck.Run(check, random, s_steps) : (0, 0);
        return new GradientCheckResult(check.Name, worstDifference, worstDuality, linearisation, second);
    }

    internal static double Worse(double a, double b) => double.IsNaN(b) ? double.PositiveInfinity : Math.Max(a, b);

    private static Tensor FiniteDifference(GradientCase check, int moved, Tensor direction, double step, TensorScope scope)
    {
        Tensor? result = null;
        foreach (double sign in (ReadOnlySpan<double>)[1, -1])
        {
            using var tape = Tape.Forgetful(scope.Device);
            Tensor shifted = tape.Values.Clone(check.Inputs[moved]);
            Scale.Run(sign * step, direction, shifted, WriteMode.Add);
            Variable value = check.Function(tape, [.. check.Inputs.Select((x, i) => tape.Input(i == moved ? shifted : x))]);
            result ??= scope.Zeros(value.Value.DType, value.Value.Shape);
            Scale.Run(sign / (2 * step), value.Value, result, WriteMode.Add);
        }

        return result!;
    }
}
