using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

/// <summary>Bytes flipped, set and cut at random: a reader gives a clear error or an answer, and nothing else.</summary>
public sealed class DamagedFilesTests
{
    private const int Trials = 400;

    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Fixtures.TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [TestCase("a.npy")]
    [TestCase("a.cfl")]
    [TestCase("a.hdr")]
    [TestCase("a.nii")]
    [TestCase("a.nii.gz")]
    [TestCase("images.h5")]
    [TestCase("raw.h5")]
    [TestCase("spokes.h5")]
    [TestCase("fastmri.h5")]
    [TestCase("a.png")]
    [TestCase("a.safetensors")]
    public void A_damaged_file_gives_a_clear_error_or_an_answer(string name)
    {
        WriteAll();
        string path = Path.Combine(_folder, name);
        byte[] whole = File.ReadAllBytes(path);
        var random = new Random(17);
        int refused = 0;
        for (int trial = 0; trial < Trials; trial++)
        {
            byte[] damaged = Damage(whole, random, trial);
            File.WriteAllBytes(path, damaged);
            try
            {
                FileInspector.Describe(path);
                if (name is not ("a.png" or "a.safetensors"))
                {
                    using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
                    FileContent.Read(path, scope);
                }
            }
            catch (InputException failure)
            {
                refused++;
                Assert.That(failure.Message, Has.Length.GreaterThan(20).And.EndsWith("."), $"trial {trial}");
            }
            catch (Exception failure)
            {
                Assert.Fail($"trial {trial}: {failure}");
            }
        }

        Assert.That(refused, Is.GreaterThan(Trials / 10), "the damage must be such that readers notice it");
    }

    [Test]
    public void A_file_cut_anywhere_is_refused_whatever_its_format()
    {
        WriteAll();
        foreach (string path in Directory.GetFiles(_folder).Where(p => !p.EndsWith(".hdr", StringComparison.Ordinal)))
        {
            byte[] whole = File.ReadAllBytes(path);
            for (int part = 0; part < 8; part++)
            {
                File.WriteAllBytes(path, whole[..(whole.Length * part / 8)]);
                Assert.That(() => ReadFully(path), Throws.TypeOf<InputException>(), $"{Path.GetFileName(path)}, {part}/8");
            }

            File.WriteAllBytes(path, whole);
        }
    }

    private static void ReadFully(string path)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        FileInspector.Describe(path);
        if (!path.EndsWith(".png", StringComparison.Ordinal) && !path.EndsWith(".safetensors", StringComparison.Ordinal))
        {
            FileContent.Read(path, scope);
        }
    }

    // A third of the trials each: one bit, a few bytes, and a cut. Headers are hit more often than data.
    private static byte[] Damage(byte[] whole, Random random, int trial)
    {
        byte[] damaged = [.. whole];
        int reach = random.Next(3) == 0 ? whole.Length : Math.Min(whole.Length, 2048);
        switch (trial % 3)
        {
            case 0:
                damaged[random.Next(reach)] ^= (byte)(1 << random.Next(8));
                return damaged;
            case 1:
                random.NextBytes(damaged.AsSpan(random.Next(reach)) is { Length: > 4 } tail ? tail[..4] : damaged.AsSpan(0, 1));
                return damaged;
            default:
                return damaged[..random.Next(reach)];
        }
    }

    private void WriteAll()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Tensor volume = scope.From(Shape.Create([3, 4, 5]), [.. Enumerable.Range(0, 60).Select(i => (float)i)]);
        var geometry = ImageGeometry.Axial((1, 2, 3));
        ArrayFile.Write(At("a.npy"), volume);
        ArrayFile.Write(At("a.cfl"), volume);
        NiftiWriter.Write(At("a.nii"), volume, geometry);
        NiftiWriter.Write(At("a.nii.gz"), volume, geometry);
        IsmrmrdImages.Write(At("images.h5"), volume.Reshape([1, 3, 4, 5]), geometry);
        PngFile.Write(At("a.png"), Picture.Magnitude(volume.Slice(0)));
        Safetensors.Write(At("a.safetensors"), new Dictionary<string, Tensor> { ["w"] = volume }, new Dictionary<string, string> { ["format"] = "test" });
        IsmrmrdWriter.Write(At("raw.h5"), RawFiles.Header(RawTrajectory.Cartesian, (8, 4, 1), (4, 4, 1)), Enumerable.Range(0, 4).Select(line =>
            new Readout(new AcquisitionHeader { Samples = 8, Channels = 2, CentreSample = 4, Counters = new EncodingCounters { Step1 = (ushort)line } }, [], new float[32])));
        StackOfStarsWriter.Write(
            At("spokes.h5"),
            new StackOfStarsAcquisition(scope.Zeros(DType.Complex64, [2, 3, 5, 8]), [0, 0.5, 1, 1.5, 2], [.. Enumerable.Range(0, 8).Select(i => (i - 4) / 8.0)], 4),
            new StackOfStarsDescription { Geometry = geometry });
        AtomicFile.Write(At("fastmri.h5"), stream =>
        {
            var file = new Hdf5Writer(stream);
            file.Finish(file.Group(("kspace", file.Dataset(Hdf5Type.Complex, [2, 3, 4, 5], s => s.Write(new byte[960])))));
        });
    }

    private string At(string name) => Path.Combine(_folder, name);
}
