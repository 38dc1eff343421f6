using System.Globalization;
using System.Text.Json;
using NUnit.Framework;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class IsmrmrdFileTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Fixtures.TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Readouts_and_all_fields_of_their_headers_come_back()
    {
        // Readouts of different sizes, one without samples; the largest is longer than a collection of the heap.
        Readout[] written = [RawFiles.Distinct(0, 5, 3, 2), RawFiles.Distinct(1, 0, 1, 0), RawFiles.Distinct(2, 5000, 32, 3), RawFiles.Distinct(3, 8, 1, 0)];
        IsmrmrdFile file = Write(written);
        Assert.That(file.Acquisitions.Select(h => JsonSerializer.Serialize(h)), Is.EqualTo(written.Select(r => JsonSerializer.Serialize(r.Header))));
        Assert.That(file.Readouts().Select(RawFiles.Text), Is.EqualTo(written.Select(RawFiles.Text)));
        Assert.That(file.Readouts(2, 1).Select(RawFiles.Text), Is.EqualTo(new[] { RawFiles.Text(written[2]) }));
    }

    [Test]
    public void Thousands_of_readouts_come_back()
    {
        Readout[] written = [.. Enumerable.Range(0, 3000).Select(i => RawFiles.Distinct(i % 600, i % 7, 2, 1))];
        Assert.That(Write(written).Readouts().Select(RawFiles.Text), Is.EqualTo(written.Select(RawFiles.Text)));
    }

    [Test]
    public void Every_field_of_the_header_comes_back()
    {
        IsmrmrdHeader written = new()
        {
            ResonanceFrequency = 63_500_000,
            Channels = 12,
            Vendor = "A & B <Ltd.>",
            Model = "X",
            FieldStrength = 1.5,
            RelativeReceiverNoiseBandwidth = 0.79,
            Institution = "Universität",
            PatientPosition = "FFS",
            Protocol = "stars",
            RepetitionTimes = [3.5, 4],
            EchoTimes = [1.25],
            FlipAngles = [12],
            UserIntegers = new Dictionary<string, long> { ["n"] = -5 },
            UserNumbers = new Dictionary<string, double> { ["x"] = 1e-7 },
            UserTexts = new Dictionary<string, string> { ["t"] = "a" },
            Encodings =
            [
                new RawEncoding
                {
                    Trajectory = RawTrajectory.GoldenAngle,
                    Encoded = new EncodingSpace((512, 400, 40), (600.5, 300.25, 120)),
                    Recon = new EncodingSpace((256, 256, 38), (300.25, 300.25, 114)),
                    Limits = new Dictionary<string, EncodingLimit> { ["kspace_encoding_step_1"] = new(0, 399, 0), ["kspace_encoding_step_2"] = new(4, 39, 20) },
                    Acceleration = (2, 3),
                    CalibrationMode = "embedded",
                    TrajectoryName = "golden",
                    TrajectoryParameters = new Dictionary<string, string> { ["step"] = "111.25" },
                },
            ],
        };
        string path = Path.Combine(_folder, "header.h5");
        IsmrmrdWriter.Write(path, written, [RawFiles.Distinct(0, 4, 1, 0)]);
        IsmrmrdHeader read = IsmrmrdFile.Open(path).Header;
        Assert.That(JsonSerializer.Serialize(read), Is.EqualTo(JsonSerializer.Serialize(written)));
        Assert.That(read.Encodings[0].Partitions, Is.EqualTo(new EncodingLimit(4, 39, 20)));
    }

    [Test]
    public void A_file_of_the_generator_of_ismrmrd_tools_is_read_and_its_copy_reconstructs_to_the_same_image()
    {
        string original = Path.Combine(_folder, "original.h5"), copy = Path.Combine(_folder, "copy.h5");
        ExternalTool.Run("ismrmrd-tools", "ismrmrd_generate_cartesian_shepp_logan", "-m", "32", "-c", "3", "-k", "-o", original);
        IsmrmrdFile file = IsmrmrdFile.Open(original);
        Assert.That(file.Header.Encodings[0].Encoded.Matrix, Is.EqualTo((64, 32, 1)));
        Assert.That(file.Acquisitions, Has.Count.EqualTo(32));
        Assert.That(file.Acquisitions[0].Has(AcquisitionFlag.FirstInSlice) && file.Acquisitions[31].Has(AcquisitionFlag.LastInSlice));
        Assert.That(file.Acquisitions.Select(h => (int)h.Counters.Step1), Is.EqualTo(Enumerable.Range(0, 32)));
        Assert.That(file.Readouts().All(r => r.Trajectory.Length == 2 * 64 && r.Samples.Length == 2 * 3 * 64));

        IsmrmrdWriter.Write(copy, file.Header, file.Readouts());
        Assert.That(IsmrmrdFile.Open(copy).Readouts().Select(RawFiles.Text), Is.EqualTo(file.Readouts().Select(RawFiles.Text)));
        string[] said = [.. new[] { original, copy }.Select(path => ExternalTool.Run("ismrmrd-tools", "ismrmrd_recon_cartesian_2d", path))];
        Assert.That(said[1].Replace(copy, original).Split('\n').Where(line => !line.Contains("ersion")), Is.EqualTo(said[0].Split('\n').Where(line => !line.Contains("ersion"))));
    }

    [Test]
    public void A_noise_scan_keeps_its_flag()
    {
        string path = Path.Combine(_folder, "noise.h5");
        ExternalTool.Run("ismrmrd-tools", "ismrmrd_generate_cartesian_shepp_logan", "-m", "16", "-c", "2", "-C", "-o", path);
        IReadOnlyList<AcquisitionHeader> headers = IsmrmrdFile.Open(path).Acquisitions;
        Assert.That(headers.Count(h => h.Has(AcquisitionFlag.NoiseMeasurement)), Is.GreaterThan(0));
        Assert.That(headers.Count(h => h.IsImaging), Is.EqualTo(16));
        Assert.That(headers.All(h => h.IsImaging != h.Has(AcquisitionFlag.NoiseMeasurement)));
    }

    private IsmrmrdFile Write(Readout[] readouts)
    {
        string path = Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"{readouts.Length}.h5"));
        IsmrmrdWriter.Write(path, RawFiles.Header(RawTrajectory.Other, (8, 8, 1), (8, 8, 1)), readouts);
        return IsmrmrdFile.Open(path);
    }
}
