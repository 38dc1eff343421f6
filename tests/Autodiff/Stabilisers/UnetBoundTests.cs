using NUnit.Framework;
using Stardeq.Autodiff;
using Stardeq.Engine;

namespace Stardeq.Tests;

public sealed class UnetBoundTests
{
    [TestCase(0, Pooling.Average, 4, 4)]
    [TestCase(1, Pooling.Average, 4, 6)]
    [TestCase(1, Pooling.Max, 4, 4)]
    [TestCase(1, Pooling.Average, 5, 4)]
    [TestCase(2, Pooling.Average, 7, 5)]
    [TestCase(2, Pooling.Max, 8, 4)]
    public void The_bound_exceeds_the_dense_norm_of_every_jacobian(int poolings, Pooling pooling, int rows, int columns)
    {
        for (ulong seed = 1; seed <= 3; seed++)
        {
            using var parameters = new ParameterSet(Device.Cpu, DType.Float64);
            Unet unet = Network(parameters, new UnetOptions(2, poolings, pooling), seed);
            double bound = UnetBound.Of(unet, rows, columns).Value;
            using var tape = Tape.Recording(Device.Cpu);
            Tensor x = tape.Values.New(DType.Float64, [1, 2, rows, columns]);
            RandomFill.Normal(x, new CounterRandom(seed).Stream("x"));
            Variable input = tape.Input(x);
            double dense = DenseMatrix.Jacobian(tape, input, unet.Apply(tape, input)).Norm();
            Assert.That(dense, Is.GreaterThan(0).And.LessThanOrEqualTo(bound));
        }
    }

    [Test]
    public void The_bound_is_attained_by_a_network_of_identities_without_poolings()
    {
        // Positive numbers pass rectifiers: U(x) = 3 · 2 · 5 · x at x > 0, and 1 × 1 kernels within 3 × 3 have the exact norm.
        using var parameters = new ParameterSet(Device.Cpu, DType.Float64);
        var unet = new Unet(parameters, new UnetOptions(2, 0));
        foreach ((string name, double scale, int centre) in new[] { ("enc0.conv1", 3.0, 4), ("enc0.conv2", 2.0, 4), ("out", 5.0, 0) })
        {
            Parameter weight = parameters[$"unet.{name}.weight"];
            int taps = weight.Value.Shape[2] * weight.Value.Shape[3];
            weight.Value.CopyFromHost<double>([.. Enumerable.Range(0, 4 * taps).Select(i => i == centre || i == (3 * taps) + centre ? scale : 0)]);
        }

        // The bound of a constant K(ω) is too large by 1/cos²(π/32) for each 3 × 3.
        double excess = Math.Pow(Math.Cos(Math.PI / 32), -4);
        Assert.That(UnetBound.Of(unet, 4, 4).Value, Is.EqualTo(30 * excess).Within(1e-12 * 30));
    }

    [TestCase(1, Pooling.Average, 8, 8, 0.95)]
    [TestCase(2, Pooling.Max, 9, 8, 0.5)]
    [TestCase(4, Pooling.Average, 320, 320, 0.9)]
    public void Weights_of_the_norm_found_for_a_bound_have_that_bound(int poolings, Pooling pooling, int rows, int columns, double bound)
    {
        var options = new UnetOptions(2, poolings, pooling);
        double norm = UnetBound.NormFor(options, bound, rows, columns);
        using var parameters = new ParameterSet(Device.Cpu, DType.Float64);
        Unet unet = Network(parameters, options, 1);
        using var normalisation = new SpectralNormalisation(parameters, unet, new SpectralOptions(SpectralNorm.Fft, new NormTarget(norm, NormRule.Divide)));
        normalisation.Refresh();
        unet.WeightRule = normalisation;
        LipschitzBound found = UnetBound.Of(unet, rows, columns);
        Assert.That(found.Value, Is.EqualTo(bound).Within(1e-9)); // float64 norms, a product of some twenty
        Assert.That(found.Parts, Has.Count.EqualTo(unet.Convolutions.Count));
        Assert.That(found.ToString(), Does.Contain("padding"));
    }

    private static Unet Network(ParameterSet parameters, UnetOptions options, ulong seed)
    {
        var unet = new Unet(parameters, options);
        foreach (Parameter parameter in parameters.All)
        {
            RandomFill.Normal(parameter.Value, new CounterRandom(seed).Stream(parameter.Name), 0.4);
        }

        return unet;
    }
}
