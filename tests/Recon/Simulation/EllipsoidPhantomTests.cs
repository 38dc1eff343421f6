using System.Numerics;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class EllipsoidPhantomTests
{
    private static readonly Blob s_ball = new(BlobShape.Solid, 0.05, -0.08, 0.1, 0.21, 0.13, 0.3, 0.4, new Complex(0.7, 0.2));
    private static readonly Blob s_cloud = new(BlobShape.Gaussian, -0.04, 0.06, -0.05, 0.05, 0.07, 0.06, 0.9, new Complex(1.1, -0.3));

    [Test]
    public void The_transform_of_a_gaussian_is_its_numerical_integral()
    {
        // The trapezoidal rule on a smooth function that vanishes at the border converges beyond any power of the step:
        // the tails at the border, 6 semi-axes away, are exp(-18) = 1.5e-8.
        foreach (Vector3D k in new Vector3D[] { new(0, 0, 0), new(1.3, -2.2, 0.7), new(-3, 1, 2) })
        {
            Complex exact = s_cloud.Transform(k.X, k.Y, k.Z);
            Assert.That((Integral(s_cloud, k, 72, _ => 1) - exact).Magnitude, Is.LessThan(1e-6 * s_cloud.Volume));
        }
    }

    [Test]
    public void The_transform_of_an_ellipsoid_is_its_numerical_integral()
    {
        // A midpoint sum of a jump errs by about the volume of the boundary cells, averaged down by their random
        // position: some 1e-3 of the volume for 120 steps.
        foreach (Vector3D k in new Vector3D[] { new(0, 0, 0), new(1.3, -2.2, 0.7), new(-3, 1, 2) })
        {
            Complex exact = s_ball.Transform(k.X, k.Y, k.Z);
            Assert.That((Integral(s_ball, k, 120, _ => 1) - exact).Magnitude, Is.LessThan(1.5e-3 * s_ball.Volume));
        }
    }

    [Test]
    public void A_volume_is_the_transform_at_zero_and_the_two_forms_of_the_profile_meet()
    {
        Assert.That(s_ball.Transform(0, 0, 0), Is.EqualTo(s_ball.Amplitude * (4 * Math.PI / 3 * 0.21 * 0.13 * 0.3)));
        double q = 0.02 / (2 * Math.PI);
        Assert.That(Blob.Profile(BlobShape.Solid, q * (1 + 1e-9)), Is.EqualTo(Blob.Profile(BlobShape.Solid, q * (1 - 1e-9))).Within(1e-11));
    }

    [TestCase(BlobShape.Solid, 1e-8)]
    [TestCase(BlobShape.Gaussian, 1e-7)]
    public void The_table_follows_the_profile(object shape, double tolerance)
    {
        var table = new ProfileTable((BlobShape)shape, 20);
        double[] q = [.. Enumerable.Range(0, 4000).Select(i => i * 20.0 / 4001)], profile = new double[4000];
        table.Fill(0, 0, 1, q, profile);
        for (int i = 0; i < q.Length; i++)
        {
            Assert.That(profile[i], Is.EqualTo(Blob.Profile((BlobShape)shape, q[i])).Within(tolerance));
        }
    }

    [Test]
    public void Coil_data_are_the_transform_of_map_times_object()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        ExponentialCoils coils = ExponentialCoils.Fit(3, new CounterRandom(4));
        const int matrix = 16, partitions = 6;
        double[] angles = [0.3, 2.1], radius = [-0.11, 0, 0.06, 0.13];
        Tensor data = new EllipsoidPhantom([s_cloud], coils).KSpace(matrix, partitions, angles, radius, scope);
        double scale = matrix * Math.Sqrt(partitions);
        for (int i = 0; i < data.Count; i += 5)
        {
            (int coil, int partition, int spoke, int t) = (i / 48, i / 8 % partitions, i / 4 % 2, i % 4);
            var k = new Vector3D(matrix * radius[t] * Math.Cos(angles[spoke]), matrix * radius[t] * Math.Sin(angles[spoke]), partition - 3);
            Complex expected = scale * Integral(s_cloud, k, 72, r => coils.At(coil, r.X, r.Y, r.Z));

            // Table 5e-8, tails of the integral 1e-7, float storage 6e-8: together below 1e-5 of the largest value.
            Assert.That((data.Span<Complex64>()[i].ToComplex() - expected).Magnitude, Is.LessThan(1e-5 * scale * s_cloud.Volume));
        }
    }

    [Test]
    public void The_fitted_maps_are_smooth_of_unit_power_and_differ_between_coils()
    {
        ExponentialCoils coils = ExponentialCoils.Fit(8, new CounterRandom(9));
        double power = 0;
        int points = 0;
        for (int i = 0; i < 400; i++)
        {
            double x = ((i % 20) - 9.5) / 22, y = ((i / 20) - 9.5) / 26;
            if ((x * x / 0.2) + (y * y / 0.13) < 1)
            {
                power += Enumerable.Range(0, 8).Sum(c => Math.Pow(coils.At(c, x, y, 0).Magnitude, 2));
                points++;
            }
        }

        Assert.That(power / points, Is.EqualTo(1).Within(0.3));
        Assert.That(coils.At(0, 0.4, 0, 0).Magnitude, Is.GreaterThan(4 * coils.At(4, 0.4, 0, 0).Magnitude), "coil 0 sits on the left, coil 4 on the right");
    }

    [Test]
    public void The_same_seed_gives_the_same_bits_on_one_thread_and_on_many()
    {
        double[] angles = RadialTrajectory.Angles(SpokeOrder.Golden, 5), radius = RadialTrajectory.ReadoutPositions(16);
        float[] Run(int threads)
        {
            using var scope = new TensorScope(new CpuDevice(threads), MemoryOwner.Data);
            var phantom = new EllipsoidPhantom(2, new CounterRandom(11));
            Tensor data = phantom.KSpace(16, 3, angles, radius, scope);
            KSpaceNoise.Add(data, 0.1, new CounterRandom(12));
            return data.RealSpan<float>().ToArray();
        }

        Assert.That(Run(3), Is.EqualTo(Run(1)));
    }

    [Test]
    public void Noise_has_the_stated_deviation_and_no_mean()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Tensor data = scope.Zeros(DType.Complex64, [100_000]);
        KSpaceNoise.Add(data, 0.5, new CounterRandom(1));
        double[] values = Fixtures.Reals(data);
        double power = values.Sum(v => v * v) / data.Count;
        Assert.That(power, Is.EqualTo(0.25).Within(4 * 0.25 / Math.Sqrt(100_000))); // four standard errors of a mean of exponentials
        Assert.That(values.Average(), Is.Zero.Within(4 * 0.36 / Math.Sqrt(200_000)));
    }

    /// <summary>Midpoint sum over the unit box of map · blob · exp(−2πi k·r).</summary>
    private static Complex Integral(Blob blob, Vector3D k, int steps, Func<Vector3D, Complex> map)
    {
        Complex sum = Complex.Zero;
        for (int i = 0; i < steps * steps * steps; i++)
        {
            var r = new Vector3D(Coordinate(i % steps), Coordinate(i / steps % steps), Coordinate(i / steps / steps));
            Complex signal = blob.At(r.X, r.Y, r.Z);
            if (signal.Magnitude > 1e-9)
            {
                sum += signal * map(r) * Complex.FromPolarCoordinates(1, -2 * Math.PI * k.Dot(r));
            }
        }

        return sum / Math.Pow(steps, 3);

        double Coordinate(int step) => ((step + 0.5) / steps) - 0.5;
    }

    [Test]
    public void A_phantom_goes_to_NIfTI_with_its_magnitudes_where_they_lie()
    {
        string folder = Fixtures.TemporaryFolder();
        try
        {
            var request = new PhantomRequest { Part = PhantomPart.Image, Matrix = 32, Slices = 4, Coils = 1, Spokes = 1, Seed = 3, Body = BodyKind.Detailed };
            string array = Path.Combine(folder, "x.npy"), volume = Path.Combine(folder, "x.nii.gz");
            PhantomFile.Write(array, request);
            PhantomFile.Write(volume, request);
            using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
            NiftiVolume read = Nifti.ReadSeries(volume, scope);
            float[] expected = [.. ArrayFile.Read(array, scope).ToArray<Complex64>().Select(v => (float)v.ToComplex().Magnitude)];
            Assert.That(read.Voxels.ToArray<float>(), Is.EqualTo(expected).Within(1e-6)); // one rounding to float32 of values near 1

            // A field of view of 400 mm, a slab of 200 mm; the origin of the transforms is at index floor(N/2).
            Assert.That(read.Geometry!.VoxelSize, Is.EqualTo((12.5, 12.5, 50.0)));
            Assert.That(read.Geometry.PlaceOf((16, 16, 2), (32, 32, 4)), Is.EqualTo(new double[3]).Within(1e-4));
            Assert.That(read.Geometry.PlaceOf((17, 16, 3), (32, 32, 4)), Is.EqualTo(new[] { 12.5, 0, 50 }).Within(1e-4));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
