using System.Numerics;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class BlobScanTests
{
    private static readonly Blob[] s_blobs =
    [
        new(BlobShape.Cylinder, 0.02, 0.01, 0.03, 0.36, 0.27, 0.45, 0.1, new Complex(0.4, 0.1)),
        new(BlobShape.Solid, 0.05, -0.08, 0.1, 0.21, 0.13, 0.3, 0.4, new Complex(0.7, 0.2), 1),
        new(BlobShape.Gaussian, -0.04, 0.06, -0.05, 0.05, 0.07, 0.06, 0.9, new Complex(1.1, -0.3), 0.5),
    ];

    [Test]
    public void Vectors_of_profiles_follow_their_definitions()
    {
        for (double q = 0; q < 150; q += q < 3 ? 0.013 : 0.37)
        {
            var vector = new Vector<float>((float)q);
            double exact = (float)q;
            Assert.That((double)BallProfile.At(vector)[0], Is.EqualTo(Blob.Profile(BlobShape.Solid, exact)).Within(1e-6), $"ball {q}");
            Assert.That((double)DiscProfile.At(vector)[0], Is.EqualTo(Blob.Profile(BlobShape.Cylinder, exact)).Within(1e-6), $"disc {q}");
            Assert.That((double)GaussianProfile.At(vector)[0], Is.EqualTo(Blob.Profile(BlobShape.Gaussian, exact)).Within(1e-6), $"Gaussian {q}");
        }
    }

    [Test]
    public void The_transform_of_a_cylinder_is_its_numerical_integral()
    {
        // Along z trapezoids are exact enough; in the plane a midpoint sum of a jump errs by about 1e-3 for 200 steps.
        Blob blob = s_blobs[0];
        foreach (Vector3D k in new Vector3D[] { new(0, 0, 0), new(1.3, -2.2, 0.7), new(-3, 1, 2) })
        {
            const int steps = 200;
            Complex sum = Complex.Zero;
            for (int i = 0; i < steps * steps * steps; i++)
            {
                var r = new Vector3D(((i % steps) + 0.5) / steps - 0.5, ((i / steps % steps) + 0.5) / steps - 0.5, 1.2 * ((((i / steps / steps) + 0.5) / steps) - 0.5));
                Complex signal = blob.At(r.X, r.Y, r.Z);
                sum += signal == Complex.Zero ? 0 : signal * Complex.FromPolarCoordinates(1.2 / (steps * steps * steps), -2 * Math.PI * k.Dot(r));
            }

            Assert.That((sum - blob.Transform(k.X, k.Y, k.Z)).Magnitude, Is.LessThan(1e-3 * blob.Volume));
        }
    }

    [Test]
    public void A_scan_without_faults_is_the_plain_formula()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Blob[] blobs = DetailedAbdomen.Create(new CounterRandom(5));
        ExponentialCoils coils = ExponentialCoils.Fit(2, new CounterRandom(4));
        ScanPlan plan = Plan(64, 4, 3, 97);
        Tensor fast = BlobScan.KSpace(blobs, coils, plan, scope), plain = new EllipsoidPhantom(blobs, coils).KSpace(64, 4, plan.Angles, plan.Radius, scope);

        // Profiles and phases err by up to 1e-6 of each blob's transform at k = 0.
        double bound = 64 * Math.Sqrt(4) * blobs.Sum(b => b.Amplitude.Magnitude * b.Volume) * coils.Coefficients.Max(c => c.Sum(s => s.Magnitude));
        Assert.That(Distance(fast, plain), Is.LessThan(1e-6 * bound));
        Assert.That(bound, Is.LessThan(100 * Fixtures.Reals(plain).Max(Math.Abs)), "the bound means something");
    }

    [Test]
    public void Displaced_spokes_of_a_breathing_subject_are_the_definition_at_the_displaced_points()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        ExponentialCoils coils = new LoopArray(new ReceiveRegion(0.44, 0.33, 0.5)) is var array
            ? array.Fit(array.Place(CoilLayout.Cylinder, 3, new CounterRandom(1)), new CounterRandom(2)).Coils
            : throw new InvalidOperationException();
        ScanPlan plan = Plan(32, 6, 5, 21) with
        {
            FirstPartition = 2,
            Delays = new GradientDelays(0.7, -0.4, 0.2),
            Breathing = new Breathing(Amplitude: 15, Period: 4, RepetitionTime: 0.11),
        };
        Tensor data = BlobScan.KSpace(s_blobs, coils, plan, scope);
        double scale = 32 * Math.Sqrt(6), largest = Fixtures.Reals(data).Max(Math.Abs);
        Assert.That(plan.Inhaled(4, 5), Is.GreaterThan(0.5), "the subject does breathe");
        for (int i = 0; i < data.Count; i += 17)
        {
            (int coil, int partition, int spoke, int t) = (i / (6 * 5 * 21), i / (5 * 21) % 6, i / 21 % 5, i % 21);
            Complex expected = Complex.Zero;
            if (partition >= 2)
            {
                (double sine, double cosine) = Math.SinCos(plan.Angles[spoke]);
                double x = 32 * ((plan.Radius[t] * cosine) + (((0.7 * cosine) + (0.2 * sine)) / 21)), y = 32 * ((plan.Radius[t] * sine) + (((0.2 * cosine) - (0.4 * sine)) / 21));
                double time = ((spoke * 4) + partition - 2) * 0.11, inhaled = Math.Pow(Math.Sin(Math.PI * time / 4), 4), stretch = 1 + (0.25 * 15 * inhaled / 400 / 0.66);
                foreach (Blob blob in s_blobs)
                {
                    // ρ(r) → ρ(r') with y = 0.33 + stretch (y' − 0.33), z = z' − shift: the transform at (kx, stretch ky, kz).
                    double shift = blob.Mobility * 15 * inhaled / 200;
                    for (int l = 0; l < coils.Frequencies.Length; l++)
                    {
                        Vector3D f = coils.Frequencies[l], k = new(x - f.X, y - f.Y, partition - 3 - f.Z);
                        Complex moved = stretch * blob.Transform(k.X, stretch * k.Y, k.Z) * Complex.FromPolarCoordinates(1, -2 * Math.PI * ((0.33 * (1 - stretch) * k.Y) - (shift * k.Z)));
                        expected += scale * coils.Coefficients[coil][l] * moved;
                    }
                }
            }

            // As above, and coefficients whose magnitudes add up to some 10.
            Assert.That((data.Span<Complex64>()[i].ToComplex() - expected).Magnitude, Is.LessThan(1e-5 * largest));
        }
    }

    [Test]
    public void Any_number_of_threads_gives_the_same_bits()
    {
        float[] Run(int threads)
        {
            using var scope = new TensorScope(new CpuDevice(threads), MemoryOwner.Data);
            return BlobScan.KSpace(s_blobs, ExponentialCoils.Fit(3, new CounterRandom(4)), Plan(32, 4, 7, 33), scope).RealSpan<float>().ToArray();
        }

        Assert.That(Run(3), Is.EqualTo(Run(1)));
    }

    [Test]
    public void Data_of_a_fitted_array_are_the_integral_of_map_times_object()
    {
        // Trapezoids over a smooth function that vanishes at the border: beyond 5.5 semi-axes of the Gaussian exp(-15) = 3e-7 of it is left.
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        const int steps = 44;
        var array = new LoopArray(ReceiveRegion.Abdomen(BodyKind.Simple));
        ExponentialCoils coils = array.Fit(array.Place(CoilLayout.Panels, 2, new CounterRandom(1)), new CounterRandom(2)).Coils;
        var blob = new Blob(BlobShape.Gaussian, -0.1, 0.08, 0.1, 0.05, 0.06, 0.09, 0.9, new Complex(1.1, -0.3));
        ScanPlan plan = Plan(16, 5, 2, 11);
        Tensor data = BlobScan.KSpace([blob], coils, plan, scope);
        (Vector3D R, Complex Value)[] integrand = [.. Enumerable.Range(0, steps * steps * steps).Select(i =>
        {
            var r = new Vector3D(-0.1 + (0.33 * Along(i % steps)), 0.08 + (0.33 * Along(i / steps % steps)), 0.1 + (0.5 * Along(i / steps / steps)));
            return (r, blob.At(r.X, r.Y, r.Z) * (Math.Pow(2.0 / steps, 3) * 0.33 * 0.33 * 0.5));
        }).Where(point => point.Item2.Magnitude > 1e-12).Select(point => (point.r, point.Item2 * coils.At(1, point.r.X, point.r.Y, point.r.Z)))];
        double scale = 16 * Math.Sqrt(5);
        for (int i = 110; i < data.Count; i += 7)
        {
            (int partition, int spoke, int t) = (i / 22 % 5, i / 11 % 2, i % 11);
            KSpaceLine line = plan.Line(spoke, partition);
            var k = new Vector3D(line.StepX * plan.Radius[t], line.StepY * plan.Radius[t], line.Z);
            Complex expected = integrand.Aggregate(Complex.Zero, (sum, point) => sum + (point.Value * Complex.FromPolarCoordinates(scale, -2 * Math.PI * k.Dot(point.R))));

            // Terms of single precision, whose coefficients add up to some 10, each right to 1e-6.
            Assert.That((data.Span<Complex64>()[i].ToComplex() - expected).Magnitude, Is.LessThan(1e-5 * scale * blob.Amplitude.Magnitude * blob.Volume));
        }

        static double Along(int i) => ((2 * i) + 1 - steps) / (double)steps;
    }

    private static ScanPlan Plan(int matrix, int partitions, int spokes, int readout) => new()
    {
        Matrix = matrix,
        Partitions = partitions,
        Angles = RadialTrajectory.Angles(SpokeOrder.Golden, spokes),
        Radius = RadialTrajectory.ReadoutPositions(readout),
        FieldOfView = 400,
        Slab = 200,
    };

    private static double Distance(Tensor a, Tensor b) => Fixtures.Reals(a).Zip(Fixtures.Reals(b), (x, y) => Math.Abs(x - y)).Max();
}
