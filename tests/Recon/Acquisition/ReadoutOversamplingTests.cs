using System.Numerics;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class ReadoutOversamplingTests
{
    [TestCase(32, 2, 0)]
    [TestCase(48, 3, 0)]
    [TestCase(32, 2, 0.5)]
    public void Point_sources_inside_keep_their_signal_at_every_kept_position_and_those_outside_vanish(int readout, int factor, double shift)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        int kept = readout / factor;
        Complex Signal(int pixel, double t) => Complex.FromPolarCoordinates(1, -2 * Math.PI * pixel * (t - (readout / 2) + shift) / readout);
        for (int pixel = -readout / 2; pixel < readout / 2; pixel++)
        {
            Tensor line = scope.From<Complex64>([1, 1, 1, readout], [.. Enumerable.Range(0, readout).Select(t => Complex64.From(Signal(pixel, t)))]);
            Complex64[] result = ReadoutOversampling.Remove(line, factor, scope).ToArray<Complex64>();
            bool inside = pixel >= -(kept / 2) && pixel < kept - (kept / 2);
            int[] positions = ReadoutOversampling.Positions(readout, factor);
            for (int j = 0; j < kept; j++)
            {
                Complex expected = inside ? Signal(pixel, positions[j]) : Complex.Zero;
                Assert.That((result[j].ToComplex() - expected).Magnitude, Is.LessThan(1e-5), $"{pixel}: {j}"); // two transforms in single precision
            }
        }
    }

    [Test]
    public void The_middle_sample_stays_the_middle_and_factors_that_do_not_divide_are_refused()
    {
        Assert.That(ReadoutOversampling.Positions(8, 2), Is.EqualTo(new[] { 0, 2, 4, 6 }));
        Assert.That(ReadoutOversampling.Positions(12, 4)[1], Is.EqualTo(6));
        Assert.That(() => ReadoutOversampling.Positions(9, 2), Throws.TypeOf<InputException>());
        Assert.That(() => ReadoutOversampling.Positions(8, 0), Throws.TypeOf<InputException>());
    }
}
