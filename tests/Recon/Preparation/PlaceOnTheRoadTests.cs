using System.Globalization;
using System.Numerics;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

/// <summary>A point object goes through every format of raw data to an image and must not move.</summary>
public sealed class PlaceOnTheRoadTests
{
    private const int Matrix = 24, Partitions = 5, Spokes = 38; // 38 = pi/2 * 24: no angular gap exceeds the Nyquist step

    // Oblique axes, so that no exchange or sign of axes goes unseen; the centre is voxel 12, 12, 2.
    private static readonly ImageGeometry s_place = new([10, -20, 30], [0.8, 0.6, 0], [0, 0, -1], [-0.6, 0.8, 0], (1.5, 1.5, 4));

    private const double Faint = 0.1;

    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Fixtures.TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [TestCase("h5", 5, 17, 1)]
    [TestCase("h5", 12, 12, 2)]
    [TestCase("h5", 19, 6, 4)]
    [TestCase("npy", 5, 17, 1)]
    [TestCase("cfl", 5, 17, 1)]
    public void A_point_comes_back_in_its_pixel_and_slice(string format, int column, int row, int slice)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        string raw = WritePoint(format, column, row, slice, scope), images = Reconstruct(raw, format);
        Tensor image = ArrayFile.Read(Path.Combine(images, "image.npy"), scope);
        Assert.That(image.Shape, Is.EqualTo(Shape.Create([Partitions, Matrix, Matrix])));
        double[] magnitude = Magnitudes.Of(image);
        double peak = magnitude.Max();
        Assert.That(ArrayFile.Position(image.Shape, Array.IndexOf(magnitude, peak)), Is.EqualTo($"[{slice}, {row}, {column}]"));

        // The other slices hold the faint point alone. Where both are in one slice the sidelobes of one, some percent, add to the other.
        double bright = (column, row) == (Matrix / 2, Matrix / 2) ? 1 + Faint : 1;
        for (int other = 0; other < Partitions; other++)
        {
            double most = Magnitudes.Of(image.Slice(other)).Max();
            Assert.That(most / peak, other == slice ? Is.EqualTo(1) : Is.EqualTo(Faint / bright).Within(0.1 * Faint));
        }
    }

    [Test]
    public void The_place_of_a_raw_file_is_that_of_its_images_prepared_or_not()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        string raw = WritePoint("h5", 5, 17, 1, scope), prepared = Reconstruct(raw, "h5"), direct = Path.Combine(_folder, "direct");
        IReadOnlyList<string> lines = Run(direct, new ReconstructionRequest { KSpace = raw, Method = ClassicalMethod.Gridding });
        Assert.That(lines, Has.Some.StartWith("kz transform: 5 partitions"));
        foreach (string file in new[] { Path.Combine(prepared, "p.nii.gz"), Path.Combine(direct, "raw.nii.gz") })
        {
            NiftiVolume read = Nifti.Read(file, scope); // turns the axes of files as it needs them
            Shape shape = read.Voxels.Shape;
            float[] voxels = read.Voxels.ToArray<float>();
            int at = Array.IndexOf(voxels, voxels.Max());
            (int X, int Y, int Z) index = (at % shape[2], at / shape[2] % shape[1], at / shape[2] / shape[1]);
            double[] found = read.Geometry!.PlaceOf(index, (shape[2], shape[1], shape[0]));
            Assert.That(found, Is.EqualTo(s_place.PlaceOf((5, 17, 1), (Matrix, Matrix, Partitions))).Within(1e-5)); // the affine holds numbers up to 50 in float32
        }

        // The same image but for rounding: trajectories of datasets are written as angles and positions along the spokes.
        Tensor a = ArrayFile.Read(Path.Combine(prepared, "image.npy"), scope), b = ArrayFile.Read(Path.Combine(direct, "image.npy"), scope);
        Assert.That(Fixtures.RelativeError(b, a), Is.LessThan(1e-5));
    }

    [Test]
    public void An_independent_reader_finds_the_point_at_its_place_in_the_patient()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        string images = Path.Combine(_folder, "images"), file = Path.Combine(images, "raw.nii.gz");
        Run(images, new ReconstructionRequest { KSpace = WritePoint("h5", 5, 17, 1, scope), Method = ClassicalMethod.Gridding });
        double[] affine = Numbers("-disp_nim", "-field", "qto_xyz", "-infiles", file)[^16..];
        double[] place = s_place.PlaceOf((5, 17, 1), (Matrix, Matrix, Partitions)), world = [-place[0], -place[1], place[2]]; // right, anterior, superior
        double[] found = [.. Enumerable.Range(0, 3).Select(axis => (affine[4 * axis] * 5) + (affine[(4 * axis) + 1] * 17) + affine[(4 * axis) + 2] + affine[(4 * axis) + 3])];
        Assert.That(found, Is.EqualTo(world).Within(1e-3)); // six digits are printed
        double peak = Numbers("-quiet", "-disp_ci", "5", "17", "1", "0", "0", "0", "0", "-infiles", file)[^1];
        double mirrored = Numbers("-quiet", "-disp_ci", "17", "5", "1", "0", "0", "0", "0", "-infiles", file)[^1];
        Assert.That(peak, Is.EqualTo(Magnitudes.Of(ArrayFile.Read(Path.Combine(images, "image.npy"), scope)).Max()).Within(1e-5).Percent);
        Assert.That(mirrored, Is.LessThan(0.1 * peak)); // a gridded point has sidelobes of some percent
    }

    [Test]
    public void Raw_files_and_arrays_ask_for_what_they_lack()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        string raw = WritePoint("h5", 5, 17, 1, scope), array = WritePoint("npy", 5, 17, 1, scope);
        void Refused(ReconstructionRequest request, string message) =>
            Assert.That(() => (request with { Method = ClassicalMethod.Gridding }).Validate(), Throws.TypeOf<InputException>().With.Message.Contains(message));
        Refused(new ReconstructionRequest { KSpace = array }, "give all three");
        Refused(new ReconstructionRequest { KSpace = raw, CombineFrames = true }, "--combine-frames would mix");
        Refused(new ReconstructionRequest { KSpace = raw, Size = (24, 20) }, "square");
    }

    /// <summary>Raw data of a point, and of a faint one in the middle of every slice, without which a slice has no scale; two constant coils,
    /// from the definition of the transforms.</summary>
    private string WritePoint(string format, int column, int row, int slice, TensorScope scope)
    {
        double[] angles = RadialTrajectory.Angles(SpokeOrder.Golden, Spokes), radius = RadialTrajectory.ReadoutPositions(2 * Matrix);
        Tensor kSpace = scope.New(DType.Complex64, [2, Partitions, Spokes, radius.Length]);
        for (int coil = 0; coil < 2; coil++)
        {
            for (int partition = 0; partition < Partitions; partition++)
            {
                for (int spoke = 0; spoke < Spokes; spoke++)
                {
                    Span<Complex64> line = kSpace.Slice(coil).Slice(partition).Slice(spoke).Span<Complex64>();
                    for (int t = 0; t < line.Length; t++)
                    {
                        double inPlane = radius[t] * (((column - (Matrix / 2)) * Math.Cos(angles[spoke])) + ((row - (Matrix / 2)) * Math.Sin(angles[spoke])));
                        double along = (partition - (Partitions / 2)) * (slice - (Partitions / 2)) / (double)Partitions;
                        Complex point = Complex.Exp(new Complex(0, -2 * Math.PI * (inPlane + along))) + (partition == Partitions / 2 ? Faint * Partitions : 0);
                        Complex sample = (coil == 0 ? Complex.One : 0.5 * Complex.ImaginaryOne) * point;
                        line[t] = new Complex64((float)sample.Real, (float)sample.Imaginary);
                    }
                }
            }
        }

        string path = Path.Combine(_folder, $"raw.{format}");
        if (format == "h5")
        {
            StackOfStarsWriter.Write(path, new StackOfStarsAcquisition(kSpace, angles, radius, Matrix), new StackOfStarsDescription { Geometry = s_place });
        }
        else
        {
            ArrayFile.Write(path, format == "npy" ? kSpace : BartOrder(kSpace, scope));
        }

        return path;
    }

    private static Tensor BartOrder(Tensor kSpace, TensorScope scope)
    {
        Tensor ordered = scope.New(DType.Complex64, [Partitions, 1, 2, Spokes, 2 * Matrix, 1]);
        for (int partition = 0; partition < Partitions; partition++)
        {
            for (int coil = 0; coil < 2; coil++)
            {
                ordered.Slice(partition).Slice(0).Slice(coil).Reshape([Spokes, 2 * Matrix]).CopyFrom(kSpace.Slice(coil).Slice(partition));
            }
        }

        return ordered;
    }

    private string Reconstruct(string raw, string format)
    {
        string data = Path.Combine(_folder, "data"), images = Path.Combine(_folder, "images");
        var source = format == "h5" ? new RawSource() : new RawSource { Matrix = Matrix, Angles = new SpokeAngles() };
        PreparationRun.Write(data, new PreparationRequest { Inputs = [RawInput.Parse($"p={raw}", Split.Test)], Source = source }, Device.Cpu, NoProgress.Instance, default);
        Run(images, new ReconstructionRequest { DataFolder = data, Method = ClassicalMethod.Gridding });
        return images;
    }

    private static IReadOnlyList<string> Run(string path, ReconstructionRequest request) => ReconstructionRun.Write(path, request, Device.Cpu, NoProgress.Instance, default);

    private static double[] Numbers(params string[] arguments) =>
        [.. ExternalTool.Run("nifti-bin", "nifti_tool", arguments).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Select(word => double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double n) ? n : double.NaN).Where(n => !double.IsNaN(n))];
}
