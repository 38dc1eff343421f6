using System.Numerics;
using System.Text;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class NpyFileTests
{
    private TensorScope _scope = null!;
    private string _folder = null!;

    [SetUp]
    public void SetUp()
    {
        _scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        _folder = Fixtures.TemporaryFolder();
    }

    [TearDown]
    public void TearDown()
    {
        _scope.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public void Writing_and_reading_gives_the_same_type_shape_and_bits()
    {
        Tensor[] arrays =
        [
            _scope.From<float>([2, 3], [1, -2, float.NaN, 4, 5e-40f, 6]),
            _scope.From<double>([], [Math.PI]),
            _scope.From<Complex64>([3], [new(1, 2), new(3, 4), new(5, 6)]),
            _scope.From<Complex>([1, 2, 1], [new(1, 2), new(3, 4)]),
            _scope.Zeros(DType.Float32, [0, 4]),
        ];
        foreach (Tensor array in arrays)
        {
            ArrayFile.Write(File("a.npy"), array);
            Tensor back = ArrayFile.Read(File("a.npy"), _scope);
            Assert.That(back.Describe(), Is.EqualTo(array.Describe()));
            Assert.That(Fixtures.Reals(back), Is.EqualTo(Fixtures.Reals(array)));
            Assert.That((new FileInfo(File("a.npy")).Length - array.ByteCount) % 64, Is.Zero, "data start on a multiple of 64");
        }
    }

    [TestCase("|u1", new byte[] { 0, 255 }, 0f, 255f)]
    [TestCase("|i1", new byte[] { 255, 1 }, -1f, 1f)]
    [TestCase("<i2", new byte[] { 0xFE, 0xFF, 1, 1 }, -2f, 257f)]
    [TestCase("<u2", new byte[] { 0xFE, 0xFF, 1, 1 }, 65534f, 257f)]
    [TestCase("<i4", new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 7, 0, 0, 0 }, -1f, 7f)]
    [TestCase("<f2", new byte[] { 0x00, 0x3C, 0x00, 0xC0 }, 1f, -2f)]
    public void Small_types_become_float32(string type, byte[] bytes, float first, float second)
    {
        Raw("a.npy", $"{{'descr': '{type}', 'fortran_order': False, 'shape': (2,), }}", bytes);
        Assert.That(ArrayFile.Read(File("a.npy"), _scope).ToArray<float>(), Is.EqualTo(new[] { first, second }));
    }

    [Test]
    public void Fortran_order_is_the_transposed_layout()
    {
        byte[] columnMajor = [.. Enumerable.Range(0, 24).Select(i => (byte)i)];
        Raw("a.npy", "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3, 4), }", columnMajor);
        float[] values = ArrayFile.Read(File("a.npy"), _scope).ToArray<float>();
        for (int i = 0; i < 24; i++)
        {
            (int a, int b, int c) = (i / 12, i / 4 % 3, i % 4);
            Assert.That(values[i], Is.EqualTo(a + (2 * b) + (6 * c)));
        }
    }

    [Test]
    public void Bad_files_are_refused_with_what_came_and_what_was_expected()
    {
        Assert.That(() => ArrayFile.Read(File("none.npy"), _scope), Throws.TypeOf<InputException>().With.Message.Contains("no file"));
        Assert.That(() => ArrayFile.Read(File("a.mat"), _scope), Throws.TypeOf<InputException>().With.Message.Contains(".mat"));
        System.IO.File.WriteAllBytes(File("a.npy"), "not numpy at all"u8.ToArray());
        Assert.That(() => ArrayFile.Read(File("a.npy"), _scope), Throws.TypeOf<InputException>().With.Message.Contains("not a .npy"));
        Raw("a.npy", "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", new byte[8]);
        Assert.That(() => ArrayFile.Read(File("a.npy"), _scope), Throws.TypeOf<InputException>().With.Message.Contains("12 bytes").And.Message.Contains("holds 8"));
        Raw("a.npy", "{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }", new byte[8]);
        Assert.That(() => ArrayFile.Read(File("a.npy"), _scope), Throws.TypeOf<InputException>().With.Message.Contains("big-endian"));
        Raw("a.npy", "{'descr': '<U8', 'fortran_order': False, 'shape': (2,), }", new byte[8]);
        Assert.That(() => ArrayFile.Read(File("a.npy"), _scope), Throws.TypeOf<InputException>().With.Message.Contains("<U8"));
        Raw("a.npy", "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }", new byte[8]);
        Assert.That(() => ArrayFile.Read(File("a.npy"), _scope), Throws.TypeOf<InputException>().With.Message.Contains("Structured"));
    }

    [Test]
    public void NaN_is_found_and_its_position_told()
    {
        Tensor array = _scope.From<Complex64>([2, 2], [new(1, 2), new(3, 4), new(5, float.NaN), new(float.PositiveInfinity, 0)]);
        Assert.That(() => ArrayFile.RequireFinite(array, "k.npy"), Throws.TypeOf<InputException>().With.Message.Contains("[1, 0]").And.Message.Contains("2 NaN"));
        Assert.That(() => ArrayFile.RequireFinite(array.Slice(0), "k.npy"), Throws.Nothing);
    }

    [Test]
    public void A_failed_write_leaves_the_old_file_and_nothing_else()
    {
        AtomicFile.WriteText(File("a.txt"), "old");
        Assert.That(() => AtomicFile.Write(File("a.txt"), stream =>
        {
            stream.WriteByte(1);
            throw new IOException("No space left on device.");
        }), Throws.TypeOf<InputException>().With.Message.Contains("No space left"));
        Assert.That(System.IO.File.ReadAllText(File("a.txt")), Is.EqualTo("old"));
        Assert.That(Directory.GetFileSystemEntries(_folder), Has.Length.EqualTo(1));
    }

    [Test]
    public void A_folder_appears_whole_or_not_at_all_and_never_over_another()
    {
        Assert.That(() => AtomicFile.WriteFolder(File("d"), folder =>
        {
            System.IO.File.WriteAllText(Path.Combine(folder, "x"), "1");
            throw new InputException("bad data");
        }), Throws.TypeOf<InputException>());
        Assert.That(Directory.GetFileSystemEntries(_folder), Is.Empty);
        AtomicFile.WriteFolder(File("d"), folder => System.IO.File.WriteAllText(Path.Combine(folder, "x"), "1"));
        Assert.That(System.IO.File.ReadAllText(Path.Combine(File("d"), "x")), Is.EqualTo("1"));
        Assert.That(() => AtomicFile.WriteFolder(File("d"), _ => { }), Throws.TypeOf<InputException>().With.Message.Contains("exists"));
    }

    private string File(string name) => Path.Combine(_folder, name);

    private void Raw(string name, string header, byte[] data)
    {
        byte[] text = Encoding.ASCII.GetBytes(header + "\n");
        System.IO.File.WriteAllBytes(File(name), [0x93, .. "NUMPY"u8, 1, 0, (byte)text.Length, (byte)(text.Length >> 8), .. text, .. data]);
    }
}
