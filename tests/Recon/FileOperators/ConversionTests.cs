using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class ConversionTests
{
    // A delta at a place off every symmetry, in a volume whose extents all differ.
    private const int Slices = 5, Rows = 8, Columns = 6, DeltaSlice = 1, DeltaRow = 2, DeltaColumn = 4;

    private static readonly ImageGeometry s_oblique = Oblique();

    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Fixtures.TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [TestCase("a.npy")]
    [TestCase("a.cfl")]
    [TestCase("a.nii")]
    [TestCase("a.nii.gz")]
    [TestCase("a.h5")]
    public void A_delta_comes_back_where_it_was_after_a_journey_through_a_format(string name)
    {
        string start = At("start.npy"), end = At("end.npy");
        WriteDelta(start);
        FileConversion.Run(new ConversionRequest { Input = start, Output = At(name), VoxelSize = name.EndsWith("npy", StringComparison.Ordinal) || name.EndsWith("cfl", StringComparison.Ordinal) ? null : (1, 2, 3) });
        FileConversion.Run(new ConversionRequest { Input = At(name), Output = end, Part = ComplexPart.Magnitude });
        RequireDelta(end);
    }

    [Test]
    public void A_delta_keeps_its_place_in_the_patient_from_ISMRMRD_images_through_NIfTI_and_back()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        string[] road = [At("a.h5"), At("b.nii.gz"), At("c.h5"), At("d.nii")];
        IsmrmrdImages.Write(road[0], Delta(scope).Reshape([1, Slices, Rows, Columns]), s_oblique);
        for (int i = 1; i < road.Length; i++)
        {
            FileConversion.Run(new ConversionRequest { Input = road[i - 1], Output = road[i] });
        }

        double[] expected = s_oblique.PlaceOf((DeltaColumn, DeltaRow, DeltaSlice), (Columns, Rows, Slices));
        foreach (string path in road)
        {
            FileContent content = FileContent.Read(path, scope);
            float[] values = content.Values.ToArray<float>();
            int at = Array.IndexOf(values, 1f), columns = content.Values.Shape[3], rows = content.Values.Shape[2];
            double[] place = content.Geometry!.PlaceOf((at % columns, at / columns % rows, at / columns / rows), (columns, rows, content.Values.Shape[1]));

            // Places of about 100 mm in float32, with unit vectors rounded likewise: 2^-24 * 100 * a few.
            Assert.That(place, Is.EqualTo(expected).Within(1e-4), path);
            Assert.That(values.Sum(Math.Abs), Is.EqualTo(1));
        }
    }

    [Test]
    public void K_space_is_not_written_as_images_and_the_reason_is_told()
    {
        string raw = At("raw.h5");
        Readout readout = RawFiles.Distinct(0, 8, 2, 0);
        readout = readout with { Header = readout.Header with { Flags = 0, DiscardBefore = 0, DiscardAfter = 0, Counters = new EncodingCounters(), ReadDirection = new float[3], PhaseDirection = new float[3], SliceDirection = new float[3] } };
        IsmrmrdWriter.Write(raw, RawFiles.Header(RawTrajectory.Cartesian, (8, 4, 1), (4, 4, 1)), [readout]);
        Assert.That(() => FileConversion.Run(new ConversionRequest { Input = raw, Output = At("a.nii") }), Throws.TypeOf<InputException>().With.Message.Contains("reconstruct it first"));
        Assert.That(() => FileConversion.Run(new ConversionRequest { Input = raw, Output = At("a.npy"), Trajectory = At("t.npy") }), Throws.TypeOf<InputException>().With.Message.Contains("no trajectory"));
    }

    [Test]
    public void A_delta_in_Cartesian_raw_data_comes_back_at_its_pixel()
    {
        // The k-space of a delta by the definition in docs/conventions.md, measured line by line.
        const int N = 8, X = 6, Y = 2;
        string raw = At("raw.h5"), array = At("k.npy");
        IsmrmrdWriter.Write(raw, RawFiles.Header(RawTrajectory.Cartesian, (N, N, 1), (N, N, 1), ("kspace_encoding_step_1", new EncodingLimit(0, N - 1, N / 2))), Enumerable.Range(0, N).Select(line =>
        {
            float[] samples = new float[2 * N];
            for (int k = 0; k < N; k++)
            {
                (double sine, double cosine) = Math.SinCos(-2 * Math.PI * (((k - 4) * (X - 4)) + ((line - 4) * (Y - 4))) / N);
                (samples[2 * k], samples[(2 * k) + 1]) = ((float)cosine, (float)sine);
            }

            return new Readout(new AcquisitionHeader { Samples = N, Channels = 1, CentreSample = N / 2, Counters = new EncodingCounters { Step1 = (ushort)line } }, [], samples);
        }));
        FileConversion.Run(new ConversionRequest { Input = raw, Output = array });
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Complex64[] kSpace = ArrayFile.Read(array, scope).ToArray<Complex64>();
        for (int y = 0; y < N; y++)
        {
            for (int x = 0; x < N; x++)
            {
                System.Numerics.Complex sum = 0;
                for (int i = 0; i < N * N; i++)
                {
                    double turns = (((i % N) - 4) * (x - 4)) + (((i / N) - 4) * (y - 4));
                    sum += new System.Numerics.Complex(kSpace[i].Real, kSpace[i].Imaginary) * System.Numerics.Complex.FromPolarCoordinates(1, 2 * Math.PI * turns / N);
                }

                // 64 terms of size 1 rounded to float32: 64 * 2^-24 at most, over 64.
                Assert.That(sum.Magnitude / (N * N), Is.EqualTo(x == X && y == Y ? 1 : 0).Within(1e-7));
            }
        }
    }

    [Test]
    public void Both_layouts_of_radial_fastMRI_files_give_the_same_stack()
    {
        const int Spokes = 3, Samples = 4, Coils = 5, Partitions = 6;
        static float Value(int part, int spoke, int sample, int coil, int partition) => part + (10 * spoke) + (100 * sample) + (1000 * coil) + (10000 * partition);
        string pairsFirst = At("first.h5"), pairsLast = At("last.h5");
        WriteKSpace(pairsFirst, Hdf5Type.Single, [2, Spokes, Samples, Coils, Partitions], n => Value(n[0], n[1], n[2], n[3], n[4]));
        WriteKSpace(pairsLast, Hdf5Type.Single, [Partitions, Coils, Samples, Spokes, 2], n => Value(n[4], n[3], n[2], n[1], n[0]));
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Tensor a = FastMriFile.Read(pairsFirst, scope).KSpace, b = FastMriFile.Read(pairsLast, scope).KSpace;
        Assert.That(a.Shape, Is.EqualTo(Shape.Create([Coils, Partitions, Spokes, Samples])));
        Assert.That(a.ToArray<Complex64>(), Is.EqualTo(b.ToArray<Complex64>()));
        Complex64 one = a.ToArray<Complex64>()[(((((2 * Partitions) + 1) * Spokes) + 2) * Samples) + 3];
        Assert.That((one.Real, one.Imaginary), Is.EqualTo((Value(0, 2, 3, 2, 1), Value(1, 2, 3, 2, 1))));
    }

    [Test]
    public void A_Cartesian_fastMRI_file_keeps_its_axes_and_goes_to_BARTs_dimensions()
    {
        string path = At("knee.h5"), bart = At("knee.cfl");
        WriteKSpace(path, Hdf5Type.Complex, [2, 3, 4, 5], n => n[0] + (10 * n[1]) + (100 * n[2]) + (1000 * n[3]));
        FileConversion.Run(new ConversionRequest { Input = path, Output = bart });
        Assert.That(File.ReadAllLines(At("knee.hdr"))[1], Is.EqualTo("5 4 1 3 1 1 1 1 1 1 1 1 1 2 1 1"));
        string said = ExternalTool.Run("bart", "bart", "show", "-m", At("knee"));
        Assert.That(said, Does.Contain("5").And.Contain("complex float"));
    }

    private static void WriteKSpace(string path, Hdf5Type type, int[] n, Func<int[], float> value) => AtomicFile.Write(path, stream =>
    {
        var file = new Hdf5Writer(stream);
        long kSpace = file.Dataset(type, n, target =>
        {
            using var writer = new BinaryWriter(target, System.Text.Encoding.ASCII, leaveOpen: true);
            for (int i = 0; i < n.Aggregate(1, (p, q) => p * q); i++)
            {
                int[] index = new int[n.Length];
                for (int axis = n.Length - 1, rest = i; axis >= 0; rest /= n[axis--])
                {
                    index[axis] = rest % n[axis];
                }

                writer.Write(value(index));
                if (type.Size == 8)
                {
                    writer.Write(-value(index));
                }
            }
        });
        file.Finish(file.Group(("kspace", kSpace)));
    });

    private static Tensor Delta(TensorScope scope)
    {
        float[] values = new float[Slices * Rows * Columns];
        values[(((DeltaSlice * Rows) + DeltaRow) * Columns) + DeltaColumn] = 1;
        return scope.From(Shape.Create([Slices, Rows, Columns]), values);
    }

    private static void WriteDelta(string path)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        ArrayFile.Write(path, Delta(scope));
    }

    private static void RequireDelta(string path)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Tensor read = ArrayFile.Read(path, scope);
        Assert.That(read.Shape[^3..], Is.EqualTo(Shape.Create([Slices, Rows, Columns])));
        Assert.That(read.ToArray<float>(), Is.EqualTo(Delta(scope).ToArray<float>()));
    }

    private static ImageGeometry Oblique()
    {
        // A rotation by 0.3 about the head's axis, then by 0.2 about the left's, and an isotropy that is none.
        (double s, double c) = Math.SinCos(0.3);
        (double t, double d) = Math.SinCos(0.2);
        return new ImageGeometry([12.5, -40, 88], [c, s * d, s * t], [-s, c * d, c * t], [0, -t, d], (1.25, 1.5, 3));
    }

    private string At(string name) => Path.Combine(_folder, name);
}
