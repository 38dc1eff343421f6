using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class MeasuredDataTests
{
    [Test]
    public void The_measured_heart_lies_where_an_independent_reconstruction_shows_it()
    {
        // All 120 spokes, gridded coil by coil. In the preview that came with the data the bright blood of the right
        // ventricle is centred near row 156, column 161; a wrong sign or axis order would mirror or transpose it.
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Tensor kSpace = ArrayFile.Read(Fixtures.Data("utah_cardiac_radial/kspace.npy"), scope);
        Tensor points = ArrayFile.Read(Fixtures.Data("utah_cardiac_radial/traj.npy"), scope);
        const int n = 288, frameSamples = 30 * 288;
        TrajectoryUnits.Check(points, n, n);
        Tensor samples = scope.New(DType.Complex64, [3, 4 * frameSamples]), images = scope.New(DType.Complex64, [3, n, n]);
        for (int i = 0; i < 12; i++)
        {
            kSpace.Slice(i / 3).Slice(i % 3).Span<Complex64>().CopyTo(samples.Slice(i % 3).Span<Complex64>()[(i / 3 * frameSamples)..]);
        }

        SpokeGeometry geometry = SpokeGeometry.FromPoints(points, n, n);
        Assert.That(geometry.Angles[0] * 180 / Math.PI, Is.EqualTo(141.68).Within(0.01));
        using NufftPlan plan = NufftPlan.Create(points, n, n, NufftAccuracy.Accurate);
        NormalisedWeights weights = DensityWeights.Normalise(RadialDensity.Voronoi(geometry, n, n), plan, scope);
        RealComplexMultiply.Run(weights.Weights, samples, samples);
        plan.Adjoint(samples, images);
        double[] coils = Magnitudes.Of(images), power = [.. Enumerable.Range(0, n * n).Select(i => Enumerable.Range(0, 3).Sum(c => coils[(c * n * n) + i] * coils[(c * n * n) + i]))];
        int[] brightest = [.. Enumerable.Range(0, n * n).OrderByDescending(i => power[i]).Take(200)];
        Assert.That(brightest.Average(i => i / n), Is.EqualTo(156).Within(8));
        Assert.That(brightest.Average(i => i % n), Is.EqualTo(161).Within(8));
    }
}
