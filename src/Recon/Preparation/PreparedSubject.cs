using System.Text.Json;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>The record <c>subject.json</c> of a prepared subject: provenance, sizes and hashes of its files.</summary>
public sealed record PreparedSubject
{
    /// <summary>Name of the record in the subject's folder.</summary>
    public const string RecordName = "subject.json";

    /// <summary>Raw file.</summary>
    public required InputRecord[] Raw { get; init; }

    /// <summary>What was done and what came out.</summary>
    public required PreparationStep[] Steps { get; init; }

    /// <summary>Side of the image.</summary>
    public required int Matrix { get; init; }

    /// <summary>Coils, virtual ones if compressed.</summary>
    public required int Coils { get; init; }

    /// <summary>Partitions of the kz grid.</summary>
    public required int Partitions { get; init; }

    /// <summary>Slices of the volume.</summary>
    public required int VolumeSlices { get; init; }

    /// <summary>First slice that is kept.</summary>
    public required int FirstSlice { get; init; }

    /// <summary>Slices that are kept.</summary>
    public required int Slices { get; init; }

    /// <summary>Spokes of a slice.</summary>
    public required int Spokes { get; init; }

    /// <summary>Samples of a spoke.</summary>
    public required int Readout { get; init; }

    /// <summary>Place of the slices in the patient, mm; null where the raw file does not say.</summary>
    public required ImageGeometry? Geometry { get; init; }

    /// <summary>Hash of each array, by file name.</summary>
    public required SortedDictionary<string, string> Sha256 { get; init; }

    /// <summary>Sizes that all subjects of a dataset share, for comparison.</summary>
    public string Sizes => $"{Matrix} x {Matrix} pixels, {Coils} coils, {Slices} slices from {FirstSlice} of {VolumeSlices}, {Partitions} partitions, {Spokes} spokes of {Readout} samples";

    /// <summary>Hash of each file, this record included.</summary>
    /// <param name="folder">The subject's folder.</param>
    public SortedDictionary<string, string> AllHashes(string folder) =>
        new(Sha256, StringComparer.Ordinal) { [RecordName] = DatasetFolder.Hash(Path.Combine(folder, RecordName)) };

    /// <summary>Writes the folder of a subject, whole or not at all.</summary>
    public static PreparedSubject Write(string folder, InputRecord[] raw, PreparedVolume volume, int matrix)
    {
        PreparedSubject? written = null;
        AtomicFile.WriteFolder(folder, temporary =>
        {
            var arrays = new Dictionary<string, Tensor> { [DatasetFolder.SlicesName] = volume.Slices, [DatasetFolder.PointsName] = volume.Points };
            if (volume.Maps is { } maps)
            {
                arrays[DatasetFolder.CoilMapsName] = maps;
            }

            written = new PreparedSubject
            {
                Raw = raw,
                Steps = [.. volume.Steps],
                Matrix = matrix,
                Coils = volume.Slices.Shape[1],
                Partitions = volume.Partitions,
                VolumeSlices = volume.Slab.VolumeSlices,
                FirstSlice = volume.Slab.First,
                Slices = volume.Slab.Count,
                Spokes = volume.Slices.Shape[2],
                Readout = volume.Slices.Shape[3],
                Geometry = volume.Geometry,
                Sha256 = DatasetFolder.WriteArrays(temporary, arrays),
            };
            AtomicFile.WriteText(Path.Combine(temporary, RecordName), JsonSerializer.Serialize(written, PreparationPlan.Json) + "\n");
        });
        return written!;
    }

    /// <summary>The record in a subject's folder, or null if there is none.</summary>
    /// <exception cref="InputException">It is damaged.</exception>
    public static PreparedSubject? Read(string folder)
    {
        string record = Path.Combine(folder, RecordName);
        try
        {
            return File.Exists(record) ? JsonSerializer.Deserialize<PreparedSubject>(File.ReadAllText(record), PreparationPlan.Json) : null;
        }
        catch (JsonException failure)
        {
            throw new InputException($"'{record}' is not the record of a prepared subject: {failure.Message} Remove the subject's folder and prepare it again.", failure);
        }
    }

    /// <summary>The record of a subject that an interrupted preparation has finished, or null if it is not there whole.</summary>
    public static PreparedSubject? ReadFinished(string folder)
    {
        PreparedSubject? subject = Read(folder);
        return subject is not null && subject.Sha256.All(file => File.Exists(Path.Combine(folder, file.Key)) && DatasetFolder.Hash(Path.Combine(folder, file.Key)) == file.Value)
            ? subject
            : null;
    }
}
