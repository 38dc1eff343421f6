using NUnit.Framework;
using Stardeq.Autodiff;
using Stardeq.Engine;

namespace Stardeq.Tests;

[TestFixtureSource(typeof(TestDevices))]
public sealed class GradientTests(TestDevice device)
{
    [Test]
    public void Every_operation_agrees_with_finite_differences_and_with_its_own_tangent()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Data);
        foreach (GradientCase check in OpCases.All(scope, new CounterRandom(11)))
        {
            GradientCheckResult result = GradientCheck.Run(check, new CounterRandom(12));
            Assert.That(result.FiniteDifference, Is.LessThanOrEqualTo(GradientCheckResult.FiniteDifferenceTolerance), $"{check.Name}: forward sweep against differences");
            Assert.That(result.Duality, Is.LessThanOrEqualTo(GradientCheckResult.DualityTolerance), $"{check.Name}: reverse sweep against forward sweep");
            Assert.That(result.Linearisation, Is.LessThanOrEqualTo(GradientCheckResult.DualityTolerance), $"{check.Name}: linearised tape against forward sweep");
            Assert.That(result.SecondDifference, Is.LessThanOrEqualTo(GradientCheckResult.FiniteDifferenceTolerance), $"{check.Name}: reverse sweep through the linearised tape against differences");
        }
    }

    [Test]
    [Category(Repository.ReadsSources)]
    public void Every_operation_file_has_a_gradient_case()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Data);
        string[] cases = [.. OpCases.All(scope, new CounterRandom(11)).Select(c => c.Name.Replace("-", "", StringComparison.Ordinal))];
        string folder = Path.Combine(Repository.Root, "src", "Autodiff", "Ops");
        foreach (string file in Directory.GetFiles(folder, "*Op.cs"))
        {
            string operation = Path.GetFileNameWithoutExtension(file)[..^2];
            Assert.That(cases.Any(name => name.StartsWith(operation, StringComparison.OrdinalIgnoreCase)), Is.True, $"{operation} has no case in OpCases");
        }
    }

    [Test]
    public void A_wrong_rule_is_caught()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Data);
        Tensor x = scope.From([3], [1.0, -2.0, 0.5]);
        var wrong = new GradientCase("wrong", [x], (tape, v) =>
        {
            Variable y = tape.WeightedSum(2, v[0], 0, v[0]);
            return tape.Record(
                tape.Values.Clone(y.Value),
                [v[0]],
                (yBar, into) =>
                {
                    (Tensor xBar, Kernels.WriteMode mode) = into.Of(v[0]);
                    Kernels.Scale.Run(3, yBar, xBar, mode);
                },
                (from, yDot) => Kernels.Scale.Run(2, from[v[0]]!, yDot));
        })
        { CanLinearise = false };
        Assert.That(GradientCheck.Run(wrong, new CounterRandom(1)).Passed, Is.False);
    }

    [TestCase(Pooling.Average, 0.1)]
    [TestCase(Pooling.Max, 0.3)]
    public void A_unet_of_an_odd_size_agrees_with_finite_differences(Pooling pooling, double slope)
    {
        using var parameters = new ParameterSet(device.Device, DType.Float64);
        var unet = new Unet(parameters, new UnetOptions(3, 2, pooling, slope));
        foreach (Parameter parameter in parameters.All)
        {
            RandomFill.Normal(parameter.Value, new CounterRandom(5).Stream(parameter.Name), 0.3);
        }

        using var scope = new TensorScope(device.Device, MemoryOwner.Data);
        Tensor x = scope.New(DType.Float64, [1, 2, 9, 11]);
        RandomFill.Normal(x, new CounterRandom(6));
        GradientCheckResult result = GradientCheck.Run(new GradientCase("unet", [x], (tape, v) => unet.Apply(tape, v[0])), new CounterRandom(7));

        // Kinks: a step of 1e-5 flips some of the few hundred activations only if one is that close to zero; with this
        // seed none is, so the tolerance of smooth operations holds.
        Assert.That(result.Passed, Is.True, $"{result}");
    }

    [Test]
    public void The_unet_starts_as_zero_and_has_the_documented_number_of_parameters()
    {
        using var parameters = new ParameterSet(device.Device, DType.Float32);
        var unet = new Unet(parameters, new UnetOptions(16, 4));
        unet.Initialise(new CounterRandom(1));
        using var tape = Tape.Forgetful(device.Device);
        Tensor x = tape.Values.New(DType.Float32, [1, 2, 16, 16]);
        RandomFill.Normal(x, new CounterRandom(2));
        Tensor y = unet.Apply(tape, tape.Input(x)).Value;

        Assert.That(y.ToArray<float>(), Is.All.Zero);

        // Counted from the layout: Σ over convolutions of out·in·k² + out; by hand for base b and P = 4 poolings:
        // encoder and decoder levels l of width w = b 2^l.
        long expected = 0;
        long Conv(long cin, long cout, long k) => (cin * cout * k * k) + cout;
        for (int level = 0; level <= 4; level++)
        {
            long w = 16L << level;
            expected += Conv(level == 0 ? 2 : w / 2, w, 3) + Conv(w, w, 3);
            if (level < 4)
            {
                expected += Conv(2 * w, w, 2) + Conv(2 * w, w, 3) + Conv(w, w, 3);
            }
        }

        Assert.That(parameters.Count, Is.EqualTo(expected + Conv(16, 2, 1)));
    }
}
