using NUnit.Framework;
using Stardeq.Kernels;

namespace Stardeq.Tests;

public sealed class KaiserBesselTests
{
    [TestCase(4, 8.0)]
    [TestCase(6, 13.855)]
    [TestCase(5, 2.0)]
    public void The_transform_is_the_integral_of_the_window(int width, double beta)
    {
        var window = new KaiserBessel(width, beta);
        const int steps = 20000;
        foreach (double frequency in (double[])[0, 0.1, 0.25, 0.7, 1.3])
        {
            double sum = 0;
            for (int i = 0; i < steps; i++)
            {
                double u = width * (((i + 0.5) / steps) - 0.5);
                sum += window.Value(u) * Math.Cos(2 * Math.PI * u * frequency) * width / steps;
            }

            Assert.That(window.Transform(frequency), Is.EqualTo(sum).Within(1e-7)); // midpoint rule: (2π·1.3·W/steps)²
        }
    }

    [Test]
    public void The_window_is_one_at_its_centre_counts_its_edge_and_is_zero_outside()
    {
        var window = new KaiserBessel(4, 8);
        Assert.That(window.Value(0), Is.EqualTo(1));
        Assert.That(window.Value(2), Is.EqualTo(1 / 427.56411572).Within(1e-9)); // I0(8) = 427.564 115 721 8, tabulated
        Assert.That(window.Value(-2), Is.EqualTo(window.Value(2)));
        Assert.That(window.Value(2.0000001), Is.Zero);
    }
}
