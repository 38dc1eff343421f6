using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class GradientDelayTests
{
    private const double Accuracy = 0.03; // samples; what the corrected trajectory needs for errors below 1 % at the edge of k-space

    [TestCase(0, 0, 0)]
    [TestCase(0.4, -0.25, 0.1)]
    [TestCase(1.3, 0.8, -0.3)]
    public void Ring_finds_the_delays_that_the_data_were_measured_with(double x, double y, double xy)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        double[] angles = RadialTrajectory.Angles(SpokeOrder.Golden, 55);
        var truth = new GradientDelays(x, y, xy);
        Tensor kSpace = new DelayedPhantom(1).KSpace(angles, truth, scope);
        DelayEstimate estimate = RingDelays.Estimate(kSpace, DelayedPhantom.Nominal(angles, scope), DelayedPhantom.Matrix, DelayedPhantom.Matrix);
        Expect(estimate.Delays, truth, 0.003); // without noise only the interpolation between samples is left
    }

    [Test]
    public void Ring_stays_accurate_with_noise_and_says_how_accurate()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        double[] angles = RadialTrajectory.Angles(SpokeOrder.Golden, 100);
        var truth = new GradientDelays(0.5, -0.3, 0.15);
        Tensor kSpace = new DelayedPhantom(2).KSpace(angles, truth, scope);
        KSpaceNoise.Add(kSpace, 0.3, new CounterRandom(5)); // the centre of k-space is about 12: twelve blobs of weight 1
        DelayEstimate estimate = RingDelays.Estimate(kSpace, DelayedPhantom.Nominal(angles, scope), DelayedPhantom.Matrix, DelayedPhantom.Matrix);
        Expect(estimate.Delays, truth, Accuracy);
        Assert.That(estimate.StandardError, Is.InRange(1e-5, Accuracy));
    }

    [Test]
    public void Opposite_spokes_find_delays_that_are_equal_on_both_axes()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        double[] angles = RadialTrajectory.Angles(SpokeOrder.FullCircle, 48);
        var truth = new GradientDelays(0.7, 0.7, 0);
        Tensor kSpace = new DelayedPhantom(3).KSpace(angles, truth, scope);
        Expect(AntiparallelDelays.Estimate(kSpace, DelayedPhantom.Nominal(angles, scope), DelayedPhantom.Matrix, DelayedPhantom.Matrix).Delays, truth, Accuracy);
    }

    [Test]
    public void Opposite_spokes_find_unequal_delays_of_a_round_object()
    {
        // A single blob in the centre has no sideways structure that could bias the shift.
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        double[] angles = RadialTrajectory.Angles(SpokeOrder.FullCircle, 48);
        var truth = new GradientDelays(0.6, -0.4, 0.2);
        Tensor kSpace = new DelayedPhantom(4, blobs: 1).KSpace(angles, truth, scope);
        Expect(AntiparallelDelays.Estimate(kSpace, DelayedPhantom.Nominal(angles, scope), DelayedPhantom.Matrix, DelayedPhantom.Matrix).Delays, truth, Accuracy);
    }

    [Test]
    public void Spokes_of_one_direction_are_refused()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        double[] half = RadialTrajectory.Angles(SpokeOrder.Uniform, 20), narrow = [.. half.Select(a => a / 20)];
        Tensor kSpace = new DelayedPhantom(5).KSpace(half, default, scope), flat = new DelayedPhantom(5).KSpace(narrow, default, scope);
        Assert.That(
            () => AntiparallelDelays.Estimate(kSpace, DelayedPhantom.Nominal(half, scope), DelayedPhantom.Matrix, DelayedPhantom.Matrix),
            Throws.TypeOf<InputException>().With.Message.Contains("opposite directions"));
        Assert.That(
            () => RingDelays.Estimate(flat, DelayedPhantom.Nominal(narrow, scope), DelayedPhantom.Matrix, DelayedPhantom.Matrix),
            Throws.TypeOf<InputException>().With.Message.Contains("cross"));
    }

    [Test]
    public void Corrected_points_are_where_the_samples_were_measured_and_still_count_as_spokes()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        double[] angles = [0.4, 2.1, 4.0];
        Tensor points = DelayedPhantom.Nominal(angles, scope);
        double[] before = points.ToArray<double>();
        new GradientDelays(0.5, -0.3, 0.2).Apply(points, DelayedPhantom.Matrix, DelayedPhantom.Matrix);
        double[] after = points.ToArray<double>();
        for (int i = 0; i < before.Length; i += 2)
        {
            (double sine, double cosine) = Math.SinCos(angles[i / 2 / (2 * DelayedPhantom.Matrix)]);
            Assert.That(after[i] - before[i], Is.EqualTo(0.5 * ((0.5 * cosine) + (0.2 * sine))).Within(1e-12));
            Assert.That(after[i + 1] - before[i + 1], Is.EqualTo(0.5 * ((0.2 * cosine) - (0.3 * sine))).Within(1e-12));
        }

        SpokeGeometry geometry = SpokeGeometry.FromPoints(points, DelayedPhantom.Matrix, DelayedPhantom.Matrix);
        Assert.That(geometry.Offsets.Max(Math.Abs), Is.GreaterThan(1e-4));
        Assert.That(geometry.Points(DelayedPhantom.Matrix, DelayedPhantom.Matrix), Is.EqualTo(after).Within(1e-12));
    }

    private static void Expect(GradientDelays found, GradientDelays truth, double within)
    {
        Assert.That(found.X, Is.EqualTo(truth.X).Within(within), "x");
        Assert.That(found.Y, Is.EqualTo(truth.Y).Within(within), "y");
        Assert.That(found.XY, Is.EqualTo(truth.XY).Within(within), "xy");
    }
}
