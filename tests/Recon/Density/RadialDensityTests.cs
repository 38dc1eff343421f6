using System.Text.Json;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class RadialDensityTests
{
    [TestCase("density_ramp")]
    [TestCase("density_ramp_half_shift")]
    [TestCase("density_voronoi_golden")]
    public void Points_and_weights_are_those_of_the_reference(string name)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        SafetensorsContent reference = Fixtures.Case(name, scope);
        JsonElement config = Fixtures.Config(reference);
        int rows = config.GetProperty("shape")[0].GetInt32(), columns = config.GetProperty("shape")[1].GetInt32();
        double[] angles = reference["in.angles"].ToArray<double>();
        double[] radius = RadialTrajectory.ReadoutPositions(config.GetProperty("readout").GetInt32(), config.GetProperty("half_shift").GetBoolean());
        Tensor points = RadialTrajectory.Points(angles, radius, rows, columns, scope, DType.Float64);
        Assert.That(Fixtures.RelativeError(points, reference["out.k"]), Is.LessThan(1e-9)); // tolerance of the case
        bool ramp = config.GetProperty("rule").GetString() == "ramp";
        foreach (SpokeGeometry geometry in new[] { SpokeGeometry.Radial(angles, radius), SpokeGeometry.FromPoints(points.Reshape([angles.Length, radius.Length, 2]), rows, columns) })
        {
            double[] weights = ramp ? RadialDensity.Ramp(geometry, rows, columns) : RadialDensity.Voronoi(geometry, rows, columns);
            Assert.That(Fixtures.RelativeError(weights, reference["out.w"].ToArray<double>()), Is.LessThan(1e-9));
        }
    }

    [Test]
    public void The_weights_add_up_to_the_area_of_the_sampled_disc()
    {
        // Sum of |r| dr over one diameter is 1/4 up to the trapezoid's O(1/readout²) error, times π and rows · columns.
        double[] angles = RadialTrajectory.Angles(SpokeOrder.Golden, 21), radius = RadialTrajectory.ReadoutPositions(200, halfShift: true);
        double total = RadialDensity.Voronoi(SpokeGeometry.Radial(angles, radius), 40, 60).Sum();
        Assert.That(total, Is.EqualTo(Math.PI / 4 * 40 * 60).Within(1e-9 * total));
        Assert.That(RadialDensity.Sectors(angles).Sum(), Is.EqualTo(Math.PI).Within(1e-12));
    }
}
