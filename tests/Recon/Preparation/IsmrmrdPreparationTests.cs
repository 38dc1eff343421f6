using System.Numerics;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class IsmrmrdPreparationTests
{
    private const int Matrix = 24, Coils = 3, Partitions = 5, Spokes = 18;

    private static readonly ImageGeometry s_place = new([10, -20, 30], [1, 0, 0], [0, 1, 0], [0, 0, 1], (2, 2, 4));

    [Test]
    public void A_raw_file_gives_the_k_space_that_was_measured_with_its_trajectory_noise_and_place()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        StackOfStarsAcquisition measured = Simulated(scope);
        Tensor noise = PrewhiteningTests.Noise(new Complex[,] { { 1, 0, 0 }, { 0.5, 1, 0 }, { 0, 0, 2 } }, 900, 3, scope);
        string file = Write(measured, new StackOfStarsDescription { Geometry = s_place, Noise = noise });
        RawVolume volume = RawVolumeReader.Read(file, new RawSource(), scope);
        Assert.That(Fixtures.Reals(volume.KSpace), Is.EqualTo(Fixtures.Reals(measured.KSpace)));
        Assert.That(Fixtures.Reals(volume.Noise!), Is.EqualTo(Fixtures.Reals(noise)));
        Assert.That((volume.Matrix, volume.NoiseBandwidthRatio, volume.Slab), Is.EqualTo((Matrix, 1.0, new SlabGeometry(Partitions, 0, Partitions))));
        double[] points = RadialTrajectory.Points(measured.Angles, measured.Radius, Matrix, Matrix, scope, DType.Float64).ToArray<double>();
        Assert.That(volume.Points.ToArray<double>(), Is.EqualTo(points).Within(Matrix * 6e-8)); // the file holds single precision
        Assert.That(volume.Geometry!.Position, Is.EqualTo(s_place.Position));
    }

    [Test]
    public void From_a_raw_file_to_an_image_in_the_patient()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        StackOfStarsAcquisition measured = Simulated(scope);
        string file = Write(measured, new StackOfStarsDescription { Geometry = s_place }), folder = Path.GetDirectoryName(file)!, data = Path.Combine(folder, "data"), result = Path.Combine(folder, "images");
        var settings = new PreparationSettings { Slices = new SliceRange(1, 3), Maps = new CoilMapChoice() };
        PreparationRun.Write(data, new PreparationRequest { Inputs = [RawInput.Parse($"p={file}", Split.Test)], Settings = settings }, Device.Cpu, NoProgress.Instance, default);
        ReconstructionRun.Write(result, new ReconstructionRequest { DataFolder = data, Method = ClassicalMethod.Gridding }, Device.Cpu, NoProgress.Instance, default);
        Tensor image = ArrayFile.Read(Path.Combine(result, "image.npy"), scope);
        Assert.That(image.Shape, Is.EqualTo(Shape.Create([3, Matrix, Matrix])));
        Assert.That(File.Exists(Path.Combine(result, "p.nii.gz")), Is.True);

        // The same slices with the maps of the dataset, from the definition of the gridded image.
        DatasetFolder prepared = DatasetFolder.Open(data);
        DatasetSubject subject = prepared.Subjects(Split.Test)[0];
        (Tensor slices, SpokeGeometry geometry) = Fixtures.Slices(prepared, subject, scope);
        using var encoding = new RadialEncoding(geometry, [.. Enumerable.Range(0, Spokes)], Matrix, Matrix, new EncodingSettings { DensityNorm = DensityNormKind.None }, Device.Cpu);
        Tensor gridded = encoding.Adjoint(slices.Slice(1), prepared.CoilMaps(subject, null)!.Slice(1).Read(scope), scope);
        double[] expected = Array.ConvertAll(Fixtures.Reals(gridded), v => v * encoding.AreaScale);
        Assert.That(Fixtures.RelativeError(Fixtures.Reals(image.Slice(1)), expected), Is.LessThan(1e-6)); // scaled down and up again in single precision

        // Slices 1 to 3 of 5: their middle one is the middle of the volume, and so its place.
        Assert.That(prepared.Geometry(subject)!.Position, Is.EqualTo(s_place.Position));
        Assert.That(new SlabGeometry(10, 0, 5).Place(s_place, new SlabGeometry(5, 0, 5)).Position[2], Is.EqualTo(30 - (3 * 2)));
    }

    [Test]
    public void Partial_kz_keeps_its_centre_and_what_is_no_stack_is_refused()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        StackOfStarsAcquisition measured = Simulated(scope);
        string file = Write(measured, new StackOfStarsDescription { Geometry = s_place, PartitionIndices = [2, 3, 4, 5, 6], Partitions = 8 });
        RawVolume volume = RawVolumeReader.Read(file, new RawSource(), scope);
        Assert.That(volume.KSpace.Shape, Is.EqualTo(Shape.Create([Coils, 8, Spokes, 2 * Matrix])));
        Assert.That(Fixtures.Reals(volume.KSpace.Slice(1).Slice(2, 5)), Is.EqualTo(Fixtures.Reals(measured.KSpace.Slice(1))));
        Assert.That(Fixtures.Reals(volume.KSpace.Slice(1).Slice(7)), Is.All.Zero);

        string gap = Write(measured, new StackOfStarsDescription { Geometry = s_place, PartitionIndices = [0, 1, 2, 3, 5], Partitions = 8 });
        Assert.That(() => RawVolumeReader.Read(gap, new RawSource(), scope), Throws.TypeOf<InputException>().With.Message.Contains("gaps along kz"));
        Refused(file, readouts => readouts[..^1], "scan is incomplete");
        Refused(file, readouts => [.. readouts, readouts[0]], "each once");
        Refused(file, readouts => Changed(readouts, header => header with { Counters = header.Counters with { Repetition = 1 } }), "2 repetitions");
        Refused(file, readouts => [.. readouts.Select(readout => new Readout(readout.Header with { TrajectoryDimensions = 0 }, [], readout.Samples))], "no trajectory");
        Refused(file, readouts => Rotated(readouts), "is turned by");
        Refused(file, readouts => [.. readouts.Select(readout => readout with { Header = readout.Header.With(AcquisitionFlag.NavigationData) })], "none of which is part of an image");
    }

    private static void Refused(string file, Func<Readout[], Readout[]> change, string message)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        IsmrmrdFile raw = IsmrmrdFile.Open(file);
        string changed = Path.Combine(Path.GetDirectoryName(file)!, "changed.h5");
        IsmrmrdWriter.Write(changed, raw.Header, change([.. raw.Readouts()]));
        Assert.That(() => RawVolumeReader.Read(changed, new RawSource(), scope), Throws.TypeOf<InputException>().With.Message.Contains(message));
    }

    private static Readout[] Changed(Readout[] readouts, Func<AcquisitionHeader, AcquisitionHeader> change)
    {
        readouts[3] = readouts[3] with { Header = change(readouts[3].Header) };
        return readouts;
    }

    private static Readout[] Rotated(Readout[] readouts)
    {
        (double sine, double cosine) = Math.SinCos(0.1);
        return [.. readouts.Select(readout => readout.Header.Counters.Step2 != 4 ? readout : readout with
        {
            Trajectory = [.. Enumerable.Range(0, readout.Trajectory.Length).Select(i => i % 2 == 0
                ? (float)((cosine * readout.Trajectory[i]) - (sine * readout.Trajectory[i + 1]))
                : (float)((sine * readout.Trajectory[i - 1]) + (cosine * readout.Trajectory[i])))],
        })];
    }

    private static StackOfStarsAcquisition Simulated(TensorScope scope)
    {
        var settings = new SimulationSettings { Matrix = Matrix, Coils = Coils, Partitions = Partitions, Slices = Partitions, Spokes = Spokes, TrainSubjects = 1, ValidationSubjects = 0, TestSubjects = 0 };
        return DatasetSimulator.Simulate(settings, 0, scope, []);
    }

    private static string Write(StackOfStarsAcquisition measured, StackOfStarsDescription description)
    {
        string file = Path.Combine(Fixtures.TemporaryFolder(), "raw.h5");
        StackOfStarsWriter.Write(file, measured, description);
        return file;
    }
}
