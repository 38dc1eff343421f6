using System.Globalization;

namespace Stardeq.Recon;

/// <summary>An ISMRMRD raw file in plain words.</summary>
internal static class RawDescription
{
    private static readonly (string Name, Func<EncodingCounters, int> Value)[] s_counters =
    [
        ("lines or spokes", c => c.Step1), ("partitions", c => c.Step2), ("slices", c => c.Slice), ("averages", c => c.Average), ("contrasts", c => c.Contrast),
        ("cardiac phases", c => c.Phase), ("repetitions", c => c.Repetition), ("sets", c => c.Set), ("segments", c => c.Segment),
    ];

    /// <summary>Describes headers; samples are not read.</summary>
    public static FileDescription Of(IsmrmrdFile file)
    {
        AcquisitionHeader[] imaging = [.. file.Acquisitions.Where(h => h.IsImaging)];
        List<(string, string)> facts =
        [
            ("readouts", $"{file.Acquisitions.Count}: {imaging.Length} of the image, {file.Acquisitions.Count(h => h.Has(AcquisitionFlag.NoiseMeasurement))} of noise, {file.Acquisitions.Count(h => !h.IsImaging && !h.Has(AcquisitionFlag.NoiseMeasurement))} of other kinds"),
            .. Scanner(file.Header),
        ];
        for (int i = 0; i < file.Header.Encodings.Count; i++)
        {
            Add(facts, file, i, [.. imaging.Where(h => h.Encoding == i)]);
        }

        return new FileDescription("ISMRMRD raw data", facts);
    }

    private static IEnumerable<(string, string)> Scanner(IsmrmrdHeader header)
    {
        string scanner = string.Join(' ', new[] { header.Vendor, header.Model, header.FieldStrength is { } field ? Text($"{field:0.##} T") : null }.OfType<string>());
        if (scanner.Length > 0)
        {
            yield return ("scanner", scanner);
        }

        if (header.Protocol is { } protocol)
        {
            yield return ("protocol", protocol);
        }

        if (header.RepetitionTimes.Count + header.EchoTimes.Count + header.FlipAngles.Count > 0)
        {
            yield return ("sequence", Text($"TR {List(header.RepetitionTimes)} ms, TE {List(header.EchoTimes)} ms, flip angle {List(header.FlipAngles)} degrees"));
        }
    }

    private static void Add(List<(string, string)> facts, IsmrmrdFile file, int index, AcquisitionHeader[] imaging)
    {
        RawEncoding e = file.Header.Encodings[index];
        string prefix = file.Header.Encodings.Count == 1 ? "" : $"encoding {index} ";
        facts.Add(($"{prefix}trajectory", $"{e.Trajectory.ToString().ToLowerInvariant()}{(imaging.Length > 0 && imaging[0].TrajectoryDimensions > 0 ? $", {imaging[0].TrajectoryDimensions} coordinates per sample in the file" : ", no coordinates in the file")}"));
        facts.Add(($"{prefix}encoded", Space(e.Encoded)));
        facts.Add(($"{prefix}image", Space(e.Recon)));
        if (e.Acceleration != (1, 1))
        {
            facts.Add(($"{prefix}acceleration", $"{e.Acceleration.Step1} x {e.Acceleration.Step2}{(e.CalibrationMode is null ? "" : $", calibration {e.CalibrationMode}")}"));
        }

        if (imaging.Length == 0)
        {
            facts.Add(($"{prefix}data", "none"));
            return;
        }

        facts.Add(($"{prefix}data", $"{Range(imaging, h => h.Channels)} coils, readouts of {Range(imaging, h => h.UsedSamples)} samples"));
        facts.Add(($"{prefix}counters", string.Join(", ", s_counters.Select(c => (c.Name, Count: imaging.Select(h => c.Value(h.Counters)).Distinct().Count()))
            .Where(c => c.Count > 1).Select(c => $"{c.Count} {c.Name}").DefaultIfEmpty("all 0"))));
        int partitions = imaging.Select(h => h.Counters.Step2).Distinct().Count();
        if (partitions < e.Encoded.Matrix.Z)
        {
            facts.Add(($"{prefix}partial kz", $"{partitions} of {e.Encoded.Matrix.Z} partitions were measured"));
        }

        facts.Add(($"{prefix}geometry", ImageGeometry.From(file.Path, imaging[0], e.Recon)?.Describe() ?? "not given"));
    }

    private static string Space(EncodingSpace space) =>
        Text($"{space.Matrix.X} x {space.Matrix.Y} x {space.Matrix.Z}, {space.FieldOfView.X:0.##} x {space.FieldOfView.Y:0.##} x {space.FieldOfView.Z:0.##} mm");

    private static string Range(AcquisitionHeader[] headers, Func<AcquisitionHeader, int> value)
    {
        (int least, int most) = (headers.Min(value), headers.Max(value));
        return least == most ? $"{least}" : $"{least} to {most}";
    }

    private static string List(IReadOnlyList<double> values) => values.Count == 0 ? "?" : string.Join(", ", values.Select(v => Text($"{v:0.###}")));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
