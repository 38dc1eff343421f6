using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

/// <summary>What is made of a volume part by part is what is made of the whole.</summary>
public sealed class SubjectSlicesTests
{
    [TestCase(CoilMapMethod.Walsh)]
    [TestCase(CoilMapMethod.Jsense)]
    [TestCase(CoilMapMethod.Espirit)]
    public void Maps_of_single_slices_have_the_bits_of_those_of_the_volume(CoilMapMethod kind)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        var scan = new CoilMapScan(scope, slices: 3);
        var method = new CoilMapChoice { Method = kind, Jsense = new JsenseSettings { Rounds = 2 } };
        Tensor whole = scan.Estimate(method, Device.Cpu, scope);
        VolumeLook volume = scan.Look();
        for (int slice = 0; slice < 3; slice++)
        {
            volume.Add(scan.KSpace.Slice(slice, 1));
        }

        foreach (int slice in new[] { 2, 0, 1 })
        {
            Tensor one = method.Estimate(scan.KSpace.Slice(slice, 1), slice, volume, Device.Cpu, scope);
            Assert.That(Sample.Bits(one), Is.EqualTo(Sample.Bits(whole.Slice(slice, 1))));
        }
    }

    [Test]
    public void Slices_of_a_few_at_a_time_have_the_bits_of_the_whole_transform()
    {
        string folder = Fixtures.TemporaryFolder();
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        SimulationSettings settings = SimulationSettings.From(TinyTraining.Config) with { Slices = 3, Partitions = 5 };
        DatasetFolder data = DatasetSimulator.Write(settings, Path.Combine(folder, "data"), Device.Cpu, []);
        DatasetSubject subject = data.Subjects(Split.Train)[0];
        StackOfStarsAcquisition raw = data.Load(subject, scope);
        Tensor whole = PartitionFft.ToSlices(raw.KSpace, data.Description.VolumeSlices, data.Description.FirstSlice, 3, scope);
        ISubjectSlices slices = data.OpenSlices(subject);
        Assert.That(slices.Together, Is.EqualTo(3), "a small volume takes one pass");
        foreach ((int first, int count) in new[] { (0, 1), (1, 2), (0, 3) })
        {
            Assert.That(Sample.Bits(slices.Read(first, count, scope)), Is.EqualTo(Sample.Bits(whole.Slice(first, count))));
        }
    }

    [Test]
    public void Arrays_that_are_written_and_read_in_parts_are_those_that_are_written_whole()
    {
        string folder = Fixtures.TemporaryFolder();
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Tensor array = scope.From([3, 2, 2], Enumerable.Range(0, 12).Select(i => new Complex64(i, -i)).ToArray());
        NpyFile.Write(Path.Combine(folder, "whole.npy"), array);
        using (var rows = new NpyRows(folder, 3))
        {
            rows.Add("rows.npy", array.Slice(0));
            rows.Add("rows.npy", array.Slice(1));
            Assert.That(rows.Finish, Throws.InvalidOperationException.With.Message.Contains("2 rows of 3"));
            rows.Add("rows.npy", array.Slice(2));
            Assert.That(rows.Finish(), Is.EqualTo(new[] { "rows.npy" }));
        }

        string path = Path.Combine(folder, "rows.npy");
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(File.ReadAllBytes(Path.Combine(folder, "whole.npy"))));
        FileArray located = NpyFile.Locate(path);
        Assert.That(Sample.Bits(located.Slice(1, 2).Slice(1).Read(scope)), Is.EqualTo(Sample.Bits(array.Slice(2))));
        using (FileStream cut = File.OpenWrite(path))
        {
            cut.SetLength(cut.Length - 1);
        }

        Assert.That(() => located.Slice(2).Read(scope), Throws.TypeOf<InputException>().With.Message.Contains(path));
        Assert.That(() => NpyFile.Locate(path), Throws.TypeOf<InputException>().With.Message.Contains("truncated"));
    }
}
