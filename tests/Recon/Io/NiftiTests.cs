using System.Buffers.Binary;
using System.IO.Compression;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class NiftiTests
{
    // A 2 x 3 x 4 volume whose value at (i, j, k) is 100 i + 10 j + k, stored as int16 with slope 2 and intercept 1.
    private static byte[] Volume(bool little, float[,] affine)
    {
        byte[] file = new byte[352 + (24 * 2)];
        void Int16(int at, short value)
        {
            if (little)
            {
                BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(at), value);
            }
            else
            {
                BinaryPrimitives.WriteInt16BigEndian(file.AsSpan(at), value);
            }
        }

        void Single(int at, float value)
        {
            if (little)
            {
                BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(at), value);
            }
            else
            {
                BinaryPrimitives.WriteSingleBigEndian(file.AsSpan(at), value);
            }
        }

        Int16(little ? 0 : 2, 348);
        foreach ((int axis, short extent) in new[] { (0, (short)3), (1, (short)2), (2, (short)3), (3, (short)4) })
        {
            Int16(40 + (2 * axis), extent);
        }

        Int16(70, 4);
        Single(108, 352);
        Single(112, 2);
        Single(116, 1);
        Int16(254, 1);
        for (int row = 0; row < 3; row++)
        {
            for (int column = 0; column < 3; column++)
            {
                Single(280 + (16 * row) + (4 * column), affine[row, column]);
            }
        }

        "n+1"u8.CopyTo(file.AsSpan(344));
        for (int n = 0; n < 24; n++)
        {
            Int16(352 + (2 * n), (short)((100 * (n % 2)) + (10 * (n / 2 % 3)) + (n / 6)));
        }

        return file;
    }

    [TestCase(true)]
    [TestCase(false)]
    public void A_right_front_up_volume_comes_out_left_back_up(bool little)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        NiftiVolume volume = Read(Volume(little, new float[,] { { 1.5f, 0, 0 }, { 0, 2, 0 }, { 0, 0, 3 } }), scope);
        Assert.That(volume.StoredOrientation, Is.EqualTo("RAS"));
        Assert.That(volume.VoxelSize, Is.EqualTo((3.0, 2.0, 1.5)));
        Assert.That(volume.Voxels.Shape, Is.EqualTo(Shape.Create([4, 3, 2])));
        float[] v = volume.Voxels.ToArray<float>();
        for (int z = 0, n = 0; z < 4; z++)
        {
            for (int y = 0; y < 3; y++)
            {
                for (int x = 0; x < 2; x++, n++)
                {
                    Assert.That(v[n], Is.EqualTo(1 + (2 * ((100 * (1 - x)) + (10 * (2 - y)) + z))));
                }
            }
        }
    }

    [Test]
    public void Permuted_and_flipped_axes_are_put_in_order()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);

        // File axis i runs up, j runs to the left, k runs to the back, all slightly oblique.
        NiftiVolume volume = Read(Volume(true, new float[,] { { 0.1f, -2, 0 }, { 0, 0.1f, -3 }, { 1, 0, 0.1f } }), scope);
        Assert.That(volume.StoredOrientation, Is.EqualTo("SLP"));
        Assert.That(volume.Voxels.Shape, Is.EqualTo(Shape.Create([2, 4, 3]))); // z = i, y = k, x = j
        float[] v = volume.Voxels.ToArray<float>();
        Assert.That(v[(((1 * 4) + 3) * 3) + 2], Is.EqualTo(1 + (2 * (100 + 20 + 3))));
        Assert.That(v[1], Is.EqualTo(1 + (2 * 10)));
    }

    [Test]
    public void A_compressed_file_reads_the_same_and_damage_is_told()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        byte[] plain = Volume(true, new float[,] { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } });
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(plain);
        }

        Assert.That(Read(packed.ToArray(), scope).Voxels.ToArray<float>(), Is.EqualTo(Read(plain, scope).Voxels.ToArray<float>()));
        Assert.That(() => Read(plain[..380], scope), Throws.TypeOf<InputException>().With.Message.Contains("truncated"));
        Assert.That(() => Read(plain[..100], scope), Throws.TypeOf<InputException>().With.Message.Contains("NIfTI-1"));
        byte[] other = [.. plain];
        other[70] = 32; // complex64 voxels
        Assert.That(() => Read(other, scope), Throws.TypeOf<InputException>().With.Message.Contains("type 32"));
    }

    [Test]
    public void The_abdomen_volume_equals_its_npy_copy()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        NiftiVolume volume = Nifti.Read(Fixtures.Data("totalsegmentator_abdomen_mr/example_mr_sm.nii.gz"), scope);
        Tensor copy = ArrayFile.Read(Fixtures.Data("totalsegmentator_abdomen_mr/volume.npy"), scope);
        Assert.That(volume.StoredOrientation, Is.EqualTo("LPS"));
        Assert.That(volume.Voxels.ToArray<float>(), Is.EqualTo(copy.ToArray<float>()));
    }

    private static NiftiVolume Read(byte[] file, TensorScope scope)
    {
        string folder = Fixtures.TemporaryFolder(), path = Path.Combine(folder, "a.nii");
        File.WriteAllBytes(path, file);
        try
        {
            return Nifti.Read(path, scope);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
