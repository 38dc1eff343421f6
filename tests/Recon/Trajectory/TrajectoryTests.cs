using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class TrajectoryTests
{
    [Test]
    public void Golden_angles_and_subsets_are_those_of_the_reference()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        SafetensorsContent reference = Fixtures.Case("spoke_subsets", scope);
        double[] angles = RadialTrajectory.Angles(SpokeOrder.Golden, 48);
        Assert.That(Fixtures.RelativeError(angles, reference["out.angles"].ToArray<double>()), Is.LessThan(1e-13));
        Assert.That(SpokeSubset.Temporal(angles, 4), Is.EqualTo(reference["out.temporal"].ToArray<double>()));
        Assert.That(SpokeSubset.Equiangular(angles, 4), Is.EqualTo(reference["out.equiangular"].ToArray<double>()));
    }

    [Test]
    public void Decimating_a_golden_order_clumps_the_angles()
    {
        // Method note, section A6: 400 golden projections, R = 4.
        double[] angles = RadialTrajectory.Angles(SpokeOrder.Golden, 400);
        AngularGaps Of(UndersamplingPattern pattern) =>
            SpokeSubset.Gaps([.. SpokeSubset.Select(pattern, angles, 4).Select(i => angles[i])]);
        Assert.That(Of(UndersamplingPattern.Temporal).Largest, Is.EqualTo(2.32).Within(0.01));
        Assert.That(Of(UndersamplingPattern.Equiangular).Largest, Is.EqualTo(1.12).Within(0.01));
        Assert.That(Of(UndersamplingPattern.Contiguous).Largest, Is.EqualTo(1.32).Within(0.01));
        Assert.That(Of(UndersamplingPattern.Temporal).Variation, Is.EqualTo(0.92).Within(0.01));
        Assert.That(() => SpokeSubset.Temporal(angles, 401), Throws.TypeOf<InputException>());
    }

    [Test]
    public void A_half_shifted_readout_is_symmetric_and_an_unshifted_one_passes_through_the_centre()
    {
        double[] shifted = RadialTrajectory.ReadoutPositions(8, halfShift: true);
        Assert.That(shifted.Zip(shifted.Reverse(), (a, b) => a + b), Is.All.Zero);
        Assert.That(RadialTrajectory.ReadoutPositions(8)[4], Is.Zero);
        Assert.That(RadialTrajectory.ReadoutPositions(7)[3], Is.Zero);
        Assert.That(() => RadialTrajectory.ReadoutPositions(7, halfShift: true), Throws.TypeOf<InputException>());
    }

    [Test]
    public void Angles_and_radii_are_recovered_from_points_of_a_rectangular_image()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        double[] angles = RadialTrajectory.Angles(SpokeOrder.Golden, 9, 0.1), radius = RadialTrajectory.ReadoutPositions(32, halfShift: true);
        Tensor points = RadialTrajectory.Points(angles, radius, 24, 40, scope, DType.Float64).Reshape([9, 32, 2]);
        SpokeGeometry geometry = SpokeGeometry.FromPoints(points, 24, 40);
        Assert.That(geometry.Angles, Is.EqualTo(angles).Within(1e-12));
        Assert.That(geometry.Radius[(3 * 32)..(4 * 32)], Is.EqualTo(radius).Within(1e-12));
    }

    [Test]
    public void Points_that_are_no_spokes_are_refused()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        double[] radius = RadialTrajectory.ReadoutPositions(16);
        Tensor points = RadialTrajectory.Points([0.3, 1.2], radius, 16, 16, scope, DType.Float64);
        Assert.That(() => SpokeGeometry.FromPoints(points, 16, 16), Throws.TypeOf<InputException>().With.Message.Contains("pipe"));
        points.Span<double>()[40] += 0.5;
        Assert.That(() => SpokeGeometry.FromPoints(points.Reshape([2, 16, 2]), 16, 16), Throws.TypeOf<InputException>().With.Message.Contains("spoke 1"));
    }

    [Test]
    public void Spokes_that_corrected_delays_move_across_the_edge_are_in_range_and_wider_ones_are_not()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        double[] radius = RadialTrajectory.ReadoutPositions(128);
        Tensor points = RadialTrajectory.Points([0.1, 1.5], radius, 64, 64, scope, DType.Float64).Reshape([2, 128, 2]);
        void Move(double samples)
        {
            Span<double> k = points.Span<double>();
            for (int i = 0; i < k.Length; i++)
            {
                k[i] -= samples * 0.5; // spacing of 2 x 64 samples in cycles per field of view
            }
        }

        Move(2.9);
        Assert.That(() => TrajectoryUnits.Check(points, 64, 64), Throws.Nothing);
        Assert.That(() => TrajectoryUnits.Check(points.Reshape([256, 2]), 64, 64), Throws.TypeOf<InputException>().With.Message.Contains("enlarge the matrix"));
        Move(0.5);
        Assert.That(() => TrajectoryUnits.Check(points, 64, 64), Throws.TypeOf<InputException>());
    }

    [TestCase(1.0, null)]
    [TestCase(288.0 / 287, null)]
    [TestCase(1.0 / 64, "cycles per pixel")]
    [TestCase(2 * Math.PI / 64, "radians per pixel")]
    [TestCase(2.0 / 64, "normalised")]
    [TestCase(4.0, "larger matrix")]
    [TestCase(0.0, "k = 0")]
    [TestCase(double.NaN, "NaN")]
    public void A_trajectory_in_another_unit_is_recognised(double factor, string? hint)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        double[] radius = [.. RadialTrajectory.ReadoutPositions(128).Select(r => r * factor * (factor > 1 && factor < 2 ? 0.995 : 1))];
        Tensor points = RadialTrajectory.Points([0], radius, 64, 64, scope);
        if (hint is null)
        {
            Assert.That(() => TrajectoryUnits.Check(points, 64, 64), Throws.Nothing);
        }
        else
        {
            Assert.That(() => TrajectoryUnits.Check(points, 64, 64), Throws.TypeOf<InputException>().With.Message.Contains(hint));
        }
    }
}
