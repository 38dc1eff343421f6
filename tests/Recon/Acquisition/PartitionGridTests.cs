using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class PartitionGridTests
{
    [Test]
    public void Measured_partitions_lie_where_their_index_says_and_the_centre_is_in_the_middle()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Tensor measured = scope.From<Complex64>([1, 3, 1, 1], [new(1, 0), new(2, 0), new(3, 0)]);

        // Encoded indices 2, 3, 4 with kz = 0 at 3, on six partitions whose centre is index 3; then in another order with kz = 0 at 4.
        Assert.That(Values(PartitionGrid.ZeroFill(measured, [2, 3, 4], 3, 6, scope)), Is.EqualTo(new[] { 0.0, 0, 1, 2, 3, 0 }));
        Assert.That(Values(PartitionGrid.ZeroFill(measured, [4, 3, 2], 4, 6, scope)), Is.EqualTo(new[] { 0.0, 3, 2, 1, 0, 0 }));
        Assert.That(PartitionGrid.ZeroFill(measured, [0, 1, 2], 1, 3, scope), Is.SameAs(measured));
        Assert.That(() => PartitionGrid.ZeroFill(measured, [0, 1, 2], 5, 6, scope), Throws.TypeOf<InputException>().With.Message.Contains("kz = 0 at 5"));
        Assert.That(() => PartitionGrid.ZeroFill(measured, [1, 1, 2], 1, 6, scope), Throws.TypeOf<InputException>());
    }

    [Test]
    public void Aligned_partitions_share_their_points_and_rotated_ones_are_refused_with_their_angle()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        double[] radius = RadialTrajectory.ReadoutPositions(16);
        Tensor Points(double turn)
        {
            Tensor points = scope.New(DType.Float64, [2, 3, 16, 2]);
            points.Slice(0).CopyFrom(RadialTrajectory.Points([0, 1, 2], radius, 16, 16, scope, DType.Float64).Reshape([3, 16, 2]));
            points.Slice(1).CopyFrom(RadialTrajectory.Points([turn, 1 + turn, 2 + turn], radius, 16, 16, scope, DType.Float64).Reshape([3, 16, 2]));
            return points;
        }

        Assert.That(PartitionGrid.RequireAligned(Points(0.9 * PartitionGrid.AlignmentTolerance / 8), "raw.h5").Shape, Is.EqualTo(Shape.Create([3, 16, 2])));
        Assert.That(
            () => PartitionGrid.RequireAligned(Points(10 * Math.PI / 180), "raw.h5"),
            Throws.TypeOf<InputException>().With.Message.Contains("10.0 degrees").And.Message.Contains("partition 1"));
    }

    private static double[] Values(Tensor kSpace) => Array.ConvertAll(kSpace.ToArray<Complex64>(), v => (double)v.Real);
}
