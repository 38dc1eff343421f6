using NUnit.Framework;
using Stardeq.Autodiff;
using Stardeq.Engine;

namespace Stardeq.Tests;

[TestFixtureSource(typeof(TestDevices))]
public sealed class JacobianPenaltyTests(TestDevice device)
{
    private static readonly FrobeniusPenalty[] s_frobenius =
    [
        new(1, ProbeKind.Gaussian, ProbeSide.Right), new(3, ProbeKind.Rademacher, ProbeSide.Right), new(2, ProbeKind.Gaussian, ProbeSide.Left),
    ];

    private TensorScope _scope = null!;
    private ParameterSet _parameters = null!;
    private Unet _unet = null!;

    [SetUp]
    public void MakeNetwork()
    {
        _scope = new TensorScope(device.Device, MemoryOwner.Data);
        _parameters = new ParameterSet(device.Device, DType.Float64);
        _unet = new Unet(_parameters, new UnetOptions(3, 1));
        foreach (Parameter parameter in _parameters.All)
        {
            RandomFill.Normal(parameter.Value, new CounterRandom(5).Stream(parameter.Name), 0.3);
        }
    }

    [TearDown]
    public void DropNetwork()
    {
        _parameters.Dispose();
        _scope.Dispose();
    }

    [Test]
    public void The_mean_over_probes_is_the_squared_frobenius_norm([ValueSource(nameof(s_frobenius))] FrobeniusPenalty penalty)
    {
        using var tape = Tape.Recording(device.Device);
        (Variable x, Variable y) = Record(tape, slices: 1);
        DenseMatrix jacobian = DenseMatrix.Jacobian(tape, x, y);
        double exact = jacobian.SquaredFrobenius / jacobian.Columns;
        double[] draws = [.. Enumerable.Range(0, 400).Select(i =>
        {
            using var fresh = Tape.Recording(device.Device);
            (Variable input, Variable output) = Record(fresh, slices: 1);
            return (penalty with { Probes = 1 }).AddGradient(fresh, input, output, 1, new GradientTargets(), new CounterRandom(20).Stream(i));
        })];
        double mean = draws.Average(), error = Math.Sqrt(draws.Sum(d => (d - mean) * (d - mean)) / (draws.Length * (draws.Length - 1)));
        Assert.That(mean, Is.EqualTo(exact).Within(3 * error)); // three standard errors of the mean; the seed is fixed
        Assert.That(error, Is.LessThan(0.05 * exact), "the test says something");
    }

    [Test]
    public void The_gradient_agrees_with_finite_differences_of_the_penalty_for_the_same_probes([ValueSource(nameof(s_frobenius))] FrobeniusPenalty penalty) =>
        CheckGradient(penalty);

    [Test]
    public void The_gradient_of_the_spectral_penalty_agrees_with_finite_differences() =>
        CheckGradient(new SpectralPenalty(Iterations: 400, Margin: 0.9)); // so many that the singular vectors are exact

    [Test]
    public void The_spectral_penalty_is_the_squared_excess_of_each_slice_above_the_threshold()
    {
        using var tape = Tape.Recording(device.Device);
        (Variable x, Variable y) = Record(tape, slices: 2);
        double[] norms = [.. Enumerable.Range(0, 2).Select(slice =>
        {
            using var alone = Tape.Recording(device.Device);
            Variable input = alone.Input(x.Value.Slice(slice, 1));
            return DenseMatrix.Jacobian(alone, input, _unet.Apply(alone, input)).Norm();
        })];
        double between = norms.Average();
        double penalty = new SpectralPenalty(400, 1 - between).AddGradient(tape, x, y, 1, new GradientTargets(), new CounterRandom(3));
        double expected = norms.Sum(norm => Math.Pow(Math.Max(0, norm - between), 2)) / 2;

        // Power iteration is exact here to some 1e-10 of σ; the excess is a difference of norms of order one.
        Assert.That(Math.Abs(norms[0] - norms[1]), Is.GreaterThan(0.01), "the slices differ");
        Assert.That(penalty, Is.EqualTo(expected).Within(1e-8));
        Assert.That(new SpectralPenalty(5, 1 - (2 * norms.Max())).AddGradient(tape, x, y, 1, Targets(tape), new CounterRandom(3)), Is.Zero);
        Assert.That(_parameters.All.All(p => p.Gradient.ToArray<double>().All(g => g == 0)), Is.True, "no excess, no gradient");
    }

    [Test]
    public void The_weight_scales_the_gradient_only_and_biases_have_none()
    {
        double penalty = Penalty(new FrobeniusPenalty(), 1);
        double[] once = Gradients();
        _parameters.ClearGradients();
        Assert.That(Penalty(new FrobeniusPenalty(), 4), Is.EqualTo(penalty));
        Assert.That(Gradients(), Is.EqualTo(once.Select(g => 4 * g))); // a power of two: exact
        Assert.That(_parameters.All.Where(p => p.Name.EndsWith("bias", StringComparison.Ordinal)).SelectMany(p => p.Gradient.ToArray<double>()), Is.All.Zero);
    }

    private double Penalty(IJacobianPenalty penalty, double weight)
    {
        using var tape = Tape.Recording(device.Device);
        (Variable x, Variable y) = Record(tape, slices: 2);
        return penalty.AddGradient(tape, x, y, weight, Targets(tape), new CounterRandom(8));
    }

    private void CheckGradient(IJacobianPenalty penalty)
    {
        Penalty(penalty, 1);
        double[] gradient = Gradients(), direction = [.. Enumerable.Range(0, gradient.Length).Select(i => new CounterRandom(9).Normal(i))];
        double slope = gradient.Zip(direction, (g, d) => g * d).Sum();
        double At(double step)
        {
            Move(direction, step);
            double value = Penalty(penalty, 0);
            Move(direction, -step);
            return value;
        }

        // Central differences of a function that is smooth between kinks: h² at the longest step, ε/h at the shortest.
        double error = new[] { 1e-5, 1e-6, 1e-7 }.Min(h => Math.Abs(((At(h) - At(-h)) / (2 * h)) - slope));
        Assert.That(error, Is.LessThan(1e-6 * Math.Abs(slope)));
    }

    private (Variable Input, Variable Output) Record(Tape tape, int slices)
    {
        Tensor value = tape.Values.New(DType.Float64, [slices, 2, 4, 5]);
        RandomFill.Normal(value, new CounterRandom(6));
        Variable x = tape.Input(value);
        return (x, _unet.Apply(tape, x));
    }

    private GradientTargets Targets(Tape tape) => new GradientTargets().Add(tape, _parameters.All);

    private double[] Gradients() => [.. _parameters.All.SelectMany(p => p.Gradient.ToArray<double>())];

    private void Move(double[] direction, double step)
    {
        int first = 0;
        foreach (Parameter parameter in _parameters.All)
        {
            double[] values = parameter.Value.ToArray<double>();
            parameter.Value.CopyFromHost<double>([.. values.Select((v, i) => v + (step * direction[first + i]))]);
            first += values.Length;
        }
    }
}
