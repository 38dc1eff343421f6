using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class EncodingTests
{
    private const int N = 32, Coils = 3;

    [Test]
    public void The_normal_operator_of_true_maps_is_bounded_by_one_and_gridding_has_the_amplitude_of_the_object()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        (StackOfStarsAcquisition acquisition, EllipsoidPhantom phantom) = Acquire(scope);
        Tensor slice = PartitionFft.ToSlices(acquisition.KSpace, 3, 1, 1, scope).Slice(0);
        Tensor maps = Normalise(phantom.Coils.Maps(N, 3, 1, 1, scope).Slice(0));
        SpokeGeometry geometry = SpokeGeometry.Radial(acquisition.Angles, acquisition.Radius);
        var settings = new EncodingSettings { Target = TargetKind.CgSense };
        using var full = new RadialEncoding(geometry, [.. Enumerable.Range(0, acquisition.Spokes)], N, N, settings, Device.Cpu);
        using var kept = new RadialEncoding(geometry, SpokeSubset.Temporal(acquisition.Angles, 3), N, N, settings, Device.Cpu);
        SliceProblem problem = EncodingBuilder.Build("subject", slice, maps, new SliceEncodings(kept) { Full = full }, settings, scope);
        using ToeplitzNormal normal = problem.Normal();
        PowerIterationResult power = PowerIteration.LargestEigenvalue(Device.Cpu, normal, DType.Complex64, 3, 200, 1e-6);
        Assert.That(power.Value, Is.InRange(0.5, 1.0));
        Assert.That(ImageNorms.Of(problem.Start(scope), ImageNorm.P999), Is.EqualTo(1).Within(1e-5)); // float32, two products

        // Gridded and CG targets estimate the same object: the amplitude agrees, the details need not.
        SliceProblem gridded = EncodingBuilder.Build("subject", slice, maps, new SliceEncodings(kept) { Full = full }, settings with { Target = TargetKind.Gridding }, scope);
        double projection = Reduce.Dot(gridded.Target!, problem.Target!) / Reduce.SumOfSquares(problem.Target!);
        Assert.That(projection, Is.EqualTo(1).Within(0.1));
        Assert.That(gridded.Scale, Is.EqualTo(problem.Scale));
    }

    [Test]
    public void The_input_and_its_scale_do_not_depend_on_the_spokes_left_out()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        (StackOfStarsAcquisition acquisition, EllipsoidPhantom phantom) = Acquire(scope);
        Tensor slice = PartitionFft.ToSlices(acquisition.KSpace, 3, 1, 1, scope).Slice(0), changed = scope.Clone(slice);
        int readout = acquisition.Readout;
        for (int i = 0; i < changed.Count; i++)
        {
            int spoke = i / readout % acquisition.Spokes;
            if (spoke % 4 != 0)
            {
                changed.Span<Complex64>()[i] = new Complex64(123, -7);
            }
        }

        Tensor maps = phantom.Coils.Maps(N, 3, 1, 1, scope).Slice(0);
        SpokeGeometry geometry = SpokeGeometry.Radial(acquisition.Angles, acquisition.Radius);
        var settings = new EncodingSettings();
        using var kept = new RadialEncoding(geometry, SpokeSubset.Temporal(acquisition.Angles, 4), N, N, settings, Device.Cpu);
        SliceProblem a = EncodingBuilder.Build("subject", slice, maps, new SliceEncodings(kept), settings, scope), b = EncodingBuilder.Build("subject", changed, maps, new SliceEncodings(kept), settings, scope);
        Assert.That(Fixtures.Reals(b.B), Is.EqualTo(Fixtures.Reals(a.B)));
        Assert.That(b.Scale, Is.EqualTo(a.Scale));
        Assert.That(a.Target, Is.Null);
        changed.Clear();
        Assert.That(() => EncodingBuilder.Build("subject", changed, maps, new SliceEncodings(kept), settings, scope), Throws.TypeOf<InputException>().With.Message.Contains("no signal"));
    }

    [Test]
    public void Data_are_divided_by_what_was_asked_for_and_by_nothing_else([Values] KSpaceNormKind kind, [Values] DensityNormKind weights)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        (StackOfStarsAcquisition acquisition, EllipsoidPhantom phantom) = Acquire(scope);
        Tensor slice = PartitionFft.ToSlices(acquisition.KSpace, 3, 1, 1, scope).Slice(0), maps = Normalise(phantom.Coils.Maps(N, 3, 1, 1, scope).Slice(0));
        SpokeGeometry geometry = SpokeGeometry.Radial(acquisition.Angles, acquisition.Radius);
        int[] spokes = [.. Enumerable.Range(0, acquisition.Spokes)];
        SliceProblem Build(KSpaceNormKind norm, DensityNormKind density)
        {
            var settings = new EncodingSettings { KSpaceNorm = norm, DensityNorm = density };
            using var kept = new RadialEncoding(geometry, spokes, N, N, settings, Device.Cpu);
            SliceProblem problem = EncodingBuilder.Build("subject", slice, maps, new SliceEncodings(kept) { Full = kept }, settings, scope);
            return problem with { Spectrum = scope.Clone(problem.Spectrum) };
        }

        SliceProblem raw = Build(KSpaceNormKind.None, DensityNormKind.None), result = Build(kind, weights);
        using ToeplitzNormal normal = new(raw.Spectrum, Ones(scope));
        double largest = PowerIteration.LargestEigenvalue(Device.Cpu, normal, DType.Complex64, 3, 300, 1e-7).Value, safety = new EncodingSettings().WeightSafety;
        double scale = kind == KSpaceNormKind.None ? 1 : kind == KSpaceNormKind.MaximumEigenvalue ? largest : ImageNorms.Of(raw.Start(scope), ImageNorm.P999);
        double weight = weights == DensityNormKind.None ? 1 : 1 / (safety * largest);

        // The estimate of the eigenvalue stops at a relative change of 1e-4 while it rises slowly.
        Assert.That(result.Scale, Is.EqualTo(scale).Within(1).Percent);
        Assert.That(Reduce.Dot(result.B, raw.B) / Reduce.SumOfSquares(raw.B), Is.EqualTo(weight / scale).Within(1).Percent);
        Assert.That(Reduce.Dot(result.Target!, raw.Target!) / Reduce.SumOfSquares(raw.Target!), Is.EqualTo(1 / scale).Within(1).Percent);
        Assert.That(Reduce.Dot(result.Spectrum, raw.Spectrum) / Reduce.SumOfSquares(raw.Spectrum), Is.EqualTo(weight).Within(1).Percent);
    }

    [Test]
    public void Analytic_data_reconstruct_to_the_object()
    {
        // The whole road on data that no operator of ours has made: gridding of the full sampling, coil by coil.
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        var blob = new Blob(BlobShape.Gaussian, 0.06, -0.1, 0, 0.11, 0.07, 0.12, 0.5, 1);
        var phantom = new EllipsoidPhantom([blob], ExponentialCoils.Fit(2, new CounterRandom(5)));
        double[] angles = RadialTrajectory.Angles(SpokeOrder.Uniform, 64), radius = RadialTrajectory.ReadoutPositions(4 * N, halfShift: true);
        Tensor slices = PartitionFft.ToSlices(phantom.KSpace(N, 16, angles, radius, scope), 16, 8, 1, scope);
        SpokeGeometry geometry = SpokeGeometry.Radial(angles, radius);
        using var full = new RadialEncoding(geometry, [.. Enumerable.Range(0, 64)], N, N, new EncodingSettings { Density = DensityRule.Ramp }, Device.Cpu);
        Tensor weighted = scope.Clone(slices.Slice(0)), images = scope.New(DType.Complex64, [2, N, N]), expected = scope.New(DType.Complex64, [2, N, N]);
        RealComplexMultiply.Run(full.Weights, weighted, weighted);
        full.Plan.Adjoint(weighted, images);
        Scale.Run(full.AreaScale, images, images);
        for (int i = 0; i < expected.Count; i++)
        {
            double x = ((i % N) - (N / 2)) / (double)N, y = ((i / N % N) - (N / 2)) / (double)N;
            expected.Span<Complex64>()[i] = Complex64.From(phantom.Coils.At(i / N / N, x, y, 0) * blob.At(x, y, 0));
        }

        // The kink of |k| makes the sum miss π dk²/12 of the object's mean, here 0.8 % of its norm; z wraps by exp(-8.7).
        Assert.That(Fixtures.RelativeError(images, expected), Is.LessThan(0.015));
    }

    private static (StackOfStarsAcquisition Acquisition, EllipsoidPhantom Phantom) Acquire(TensorScope scope)
    {
        var phantom = new EllipsoidPhantom(Coils, new CounterRandom(21));
        double[] angles = RadialTrajectory.Angles(SpokeOrder.Golden, 51), radius = RadialTrajectory.ReadoutPositions(2 * N);
        return (new StackOfStarsAcquisition(phantom.KSpace(N, 3, angles, radius, scope), angles, radius, N), phantom);
    }

    private static Tensor Ones(TensorScope scope) =>
        scope.From([1, N, N], [.. Enumerable.Repeat(new Complex64(1, 0), N * N)]);

    private static Tensor Normalise(Tensor maps)
    {
        Span<Complex64> s = maps.Span<Complex64>();
        for (int i = 0; i < N * N; i++)
        {
            double power = 0;
            for (int c = 0; c < Coils; c++)
            {
                power += Math.Pow(s[(c * N * N) + i].ToComplex().Magnitude, 2);
            }

            for (int c = 0; c < Coils; c++)
            {
                s[(c * N * N) + i] = Complex64.From(s[(c * N * N) + i].ToComplex() / Math.Sqrt(power));
            }
        }

        return maps;
    }
}
