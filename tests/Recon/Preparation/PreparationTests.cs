using System.Numerics;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class PreparationTests
{
    private const int Matrix = 32;

    private string _folder = "";

    [SetUp]
    public void WriteRawFiles()
    {
        _folder = Fixtures.TemporaryFolder();
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        for (int subject = 0; subject < 3; subject++)
        {
            ArrayFile.Write(At($"s{subject}.npy"), Simulated(subject, scope).KSpace);
        }

        ArrayFile.Write(At("noise.npy"), PrewhiteningTests.Noise(Mixing(), 5000, 9, scope));
    }

    [Test]
    public void A_prepared_dataset_holds_the_slices_of_the_raw_files_and_says_where_their_samples_lie()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Prepare("data", new PreparationSettings());
        DatasetFolder data = DatasetFolder.Open(At("data"));
        Assert.That(Enum.GetValues<Split>().Select(split => data.Subjects(split).Single().Name), Is.EqualTo(new[] { "s0", "s1", "s2" }));
        StackOfStarsAcquisition raw = Simulated(1, scope);
        (Tensor slices, SpokeGeometry geometry) = Fixtures.Slices(data, data.Subjects(Split.Validation)[0], scope);
        Assert.That(Fixtures.Reals(slices), Is.EqualTo(Fixtures.Reals(PartitionFft.ToSlices(raw.KSpace, 4, scope))));
        Assert.That(geometry.Angles, Is.EqualTo(raw.Angles).Within(1e-12));
        Assert.That(geometry.Radius[..raw.Readout], Is.EqualTo(raw.Radius).Within(1e-12));
    }

    [Test]
    public void Every_step_leaves_its_mark_in_the_data_and_in_the_record()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        IReadOnlyList<string> lines = Prepare(
            "data",
            new PreparationSettings
            {
                Whiten = WhitenKind.On,
                ReadoutOversampling = 2,
                Delays = new GradientDelays(0.5, 0.25, 0),
                VolumeSlices = 6,
                Slices = new SliceRange(1, 4),
                VirtualCoils = 2,
                Compression = CompressionKind.Geometric,
            },
            At("noise.npy"));
        DatasetFolder data = DatasetFolder.Open(At("data"));
        (Tensor slices, SpokeGeometry geometry) = Fixtures.Slices(data, data.Subjects(Split.Train)[0], scope);
        Assert.That(slices.Shape, Is.EqualTo(Shape.Create([4, 2, 20 * Matrix])));
        Assert.That(geometry.Readout, Is.EqualTo(Matrix));
        Assert.That(geometry.Offsets.Max(Math.Abs), Is.GreaterThan(1e-4));
        foreach (string step in new[] { "noise whitened", "gradient delays corrected: x 0.500, y 0.250", "readout oversampling removed: 64 to 32", "slices 1 to 4 of 6", "coils compressed: 3 to 2 by geometric" })
        {
            Assert.That(lines[1], Does.Contain(step));
        }

        // The same by the definitions: whiten, transform, and keep the energy that the record states.
        StackOfStarsAcquisition raw = Simulated(0, scope);
        Tensor noise = ArrayFile.Read(At("noise.npy"), scope);
        CoilMixing.Apply(Prewhitening.Matrix(Prewhitening.NoiseCovariance(noise)), raw.KSpace, raw.KSpace);
        Tensor whole = PartitionFft.ToSlices(ReadoutOversampling.Remove(raw.KSpace, 2, scope), 6, 1, 4, scope);
        CompressedCoils compressed = CoilCompression.Run(whole, CompressionKind.Geometric, 2, 1, scope);
        Assert.That(Fixtures.Reals(slices), Is.EqualTo(Fixtures.Reals(compressed.Data)));
    }

    [Test]
    public void Two_runs_and_an_interrupted_one_give_equal_bytes()
    {
        var settings = new PreparationSettings { VirtualCoils = 2, Maps = new CoilMapChoice() };
        Prepare("first", settings);
        Prepare("second", settings);
        using var stop = new CancellationTokenSource();
        Assert.That(() => PreparationRun.Write(At("third"), Request(settings, null), Device.Cpu, new StepListener(NoProgress.Instance, _ => stop.Cancel()), stop.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(File.Exists(At("third/dataset.json")), Is.False);
        Assert.That(Directory.Exists(At("third/s0")), Is.True);
        Assert.That(() => DatasetFolder.Open(At("third")), Throws.TypeOf<InputException>());
        File.AppendAllText(At("third/s0/points.npy"), "x"); // a subject that was damaged since is made again
        Assert.That(() => PreparationRun.Write(At("third"), Request(settings with { VirtualCoils = 3 }, null), Device.Cpu, NoProgress.Instance, default), Throws.TypeOf<InputException>().With.Message.Contains("unfinished"));
        Prepare("third", settings);
        string[] files = Files("first");
        Assert.That(files, Has.Length.EqualTo(2 + (3 * 4)));
        foreach (string folder in new[] { "second", "third" })
        {
            Assert.That(Files(folder), Is.EqualTo(files));
            foreach (string file in files)
            {
                Assert.That(File.ReadAllBytes(At($"{folder}/{file}")), Is.EqualTo(File.ReadAllBytes(At($"first/{file}"))), file);
            }
        }

        Assert.That(() => Prepare("first", settings), Throws.TypeOf<InputException>().With.Message.Contains("exists already"));
    }

    [Test]
    public void Stored_maps_stand_for_those_that_would_be_estimated_with_equal_settings_only()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        var walsh = new CoilMapChoice();
        Prepare("data", new PreparationSettings { Maps = walsh });
        DatasetFolder data = DatasetFolder.Open(At("data"));
        DatasetSubject subject = data.Subjects(Split.Test)[0];
        Assert.That(data.CoilMaps(subject, walsh with { Method = CoilMapMethod.Jsense }), Is.Null);
        Tensor stored = data.CoilMaps(subject, walsh)!.Read(scope);
        var choices = new SliceChoices { Encoding = new EncodingSettings { Density = DensityRule.Voronoi }, Maps = walsh, MapsFromFull = true };
        using var loader = new SliceLoader(data, choices, Device.Cpu);
        SliceProblem[] slices = [.. loader.Load(Split.Test, UndersamplingPattern.Temporal, 1, NoProgress.Instance, default).Cast<SliceProblem>()];
        Assert.That(Fixtures.Reals(slices[2].Maps), Is.EqualTo(Fixtures.Reals(stored.Slice(2))));
        (Tensor kSpace, SpokeGeometry geometry) = Fixtures.Slices(data, subject, scope);
        using var encoding = new RadialEncoding(geometry, [.. Enumerable.Range(0, 20)], Matrix, Matrix, choices.Encoding, Device.Cpu);
        Tensor estimated = walsh.Estimate(kSpace, encoding.Points, encoding.RawWeights, Matrix, Matrix, Device.Cpu, scope);
        Assert.That(Fixtures.RelativeError(stored, estimated), Is.LessThan(1e-6)); // points went through a file and back
    }

    [Test]
    public void Subjects_of_different_sizes_do_not_make_one_dataset()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Tensor whole = Simulated(2, scope).KSpace;
        Tensor fewer = scope.New(DType.Complex64, [2, .. whole.Shape[1..]]);
        fewer.CopyFrom(whole.Slice(0, 2));
        ArrayFile.Write(At("s2.npy"), fewer);
        Assert.That(() => Prepare("data", new PreparationSettings()), Throws.TypeOf<InputException>().With.Message.Contains("2 coils").And.Message.Contains("--virtual-coils"));
        Prepare("compressed", new PreparationSettings { VirtualCoils = 2 });
    }

    [Test]
    public void A_file_that_comes_twice_is_refused_whatever_its_name_and_nothing_is_left()
    {
        File.Copy(At("s0.npy"), At("copy.npy"));
        PreparationRequest request = Request(new PreparationSettings(), null);
        request = request with { Inputs = [.. request.Inputs, RawInput.Parse(At("copy.npy"), Split.Test)] };
        Assert.That(
            () => PreparationRun.Write(At("data"), request, Device.Cpu, NoProgress.Instance, default),
            Throws.TypeOf<InputException>().With.Message.Contains("'s0' and 'copy'").And.Message.Contains("byte for byte"));
        Assert.That(() => RawInput.Parse("../x=file.h5", Split.Train), Throws.TypeOf<InputException>().With.Message.Contains("cannot name a subject"));
        Assert.That(Directory.Exists(At("data")), Is.False);
    }

    [Test]
    public void Partial_kz_lies_around_its_centre()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        StackOfStarsAcquisition raw = Simulated(0, scope);
        Tensor part = scope.New(DType.Complex64, [3, 3, 20, 2 * Matrix]);
        for (int coil = 0; coil < 3; coil++)
        {
            part.Slice(coil).CopyFrom(raw.KSpace.Slice(coil).Slice(1, 3));
            raw.KSpace.Slice(coil).Slice(0).Clear(); // what the part lacks
        }

        ArrayFile.Write(At("s0.npy"), part);
        RawVolume volume = RawVolumeReader.Read(At("s0.npy"), Source(null) with { Partitions = 4, CentrePartition = 1 }, scope);
        Assert.That(Fixtures.Reals(volume.KSpace), Is.EqualTo(Fixtures.Reals(raw.KSpace)));
        Assert.That(volume.Notes["partial kz"], Does.StartWith("3 of 4"));
    }

    private static StackOfStarsAcquisition Simulated(int subject, TensorScope scope)
    {
        var settings = new SimulationSettings { Matrix = Matrix, Coils = 3, Partitions = 4, Slices = 4, Spokes = 20, TrainSubjects = 3, ValidationSubjects = 0, TestSubjects = 0 };
        return DatasetSimulator.Simulate(settings, subject, scope, []);
    }

    private static Complex[,] Mixing() => new Complex[,] { { 2, 0, 0 }, { Complex.ImaginaryOne, 1, 0 }, { 0.5, 0.2, 1 } };

    private IReadOnlyList<string> Prepare(string folder, PreparationSettings settings, string? noise = null) =>
        PreparationRun.Write(At(folder), Request(settings, noise), Device.Cpu, NoProgress.Instance, default);

    private PreparationRequest Request(PreparationSettings settings, string? noise) => new()
    {
        Inputs = [RawInput.Parse(At("s0.npy"), Split.Train), RawInput.Parse(At("s1.npy"), Split.Validation), RawInput.Parse($"s2={At("s2.npy")}", Split.Test)],
        Source = Source(noise),
        Settings = settings,
    };

    private static RawSource Source(string? noise) => new() { Matrix = Matrix, Angles = new SpokeAngles(), Noise = noise };

    private string[] Files(string folder) =>
        [.. Directory.EnumerateFiles(At(folder), "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(At(folder), file)).Order(StringComparer.Ordinal)];

    private string At(string name) => Path.Combine(_folder, name);
}
