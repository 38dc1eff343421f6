using System.Globalization;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class NiftiWriterTests
{
    private string _path = "";

    [SetUp]
    public void MakeFolder() => _path = Path.Combine(Fixtures.TemporaryFolder(), "a.nii");

    [TearDown]
    public void RemoveFolder() => Directory.Delete(Path.GetDirectoryName(_path)!, recursive: true);

    // Right- and left-handed axes; the quaternion's largest component is each of the four in turn.
    [TestCase(1, 0, 0, 0, 1, 0, 1)]
    [TestCase(1, 0, 0, 0, -1, 0, -1)]
    [TestCase(-1, 0, 0, 0, 1, 0, 1)]
    [TestCase(-1, 0, 0, 0, -1, 0, 1)]
    [TestCase(0, 1, 0, 0, 0, 1, -1)]
    [TestCase(0.8, 0.6, 0, 0, 0, -1, 1)]
    [TestCase(0.6, 0, 0.8, -0.8, 0, 0.6, -1)]
    public void Both_forms_of_the_affine_put_every_corner_where_the_geometry_puts_it(double xl, double xp, double xs, double yl, double yp, double ys, int hand)
    {
        double[] x = [xl, xp, xs], y = [yl, yp, ys];
        double[] z = [hand * ((xp * ys) - (xs * yp)), hand * ((xs * yl) - (xl * ys)), hand * ((xl * yp) - (xp * yl))];
        var geometry = new ImageGeometry([10, -20, 30], x, y, z, (1, 2, 3));
        Write(geometry, [4, 5, 6]);
        byte[] header = File.ReadAllBytes(_path);
        foreach (int i in new[] { 0, 5 })
        {
            foreach (int j in new[] { 0, 4 })
            {
                foreach (int k in new[] { 0, 3 })
                {
                    double[] place = geometry.PlaceOf((i, j, k), (6, 5, 4)), world = [-place[0], -place[1], place[2]];

                    // Numbers up to 40 in float32 and three products of them: a few times 40 * 2^-24.
                    Assert.That(ByRows(header, i, j, k), Is.EqualTo(world).Within(2e-5));
                    Assert.That(ByQuaternion(header, i, j, k), Is.EqualTo(world).Within(2e-5));
                }
            }
        }
    }

    [Test]
    public void The_reader_of_the_NIfTI_library_sees_sizes_type_and_affine()
    {
        Write(new ImageGeometry([10, -20, 30], [1, 0, 0], [0, 1, 0], [0, 0, 1], (1, 2, 3)), [4, 5, 6]);
        ExternalTool.Run("nifti-bin", "nifti_tool", "-check_hdr", "-infiles", _path);
        string header = ExternalTool.Run("nifti-bin", "nifti_tool", "-disp_nim", "-field", "nx", "-field", "ny", "-field", "nz", "-field", "datatype", "-field", "qto_xyz", "-field", "sto_xyz", "-infiles", _path);
        double[] numbers = [.. header.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Select(word => double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double n) ? n : double.NaN).Where(n => !double.IsNaN(n))];
        double[] affine = [-1, 0, 0, -10 + 3, 0, -2, 0, 20 + 4, 0, 0, 3, 30 - 6, 0, 0, 0, 1]; // first voxel: 3, 2 and 2 steps before the centre
        string all = string.Join(' ', numbers);
        Assert.That(all, Does.Contain(string.Join(' ', affine)), header);
    }

    [Test]
    public void A_series_comes_back_with_its_place()
    {
        var geometry = new ImageGeometry([10, -20, 30], [1, 0, 0], [0, 1, 0], [0, 0, 1], (1, 2, 3));
        Write(geometry, [3, 4, 5, 6]);
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        NiftiVolume read = Nifti.ReadSeries(_path, scope);
        Assert.That(read.Voxels.ToArray<float>(), Is.EqualTo(Enumerable.Range(0, 360).Select(i => (float)i)));
        Assert.That(read.StoredOrientation, Is.EqualTo("LPS"));
        Assert.That(read.Geometry!.Position, Is.EqualTo(geometry.Position));
        Assert.That(read.Geometry.VoxelSize, Is.EqualTo(geometry.VoxelSize));
        Assert.That(() => Nifti.Read(_path, scope), Throws.TypeOf<InputException>().With.Message.Contains("3 volumes"));
    }

    private void Write(ImageGeometry geometry, int[] shape)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        NiftiWriter.Write(_path, scope.From(Shape.Create(shape), [.. Enumerable.Range(0, shape.Aggregate((p, q) => p * q)).Select(i => (float)i)]), geometry);
    }

    private static double Single(byte[] header, int at) => BitConverter.ToSingle(header, at);

    // Method 3 of nifti1.h.
    private static double[] ByRows(byte[] h, int i, int j, int k) =>
        [.. Enumerable.Range(0, 3).Select(row => (Single(h, 280 + (16 * row)) * i) + (Single(h, 284 + (16 * row)) * j) + (Single(h, 288 + (16 * row)) * k) + Single(h, 292 + (16 * row)))];

    // Method 2 of nifti1.h, written as the rotation of a vector by a quaternion, v + 2 q × (q × v + a v).
    private static double[] ByQuaternion(byte[] h, int i, int j, int k)
    {
        double[] q = [Single(h, 256), Single(h, 260), Single(h, 264)];
        double a = Math.Sqrt(Math.Max(0, 1 - q.Sum(v => v * v)));
        double[] v = [i * Single(h, 80), j * Single(h, 84), k * Single(h, 88) * Single(h, 76)];
        double[] inner = [.. Cross(q, v).Zip(v, (p, r) => p + (a * r))], outer = Cross(q, inner);
        return [.. Enumerable.Range(0, 3).Select(axis => v[axis] + (2 * outer[axis]) + Single(h, 268 + (4 * axis)))];
    }

    private static double[] Cross(double[] a, double[] b) => [(a[1] * b[2]) - (a[2] * b[1]), (a[2] * b[0]) - (a[0] * b[2]), (a[0] * b[1]) - (a[1] * b[0])];
}
