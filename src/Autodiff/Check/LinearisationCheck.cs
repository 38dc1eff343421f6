using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

/// <summary>The part of <see cref="GradientCheck"/> that concerns <see cref="Tape.Linearise"/>.</summary>
internal static class LinearisationCheck
{
    /// <summary>Errors of the taped tangent and of its reverse sweep.</summary>
    /// <param name="check">What is checked.</param>
    /// <param name="random">Directions and cotangent.</param>
    /// <param name="steps">Steps of the differences; the best one counts.</param>
    public static (double Linearisation, double SecondDifference) Run(GradientCase check, CounterRandom random, double[] steps)
    {
        using var scope = new TensorScope(check.Inputs[0].Device, MemoryOwner.Workspace);
        Tensor[] moved = Directions("direction"), turned = Directions("second direction");
        using var tape = Tape.Recording(scope.Device);
        Variable[] inputs = [.. check.Inputs.Select(tape.Input)];
        Variable output = check.Function(tape, inputs);
        double worst = 0;
        for (int i = 0; i < inputs.Length; i++)
        {
            worst = GradientCheck.Worse(worst, Distance(tape.Linearise(output, [(inputs[i], tape.Input(moved[i]))]), [(inputs[i], moved[i])]));
        }

        Variable together = tape.Linearise(output, [.. inputs.Zip(moved.Select(tape.Input))]);
        worst = GradientCheck.Worse(worst, Distance(together, [.. inputs.Zip(moved)]));

        Tensor cotangent = scope.Like(output.Value);
        RandomFill.Normal(cotangent, random.Stream("second cotangent"));
        var targets = new GradientTargets();
        Tensor[] gradients = [.. check.Inputs.Select(x => scope.Zeros(x.DType, x.Shape))];
        for (int i = 0; i < inputs.Length; i++)
        {
            targets.Add(inputs[i], gradients[i]);
        }

        tape.Backward(together, cotangent, targets);
        double slope = gradients.Zip(turned).Sum(pair => Reduce.Dot(pair.First, pair.Second));
        double size = Math.Sqrt(Reduce.SumOfSquares(cotangent) * Reduce.SumOfSquares(together.Value));
        double second = steps.Min(step => Math.Abs(((TangentAt(step) - TangentAt(-step)) / (2 * step)) - slope) / size);
        return (worst, GradientCheck.Worse(0, second));

        Tensor[] Directions(string name) => [.. check.Inputs.Select((x, i) =>
        {
            Tensor direction = scope.Like(x);
            RandomFill.Normal(direction, random.Stream($"{name} {i}"));
            return direction;
        })];

        double Distance(Variable taped, (Variable Variable, Tensor Tangent)[] seeds)
        {
            Tensor tangent = scope.Like(output.Value);
            tape.Tangent(output, seeds, tangent);
            return Math.Sqrt(Reduce.SquaredDistance(taped.Value, tangent) / Reduce.SumOfSquares(tangent));
        }

        double TangentAt(double step)
        {
            using var shifted = Tape.Recording(scope.Device);
            Variable[] at = [.. check.Inputs.Select((x, i) =>
            {
                Tensor value = shifted.Values.Clone(x);
                Scale.Run(step, turned[i], value, WriteMode.Add);
                return shifted.Input(value);
            })];
            Variable value = check.Function(shifted, at);
            Tensor tangent = shifted.Values.Like(value.Value);
            shifted.Tangent(value, [.. at.Zip(moved)], tangent);
            return Reduce.Dot(cotangent, tangent);
        }
    }
}
