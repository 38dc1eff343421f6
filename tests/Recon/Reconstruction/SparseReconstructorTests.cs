using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class SparseReconstructorTests
{
    private const int N = 16, Coils = 2;

    private static readonly Penalty[] s_penalties = [new Penalty.Wavelets(Wavelet.Haar, Seed: 2), new Penalty.Variation()];

    [Test]
    public void Every_device_finds_the_same_image([ValueSource(nameof(s_penalties))] Penalty penalty, [ValueSource(typeof(TestDevices), nameof(TestDevices.All))] TestDevice on)
    {
        using TensorScope host = new(Device.Cpu, MemoryOwner.Data), there = new(on.Device, MemoryOwner.Data);
        SliceProblem slice = Slice(host);
        Tensor expected = host.Like(slice.B), image = there.New(DType.Complex64, slice.B.Shape);
        var reference = new SparseReconstructor(penalty, 1e-3, iterations: 5, tolerance: 0);
        var method = new SparseReconstructor(penalty, 1e-3, iterations: 5, tolerance: 0);
        reference.Reconstruct(slice, expected);
        method.Reconstruct(slice.On(there), image);

        // Ten conjugate-gradient and five proximal steps: rounding of float32, 1e-7, grows by some hundreds where conjugate gradients lose the
        // orthogonality of their directions; a wrong product or a missed copy would be an error of order 1e-2 and more.
        Assert.That(Fixtures.RelativeError(host.Bring(image), expected), Is.LessThan(1e-4));
        Assert.That(Sample.Scalars(host.Bring(image)).Where((_, i) => slice.Support.Span<float>()[i / 2] == 0), Is.All.Zero);
        Assert.That(method.Solves[0].Iterations, Is.EqualTo(5));
        Assert.That(method.Solves[0].Weight, Is.EqualTo(reference.Solves[0].Weight).Within(1e-4 * reference.Solves[0].Weight));
    }

    [Test]
    public void The_weight_follows_the_units_of_the_data_and_so_does_the_image([ValueSource(nameof(s_penalties))] Penalty penalty)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        SliceProblem slice = Slice(scope), bright = Slice(scope, factor: 64);
        var method = new SparseReconstructor(penalty, 1e-3, iterations: 20, tolerance: 0);
        Tensor image = scope.Like(slice.B), scaled = scope.Like(slice.B);
        method.Reconstruct(slice, image);
        method.Reconstruct(bright, scaled);
        Assert.That(bright.Scale, Is.EqualTo(64 * slice.Scale)); // a power of two rounds nothing
        Assert.That(method.Solves[1].Weight, Is.EqualTo(64 * method.Solves[0].Weight));
        Assert.That(Sample.Bits(scaled), Is.EqualTo(Sample.Bits(image)));
    }

    [Test]
    public void A_loose_tolerance_ends_earlier_than_the_limit()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        SliceProblem slice = Slice(scope);
        var method = new SparseReconstructor(new Penalty.Variation(), 1e-3, iterations: 500, tolerance: 1e-3);
        method.Reconstruct(slice, scope.Like(slice.B));
        Assert.That(method.Solves[0].Status, Is.EqualTo(LinearSolveStatus.Converged));
        Assert.That(method.Solves[0].Iterations, Is.LessThan(500));
        Assert.That(method.Solves[0].Residual, Is.LessThanOrEqualTo(1e-3));
        Assert.That(method.Objective, Does.Contain("0.001 of its norm"));
    }

    private static SliceProblem Slice(TensorScope scope, float factor = 1)
    {
        var phantom = new EllipsoidPhantom(Coils, new CounterRandom(21));
        double[] angles = RadialTrajectory.Angles(SpokeOrder.Golden, 13), radius = RadialTrajectory.ReadoutPositions(2 * N);
        Tensor slice = PartitionFft.ToSlices(phantom.KSpace(N, 3, angles, radius, scope), 3, 1, 1, scope).Slice(0);
        Scale.Run(factor, slice, slice);
        var settings = new EncodingSettings(); // with areas for weights the equations are well conditioned: steps do not magnify rounding
        using var kept = new RadialEncoding(SpokeGeometry.Radial(angles, radius), [.. Enumerable.Range(0, 13)], N, N, settings, Device.Cpu);
        SliceProblem problem = EncodingBuilder.Build("subject", slice, phantom.Coils.Maps(N, 3, 1, 1, scope).Slice(0), new SliceEncodings(kept), settings, scope);
        return problem with { Spectrum = scope.Clone(problem.Spectrum) };
    }
}
