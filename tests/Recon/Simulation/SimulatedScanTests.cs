using System.Numerics;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class SimulatedScanTests
{
    private static readonly SimulationSettings s_settings = SimulationSettings.Preset("scanner") with
    {
        Matrix = 32,
        Coils = 6,
        Partitions = 4,
        Slices = 2,
        Spokes = 48,
        SignalToNoise = 200,
    };

    private string _folder = null!;

    [SetUp]
    public void SetUp() => _folder = Fixtures.TemporaryFolder();

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void The_body_couples_the_noise_of_neighbours_and_the_covariance_is_hermitian_with_unit_mean_power()
    {
        var array = new LoopArray(ReceiveRegion.Abdomen(BodyKind.Simple));
        CurrentLoop[] loops = array.Place(CoilLayout.Cylinder, 8, new CounterRandom(3));
        Complex[] gains = [.. Enumerable.Range(0, 8).Select(c => Complex.FromPolarCoordinates(1 + (0.05 * c), c))];
        ReceiverNoise noise = ReceiverNoise.OfBody(loops, gains, 0.41, 0.31);
        double trace = 0, largest = 0;
        for (int i = 0; i < 8; i++)
        {
            trace += noise.Covariance[i, i].Real;
            for (int j = 0; j < 8; j++)
            {
                Complex product = Enumerable.Range(0, 8).Aggregate(Complex.Zero, (sum, k) => sum + (noise.Factor[i, k] * Complex.Conjugate(noise.Factor[j, k])));
                Assert.That((product - noise.Covariance[i, j]).Magnitude, Is.LessThan(1e-13)); // rounding of 8 terms of order 1
                Assert.That((noise.Covariance[i, j] - Complex.Conjugate(noise.Covariance[j, i])).Magnitude, Is.LessThan(1e-15));
                largest = i == j ? largest : Math.Max(largest, noise.Covariance[i, j].Magnitude / Math.Sqrt(noise.Covariance[i, i].Real * noise.Covariance[j, j].Real));
            }
        }

        Assert.That(trace, Is.EqualTo(8).Within(1e-13));
        Assert.That(largest, Is.InRange(0.1, 0.85), "arrays on bodies have such correlations; electronics keep them below 1");
    }

    [Test]
    public void A_noise_scan_shows_the_covariance_of_the_data_and_whitening_with_it_makes_the_data_white()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        const int samples = 40_000, coils = 5;
        var array = new LoopArray(ReceiveRegion.Abdomen(BodyKind.Simple));
        Complex[] gains = [1, new(0, 1.2), -0.8, new(0.7, -0.7), 1.1];
        ReceiverNoise noise = ReceiverNoise.OfBody(array.Place(CoilLayout.Panels, coils, new CounterRandom(3)), gains, 0.41, 0.31);
        Tensor scan = scope.Zeros(DType.Complex64, [coils, samples / 8, 8]);
        KSpaceNoise.AddCorrelated(scan, 0.02, noise, new CounterRandom(8));
        Complex[,] found = Prewhitening.NoiseCovariance(scan);
        for (int i = 0; i < coils; i++)
        {
            for (int j = 0; j < coils; j++)
            {
                // The mean of n_i n_j* over M samples has the standard error √(Ψ_ii Ψ_jj/M); five of them.
                double error = 5 * 0.02 * 0.02 * Math.Sqrt(noise.Covariance[i, i].Real * noise.Covariance[j, j].Real / samples);
                Assert.That((found[i, j] - (0.02 * 0.02 * noise.Covariance[i, j])).Magnitude, Is.LessThan(error));
            }
        }
    }

    [Test]
    public void A_raw_file_holds_what_was_measured_and_reads_back_as_the_same_volume()
    {
        SimulationSettings settings = s_settings with { KzFraction = 0.75, WriteTruth = true };
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        StackOfStarsAcquisition expected = DatasetSimulator.Simulate(settings, 0, scope, []);
        string path = Path.Combine(_folder, "raw");
        DatasetDescription record = DatasetSimulator.WriteRaw(settings, path, (CpuDevice)Device.Cpu, []);
        string file = Path.Combine(path, "subject-000", "subject-000.h5");
        Assert.That(record.Subjects.Single().Sha256.Keys, Is.EquivalentTo(new[] { "subject-000.h5", "truth.npy", "maps.npy" }));
        Assert.That(IsmrmrdFile.Open(file).Acquisitions.Count(a => a.IsImaging), Is.EqualTo(3 * 48), "3 of 4 encodings");

        RawVolume volume = RawVolumeReader.Read(file, new RawSource(), scope);
        Assert.That(volume.KSpace.RealSpan<float>().ToArray(), Is.EqualTo(expected.KSpace.RealSpan<float>().ToArray()), "zero where nothing was measured");
        Assert.That(volume.Matrix, Is.EqualTo(32));
        Assert.That(volume.Noise!.Count, Is.EqualTo(6 * 4096));
        double[] points = Fixtures.Reals(volume.Points), nominal = Fixtures.Reals(RadialTrajectory.Points(expected.Angles, expected.Radius, 32, 32, scope));
        Assert.That(points.Zip(nominal, (a, b) => Math.Abs(a - b)).Max(), Is.LessThan(32 * 1.2e-7)); // float32 cycles per pixel, times 32 pixels
    }

    [Test]
    public void Delays_of_the_simulation_are_what_ring_finds()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        SimulationSettings settings = s_settings with { Matrix = 64, Partitions = 1, Slices = 1, Spokes = 60, Delays = new GradientDelays(0.42, -0.27, 0.11) };
        StackOfStarsAcquisition scan = DatasetSimulator.Simulate(settings, 0, scope, []);
        Tensor points = RadialTrajectory.Points(scan.Angles, scan.Radius, 64, 64, scope, DType.Float64).Reshape([60, 128, 2]);
        GradientDelays found = RingDelays.Estimate(scan.KSpace.Reshape([6, 60, 128]), points, 64, 64).Delays;
        Assert.That(found.X, Is.EqualTo(0.42).Within(0.03)); // the accuracy that users are promised
        Assert.That(found.Y, Is.EqualTo(-0.27).Within(0.03));
        Assert.That(found.XY, Is.EqualTo(0.11).Within(0.03));
    }

    [Test]
    public void Displaced_spokes_of_a_volume_are_the_direct_sum_at_the_displaced_points()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        var random = new CounterRandom(3);
        const int matrix = 8, partitions = 3, side = 16;
        Tensor volume = scope.From<float>([3, 7, 9], [.. Enumerable.Range(0, 189).Select(i => (float)random.Uniform(i))]);
        var phantom = new VolumePhantom(volume, 2, random.Stream("subject"));
        double[] angles = [0.4, 1.9], radius = RadialTrajectory.ReadoutPositions(8);
        var plan = new ScanPlan
        {
            Matrix = matrix,
            Partitions = partitions,
            Angles = angles,
            Radius = radius,
            Delays = new GradientDelays(0.6, -0.3, 0.2),
            FieldOfView = 400,
            Slab = 100,
        };
        Tensor data = phantom.KSpace(plan, 0, scope), image = phantom.Image(side, 0, partitions, scope), maps = phantom.Coils.Maps(side, partitions, 0, partitions, scope);
        double error = 0, norm = 0;
        for (int i = 0; i < data.Count; i++)
        {
            (int coil, int p, int spoke, int t) = (i / 48, i / 16 % 3, i / 8 % 2, i % 8);
            (double sine, double cosine) = Math.SinCos(angles[spoke]);
            double kx = (radius[t] * cosine) + (((0.6 * cosine) + (0.2 * sine)) / 8), ky = (radius[t] * sine) + (((0.2 * cosine) - (0.3 * sine)) / 8);
            Complex sum = Complex.Zero;
            for (int pixel = 0; pixel < side * side * partitions; pixel++)
            {
                int z = pixel / side / side;
                double turns = (kx * ((pixel % side) - 8) / 2) + (ky * ((pixel / side % side) - 8) / 2) + ((p - 1) * (z - 1) / 3.0);
                Complex map = maps.Span<Complex64>()[((((z * 2) + coil) * side * side) + (pixel % (side * side)))].ToComplex();
                sum += map * image.Span<float>()[pixel] * Complex.FromPolarCoordinates(1, -2 * Math.PI * turns);
            }

            sum /= 4 * matrix * Math.Sqrt(3); // four fine voxels per pixel, orthonormal scale
            error += Math.Pow((data.Span<Complex64>()[i].ToComplex() - sum).Magnitude, 2);
            norm += Math.Pow(sum.Magnitude, 2);
        }

        Assert.That(Math.Sqrt(error / norm), Is.LessThan(2e-6)); // float32 sums of 256 terms
    }

    [Test]
    public void Settings_that_contradict_each_other_are_refused()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        var anatomy = new Anatomy("volume", scope.Zeros(DType.Float32, [8, 8, 8]));
        void Refused(SimulationSettings settings, string says, params Anatomy[] anatomies) =>
            Assert.That(() => DatasetSimulator.WriteRaw(settings, Path.Combine(_folder, "x"), (CpuDevice)Device.Cpu, anatomies), Throws.TypeOf<InputException>().With.Message.Contains(says));
        Refused(s_settings with { Array = CoilLayout.Ring }, "cylinder or panels");
        Refused(s_settings with { KzFraction = 0.5 }, "above 0.5");
        Refused(s_settings with { Breathing = new Breathing(-1, 4, 0.004) }, "breathing -1 mm");
        Refused(s_settings, "another body", anatomy);
        Refused(s_settings with { Body = BodyKind.Simple, Breathing = new Breathing(5, 4, 0.004) }, "neither breathe", anatomy);
        Assert.That(Directory.EnumerateFileSystemEntries(_folder), Is.Empty);
    }
}
