using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class CflFileTests
{
    [Test]
    public void The_shape_is_the_reversed_list_of_dimensions_without_ones_at_the_slow_end()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        string folder = Fixtures.TemporaryFolder(), path = Path.Combine(folder, "a.cfl");
        Tensor array = scope.From<Complex64>([2, 1, 3], [.. Enumerable.Range(0, 6).Select(i => new Complex64(i, -i))]);
        ArrayFile.Write(path, array);
        Assert.That(File.ReadAllLines(Path.ChangeExtension(path, ".hdr"))[1].Split(' ').Take(4), Is.EqualTo(new[] { "3", "1", "2", "1" }));
        Tensor back = ArrayFile.Read(Path.ChangeExtension(path, ".hdr"), scope);
        Assert.That(back.Describe(), Is.EqualTo("complex64 [2, 1, 3]"));
        Assert.That(Fixtures.Reals(back), Is.EqualTo(Fixtures.Reals(array)));
        Directory.Delete(folder, recursive: true);
    }

    [Test]
    public void Real_values_are_written_with_a_zero_imaginary_part_and_double_precision_is_refused()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        string folder = Fixtures.TemporaryFolder(), path = Path.Combine(folder, "a.cfl");
        ArrayFile.Write(path, scope.From<float>([2], [1, 2]));
        Assert.That(ArrayFile.Read(path, scope).ToArray<Complex64>(), Is.EqualTo(new Complex64[] { new(1, 0), new(2, 0) }));
        Assert.That(() => ArrayFile.Write(path, scope.Zeros(DType.Complex128, [2])), Throws.TypeOf<InputException>().With.Message.Contains("complex128"));
        Directory.Delete(folder, recursive: true);
    }

    [Test]
    public void A_missing_header_a_bad_header_and_a_short_file_are_told_apart()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        string folder = Fixtures.TemporaryFolder(), path = Path.Combine(folder, "a.cfl");
        File.WriteAllBytes(path, new byte[16]);
        Assert.That(() => ArrayFile.Read(path, scope), Throws.TypeOf<InputException>().With.Message.Contains("a.hdr"));
        File.WriteAllText(Path.ChangeExtension(path, ".hdr"), "# Dimensions\n2 x 1\n");
        Assert.That(() => ArrayFile.Read(path, scope), Throws.TypeOf<InputException>().With.Message.Contains("not a BART header"));
        File.WriteAllText(Path.ChangeExtension(path, ".hdr"), "# Dimensions\n2 2 1\n");
        Assert.That(() => ArrayFile.Read(path, scope), Throws.TypeOf<InputException>().With.Message.Contains("32 bytes").And.Message.Contains("holds 16"));
        Directory.Delete(folder, recursive: true);
    }

    [Test]
    public void Measured_data_are_the_same_in_both_formats()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Tensor npy = ArrayFile.Read(Fixtures.Data("utah_cardiac_radial/kspace.npy"), scope);
        Tensor cfl = ArrayFile.Read(Fixtures.Data("utah_cardiac_radial/kspace.cfl"), scope);
        Assert.That(npy.Shape, Is.EqualTo(Shape.Create([4, 3, 30, 288])));
        Assert.That(Fixtures.Reals(cfl), Is.EqualTo(Fixtures.Reals(npy)));
        Assert.That(cfl.Shape[0], Is.EqualTo(4));
        Assert.That(cfl.Shape[^2], Is.EqualTo(288));
    }
}
