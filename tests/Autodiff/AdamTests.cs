using NUnit.Framework;
using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

[TestFixtureSource(typeof(TestDevices))]
public sealed class AdamTests(TestDevice device)
{
    private static readonly AdamConstants s_constants = new(1e-2, 0.9, 0.999, 1e-8);

    [TestCase(DType.Float64, 1e-14)] // the same products in another association: a few rounding errors of 1e-16
    [TestCase(DType.Float32, 2e-6)]  // five steps of a few rounding errors of 6e-8 each, relative to p of order one
    public void A_step_equals_the_published_recursion(DType dtype, double tolerance)
    {
        const int Count = 37; // not a multiple of any vector width
        using var parameters = new ParameterSet(device.Device, dtype);
        Parameter parameter = parameters.Add("p", [Count]);
        RandomFill.Normal(parameter.Value, new CounterRandom(1));
        double[] p = Values(parameter.Value), m = new double[Count], v = new double[Count];
        using var adam = new Adam(parameters, s_constants);
        for (int step = 1; step <= 5; step++)
        {
            RandomFill.Normal(parameter.Gradient, new CounterRandom(2).Stream(step));
            double[] g = Values(parameter.Gradient);
            adam.Step();
            for (int i = 0; i < Count; i++)
            {
                m[i] = (0.9 * m[i]) + (0.1 * g[i]);
                v[i] = (0.999 * v[i]) + (0.001 * g[i] * g[i]);
                p[i] -= 1e-2 * (m[i] / (1 - Math.Pow(0.9, step))) / (Math.Sqrt(v[i] / (1 - Math.Pow(0.999, step))) + 1e-8);
            }
        }

        Assert.That(Values(parameter.Value), Is.EqualTo(p).Within(tolerance));
    }

    [Test]
    public void Weight_decay_shrinks_weights_before_each_step_and_leaves_biases_and_scalars()
    {
        const double Decay = 0.3;
        using var parameters = new ParameterSet(device.Device, DType.Float64);
        Parameter weight = parameters.Add("weight", [4, 3, 2, 2]), bias = parameters.Add("bias", [4]), scalar = parameters.Add("scalar", Shape.Scalar);
        foreach (Parameter parameter in parameters.All)
        {
            RandomFill.Normal(parameter.Value, new CounterRandom(1).Stream(parameter.Name));
            RandomFill.Normal(parameter.Gradient, new CounterRandom(2).Stream(parameter.Name));
        }

        double[][] before = [.. parameters.All.Select(p => Values(p.Value))];
        using var adam = new Adam(parameters, s_constants) { WeightDecay = Decay };
        adam.Step();
        foreach ((Parameter parameter, double[] old, double kept) in new[] { (weight, before[0], 1 - (1e-2 * Decay)), (bias, before[1], 1.0), (scalar, before[2], 1.0) })
        {
            // The first step of Adam moves by the rate along the sign of the gradient, to 1e-8 / |g|, its epsilon.
            double[] expected = [.. old.Zip(Values(parameter.Gradient), (p, g) => (kept * p) - (1e-2 * g / (Math.Abs(g) + 1e-8)))];
            Assert.That(Values(parameter.Value), Is.EqualTo(expected).Within(1e-14), parameter.Name);
        }
    }

    [Test]
    public void A_quadratic_is_minimised()
    {
        using var parameters = new ParameterSet(device.Device, DType.Float32);
        Parameter parameter = parameters.Add("p", [3]);
        Fill.Run(1, parameter.Value);
        using var adam = new Adam(parameters, s_constants);
        for (int step = 0; step < 500; step++)
        {
            parameter.Gradient.CopyFrom(parameter.Value); // gradient of ‖p‖² / 2
            adam.Step();
        }

        // Adam moves by at most its rate per step, so 500 steps of 1e-2 cross the distance 1 and settle within a few rates.
        Assert.That(Math.Sqrt(Reduce.SumOfSquares(parameter.Value)), Is.LessThan(0.05));
    }

    private static double[] Values(Tensor tensor) => tensor.DType == DType.Float64
        ? tensor.ToArray<double>()
        : [.. tensor.ToArray<float>().Select(value => (double)value)];
}
