using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

/// <summary>The coil maps of a simulation, as a training sees them.</summary>
public sealed class TrueMapsTests
{
    private const double Rounding = 1.0 / (1 << 24);

    [Test]
    public void Have_unit_length_in_every_pixel_as_all_maps_have()
    {
        using var training = new TinyTraining(TinyTraining.Config with { Maps = MapsKind.True });
        foreach (SliceProblem slice in training.Training)
        {
            (int coils, int pixels) = (slice.Maps.Shape[0], slice.Maps.Shape[1] * slice.Maps.Shape[2]);
            Complex64[] map = slice.Maps.ToArray<Complex64>();
            double worst = Enumerable.Range(0, pixels).Max(pixel => Math.Abs(1 - Enumerable.Range(0, coils).Sum(coil => Math.Pow(map[(coil * pixels) + pixel].ToComplex().Magnitude, 2))));
            Assert.That(worst, Is.LessThan(2 * Rounding), "each part is off by a relative half of a last place, squares by twice that");
        }
    }

    [Test]
    public void Keep_their_directions()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Complex64[] values = [new(3, 0), new(0, 2), new(0, 0), new(0, 4), new(0, 0), new(0, 0)];
        Tensor maps = scope.From([1, 2, 1, 3], values);
        UnitMaps.Normalise(maps);
        Complex64[] expected = [new(0.6f, 0), new(0, 1), new(0, 0), new(0, 0.8f), new(0, 0), new(0, 0)];
        Assert.That(maps.ToArray<Complex64>(), Is.EqualTo(expected));
    }
}
