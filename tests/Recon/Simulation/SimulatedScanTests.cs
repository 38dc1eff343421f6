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
        Assert.That(() => DatasetFolder.Open(path), Throws.TypeOf<InputException>().With.Message.Contains("make a dataset of them with 'stardeq prepare'"));
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
    public void The_trajectory_of_a_raw_file_goes_to_arrays_in_the_unit_that_readers_expect()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        string raw = Raw(s_settings);
        StackOfStarsAcquisition scan = DatasetSimulator.Simulate(s_settings, 0, scope, []);
        double[] nominal = Fixtures.Reals(RadialTrajectory.Points(scan.Angles, scan.Radius, 32, 32, scope, DType.Float64));
        foreach (string name in new[] { "t.npy", "t.cfl" })
        {
            string points = Path.Combine(_folder, name);
            FileConversion.Run(new ConversionRequest { Input = raw, Output = Path.Combine(_folder, "k.cfl"), Trajectory = points });
            Tensor read = TrajectoryReader.Read(points, 32, 32, scope);
            Assert.That(read.Shape, Is.EqualTo(Shape.Create([48, 64, 2])));
            Assert.That(Fixtures.Reals(read), Is.EqualTo(nominal).Within(32 * 1.2e-7)); // float32 cycles per pixel, times 32 pixels
        }

        Assert.That(File.ReadAllLines(Path.Combine(_folder, "t.hdr"))[1], Does.StartWith("3 64 48"), "BART's order");
    }

    [Test]
    public void Coil_maps_of_a_raw_file_are_those_that_a_preparation_stores()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        string raw = Raw(s_settings), maps = Path.Combine(_folder, "maps.npy"), data = Path.Combine(_folder, "data");
        CoilsFile.Write(maps, new CoilsRequest { KSpace = raw, Method = CoilMapMethod.Walsh }, Device.Cpu);
        var request = new PreparationRequest { Inputs = [RawInput.Parse(raw, Split.Test)], Source = new RawSource(), Settings = new PreparationSettings { Maps = new CoilMapChoice() } };
        PreparationRun.Write(data, request, Device.Cpu, NoProgress.Instance, default);
        Tensor stored = ArrayFile.Read(Path.Combine(data, "subject-000", "coilmaps.npy"), scope), written = ArrayFile.Read(maps, scope);
        Assert.That(written.Shape, Is.EqualTo(stored.Shape));
        Assert.That(Fixtures.RelativeError(written, stored), Is.LessThan(1e-6)); // the same steps on the same numbers
    }

    [Test]
    public void Delays_near_the_edge_of_k_space_are_corrected_in_a_preparation_with_its_problems()
    {
        SimulationSettings settings = s_settings with { Delays = new GradientDelays(0.8, -0.6, 0) };
        var request = new PreparationRequest
        {
            Inputs = [RawInput.Parse(Raw(settings), Split.Test)],
            Source = new RawSource(),
            Settings = new PreparationSettings { Delays = settings.Delays, Problems = ProblemSettings.From(TrainingConfig.FromPreset("tiny")) },
        };
        string data = Path.Combine(_folder, "data");
        PreparationRun.Write(data, request, Device.Cpu, NoProgress.Instance, default);
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Tensor points = ArrayFile.Read(Path.Combine(data, "subject-000", "points.npy"), scope);
        Assert.That(TrajectoryUnits.Reach(points, 32, 32), Is.GreaterThan(1.01), "spokes cross the edge");
    }

    [Test]
    public void A_trajectory_that_fills_little_of_k_space_is_told()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        using var rawScope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        string raw = Raw(s_settings);
        string[] Steps(RawSource source) => [.. VolumePreparation.Run(RawVolumeReader.Read(raw, source, rawScope), rawScope, new PreparationSettings(), Device.Cpu, scope).Steps.Select(step => $"{step.Step} {step.Result}")];
        Assert.That(Steps(new RawSource()), Has.None.StartsWith("trajectory"));
        Assert.That(Steps(new RawSource { TrajectoryUnit = TrajectoryUnit.RadiansPerPixel }), Has.One.StartsWith("trajectory reaches 16 %"));
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

    /// <summary>The raw file of one simulated subject.</summary>
    private string Raw(SimulationSettings settings)
    {
        DatasetSimulator.WriteRaw(settings, Path.Combine(_folder, "raw"), (CpuDevice)Device.Cpu, []);
        return Path.Combine(_folder, "raw", "subject-000", "subject-000.h5");
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
        Refused(s_settings, "leave one of them out", anatomy);
        Refused(s_settings with { Body = BodyKind.Simple, Partitions = 8, Breathing = new Breathing(14, 4, 0.004) }, "at least 10 were expected: 8 partitions, and 2 above them", anatomy);
        Assert.That(Directory.EnumerateFileSystemEntries(_folder), Is.Empty);
    }
}
