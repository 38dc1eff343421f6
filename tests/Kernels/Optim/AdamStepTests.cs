using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

[TestFixtureSource(typeof(DeviceTypes), nameof(DeviceTypes.Real))]
public sealed class AdamStepTests(TestDevice device, DType type)
{
    private static readonly AdamConstants s_constants = new(1e-2, 0.9, 0.999, 1e-8, GradientScale: 0.5);

    // Around every vector width, beyond one parallel range, and with a remainder in the last one.
    private static readonly int[] s_counts = [1, 7, 8, 9, 15, 16, 17, 16384, 16385, 40003];

    [Test]
    public void Every_element_follows_the_published_recursion_whatever_the_count([ValueSource(nameof(s_counts))] int count)
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Tensor p = Sample.Normal(scope, type, [count], 1), m = scope.Zeros(type, [count]), v = scope.Zeros(type, [count]);
        double[] ep = Sample.Scalars(p), em = new double[count], ev = new double[count];
        for (int step = 1; step <= 2; step++)
        {
            Tensor gradient = Sample.Normal(scope, type, [count], (ulong)(1 + step));
            double[] g = Sample.Scalars(gradient);
            AdamStep.Run(p, gradient, m, v, step, s_constants);
            for (int i = 0; i < count; i++)
            {
                em[i] = (0.9 * em[i]) + (0.1 * 0.5 * g[i]);
                ev[i] = (0.999 * ev[i]) + (0.001 * 0.25 * g[i] * g[i]);
                ep[i] -= 1e-2 * em[i] / (1 - Math.Pow(0.9, step)) / (Math.Sqrt(ev[i] / (1 - Math.Pow(0.999, step))) + 1e-8);
            }
        }

        // Two steps of a few roundings of p, below 5; the change itself is at most 1e-2.
        double tolerance = type == DType.Float32 ? 2e-6 : 1e-14;
        double[] actual = Sample.Scalars(p);
        Assert.That(Enumerable.Range(0, count).Count(i => !(Math.Abs(actual[i] - ep[i]) < tolerance)), Is.Zero, "elements off");
    }

    [Test]
    public void Arrays_that_differ_and_a_step_before_the_first_are_refused()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Tensor p = scope.Zeros(type, [4]), longer = scope.Zeros(type, [5]);
        Assert.That(() => AdamStep.Run(p, longer, p, p, 1, s_constants), Throws.TypeOf<ShapeException>().With.Message.Contains("adam"));
        Assert.That(() => AdamStep.Run(p, p, p, p, 0, s_constants), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
