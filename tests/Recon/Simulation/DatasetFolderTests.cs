using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class DatasetFolderTests
{
    private static readonly SimulationSettings s_settings = new()
    {
        Matrix = 12,
        Coils = 2,
        Partitions = 3,
        Slices = 1,
        TrainSubjects = 1,
        ValidationSubjects = 0,
        TestSubjects = 1,
        Spokes = 5,
        Readout = 10,
        WriteTruth = true,
    };

    private string _folder = null!;

    [SetUp]
    public void SetUp() => _folder = Fixtures.TemporaryFolder();

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void What_is_written_is_read_back_and_the_seed_decides_the_bits()
    {
        DatasetFolder dataset = Write("a", s_settings), again = Write("b", s_settings), other = Write("c", s_settings with { Seed = 2 });
        Assert.That(dataset.Description.ToJson(), Is.EqualTo(again.Description.ToJson()));
        Assert.That(dataset.Description.Subjects[0].Sha256["kspace.npy"], Is.Not.EqualTo(other.Description.Subjects[0].Sha256["kspace.npy"]));
        Assert.That(dataset.Description.Subjects[0].Sha256["kspace.npy"], Is.Not.EqualTo(dataset.Description.Subjects[1].Sha256["kspace.npy"]));
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        DatasetSubject subject = dataset.Subjects(Split.Test).Single();
        StackOfStarsAcquisition acquisition = dataset.Load(subject, scope);
        Assert.That(acquisition.KSpace.Shape, Is.EqualTo(Shape.Create([2, 3, 5, 10])));
        Assert.That(acquisition.Angles, Is.EqualTo(RadialTrajectory.Angles(SpokeOrder.Golden, 5)));
        Assert.That(acquisition.Radius, Is.EqualTo(RadialTrajectory.ReadoutPositions(10)));
        StackOfStarsAcquisition direct = DatasetSimulator.Simulate(s_settings, 1, scope, []);
        Assert.That(Fixtures.Reals(acquisition.KSpace), Is.EqualTo(Fixtures.Reals(direct.KSpace)));
        Assert.That(dataset.LoadOptional(subject, "truth.npy", scope)!.Shape, Is.EqualTo(Shape.Create([1, 12, 12])));
        Assert.That(dataset.LoadOptional(subject, "maps.npy", scope)!.Shape, Is.EqualTo(Shape.Create([1, 2, 12, 12])));
        Assert.That(dataset.LoadOptional(subject, "other.npy", scope), Is.Null);
    }

    [Test]
    public void An_existing_folder_is_never_written_over()
    {
        Write("a", s_settings);
        Assert.That(() => Write("a", s_settings), Throws.TypeOf<InputException>().With.Message.Contains("exists"));
        Assert.That(Directory.GetFileSystemEntries(_folder), Has.Length.EqualTo(1));
    }

    [Test]
    public void Damage_is_found()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        DatasetFolder dataset = Write("a", s_settings);
        string file = Path.Combine(_folder, "a", "subject-000", "kspace.npy"), record = Path.Combine(_folder, "a", "dataset.json");
        byte[] bytes = File.ReadAllBytes(file);
        bytes[^1] ^= 1;
        File.WriteAllBytes(file, bytes);
        Assert.That(() => dataset.Load(dataset.Description.Subjects[0], scope), Throws.TypeOf<InputException>().With.Message.Contains("hash"));
        File.Delete(file);
        Assert.That(() => DatasetFolder.Open(Path.Combine(_folder, "a")), Throws.TypeOf<InputException>().With.Message.Contains("missing"));
        string text = File.ReadAllText(record);
        File.WriteAllText(record, text.Replace("\"coils\"", "\"coilz\""));
        Assert.That(() => DatasetFolder.Open(Path.Combine(_folder, "a")), Throws.TypeOf<InputException>().With.Message.Contains("coil"));
        File.WriteAllText(record, text.Replace("stardeq-dataset-1", "stardeq-dataset-9"));
        Assert.That(() => DatasetFolder.Open(Path.Combine(_folder, "a")), Throws.TypeOf<InputException>().With.Message.Contains("stardeq-dataset-9"));
        Assert.That(() => DatasetFolder.Open(Path.Combine(_folder, "none")), Throws.TypeOf<InputException>().With.Message.Contains("simulate"));
    }

    [Test]
    public void NaN_in_k_space_is_refused()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Write("a", s_settings);
        string file = Path.Combine(_folder, "a", "subject-000", "kspace.npy"), record = Path.Combine(_folder, "a", "dataset.json");
        string before = DatasetFolder.Hash(file);
        Tensor kSpace = ArrayFile.Read(file, scope);
        kSpace.Span<Complex64>()[7] = new Complex64(float.NaN, 0);
        ArrayFile.Write(file, kSpace);
        File.WriteAllText(record, File.ReadAllText(record).Replace(before, DatasetFolder.Hash(file)));
        DatasetFolder dataset = DatasetFolder.Open(Path.Combine(_folder, "a"));
        Assert.That(() => dataset.Load(dataset.Description.Subjects[0], scope), Throws.TypeOf<InputException>().With.Message.Contains("NaN"));
    }

    [Test]
    public void Subjects_of_different_groups_share_no_slice_of_a_deep_volume()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        SimulationSettings settings = SimulationSettings.Preset("tiny");
        var anatomy = new Anatomy("a", scope.From<float>([40, 1, 1], [.. Enumerable.Repeat(1f, 40)]));
        Assert.That(anatomy.SeparatesGroups(settings), Is.True);
        var used = new Dictionary<int, Split>();
        for (int subject = 0; subject < settings.Subjects; subject++)
        {
            for (int z = anatomy.FirstSlice(settings, subject); z < anatomy.FirstSlice(settings, subject) + settings.Partitions; z++)
            {
                Assert.That(z, Is.InRange(0, 39));
                Assert.That(used.TryAdd(z, settings.SplitOf(subject)) || used[z] == settings.SplitOf(subject), Is.True, $"slice {z}");
            }
        }

        Assert.That(new Anatomy("b", anatomy.Volume.Slice(0, 8)).SeparatesGroups(settings), Is.False);
        Assert.That(() => new Anatomy("c", anatomy.Volume.Slice(0, settings.Partitions - 1)).FirstSlice(settings, 0), Throws.TypeOf<InputException>());
    }

    private DatasetFolder Write(string name, SimulationSettings settings) =>
        DatasetSimulator.Write(settings, Path.Combine(_folder, name), Device.Cpu, []);
}
