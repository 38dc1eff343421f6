using System.Buffers.Binary;
using System.Text;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class SafetensorsTests
{
    [Test]
    public void Writing_and_reading_gives_the_same_tensors_and_metadata()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        string path = Path.Combine(Fixtures.TemporaryFolder(), "a.safetensors");
        var tensors = new Dictionary<string, Tensor>
        {
            ["b"] = scope.From<float>([2, 2], [1, 2, 3, 4]),
            ["a.scalar"] = scope.From<double>([], [0.1]),
            ["n"] = scope.From<int>([3], [7, 8, -9]),
        };
        Safetensors.Write(path, tensors, new Dictionary<string, string> { ["config"] = "{\"x\": \"ü\"}" });
        SafetensorsContent back = Safetensors.Read(path, scope);
        Assert.That(back.Metadata["config"], Is.EqualTo("{\"x\": \"ü\"}"));
        Assert.That(back["b"].ToArray<float>(), Is.EqualTo(new float[] { 1, 2, 3, 4 }));
        Assert.That(back["a.scalar"].Item(), Is.EqualTo(0.1));
        Assert.That(back["n"].ToArray<int>(), Is.EqualTo(new[] { 7, 8, -9 }));
        Assert.That(() => back["c"], Throws.TypeOf<InputException>().With.Message.Contains("a.scalar"));
        byte[] once = File.ReadAllBytes(path);
        Safetensors.Write(path, tensors.Reverse(), back.Metadata);
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(once), "the same content gives the same bytes");
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Test]
    public void Every_reference_case_can_be_read()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        string[] files = Directory.GetFiles(Fixtures.Path("reference"), "*.safetensors");
        Assert.That(files, Has.Length.GreaterThan(50));
        foreach (string file in files)
        {
            SafetensorsContent content = Safetensors.Read(file, scope);
            Assert.That(content.Metadata["format"], Is.EqualTo("deq-reference-1"));
            Assert.That(content.Tensors, Is.Not.Empty);
        }
    }

    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 8, "needs 8")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "starts at byte 4")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}", 12, "starts at byte 4")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 4, "truncated")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 12, "too long")]
    [TestCase("{\"a\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4, "BF16")]
    [TestCase("{\"a\":{\"shape\":[2],\"data_offsets\":[0,4]}}", 4, "damaged")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,4]}}", 4, "damaged")]
    [TestCase("[1, 2, 3]", 4, "not a JSON object")]
    [TestCase("{\"a\"", 4, "not JSON")]
    public void A_header_that_does_not_fit_the_data_is_refused(string header, int dataBytes, string reason)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        string path = Path.Combine(Fixtures.TemporaryFolder(), "a.safetensors");
        byte[] text = Encoding.UTF8.GetBytes(header), length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, text.Length);
        File.WriteAllBytes(path, [.. length, .. text, .. new byte[dataBytes]]);
        Assert.That(() => Safetensors.Read(path, scope), Throws.TypeOf<InputException>().With.Message.Contains(reason));
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Test]
    public void A_file_cut_anywhere_is_refused()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        string path = Path.Combine(Fixtures.TemporaryFolder(), "a.safetensors");
        Safetensors.Write(path, [new("a", scope.From<float>([2], [1, 2]))]);
        byte[] whole = File.ReadAllBytes(path);
        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.That(() => Safetensors.Read(path, scope), Throws.TypeOf<InputException>(), $"cut to {length} bytes");
        }

        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }
}
