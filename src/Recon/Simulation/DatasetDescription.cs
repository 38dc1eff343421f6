using System.Text.Json;
using System.Text.Json.Serialization;

namespace Stardeq.Recon;

/// <summary>What a subject is used for.</summary>
public enum Split
{
    /// <summary>Weights are fitted to it.</summary>
    Train,

    /// <summary>Progress is watched on it.</summary>
    Validation,

    /// <summary>Reported numbers come from it; nothing else may look at it.</summary>
    Test,
}

/// <summary>One subject of a dataset.</summary>
/// <param name="Name">Folder below the dataset.</param>
/// <param name="Split">Group it belongs to.</param>
/// <param name="Sha256">Hash of each file, by name, in lower-case hexadecimal.</param>
public sealed record DatasetSubject(string Name, Split Split, SortedDictionary<string, string> Sha256);

/// <summary>The record <c>dataset.json</c> of a dataset folder.</summary>
public sealed record DatasetDescription
{
    /// <summary>Name of the format; other values are refused.</summary>
    public const string FormatName = "stardeq-dataset-1";

    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    /// <summary>Always <see cref="FormatName"/>.</summary>
    public required string Format { get; init; }

    /// <summary>Version of the program that wrote it.</summary>
    public required string Version { get; init; }

    /// <summary>Side of the square image in pixels.</summary>
    public required int Matrix { get; init; }

    /// <summary>Receive coils.</summary>
    public required int Coils { get; init; }

    /// <summary>kz encodings.</summary>
    public required int Partitions { get; init; }

    /// <summary>Slices after the kz transform, at least the number of partitions.</summary>
    public required int VolumeSlices { get; init; }

    /// <summary>First slice that is used.</summary>
    public required int FirstSlice { get; init; }

    /// <summary>Number of slices that are used.</summary>
    public required int Slices { get; init; }

    /// <summary>Spokes per partition.</summary>
    public required int Spokes { get; init; }

    /// <summary>Samples per spoke.</summary>
    public required int Readout { get; init; }

    /// <summary>Where the data come from: "ellipsoid phantom", or the anatomy's file name and hash.</summary>
    public required string Source { get; init; }

    /// <summary>Further settings of the simulation, as text.</summary>
    public required SortedDictionary<string, string> Parameters { get; init; }

    /// <summary>Subjects in order.</summary>
    public required DatasetSubject[] Subjects { get; init; }

    /// <summary>Subjects of one group, in order.</summary>
    public DatasetSubject[] Of(Split split) => [.. Subjects.Where(subject => subject.Split == split)];

    /// <summary>As the text of <c>dataset.json</c>.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, s_json) + "\n";

    /// <summary>Reads <c>dataset.json</c> strictly: every field must be there, and no other.</summary>
    /// <exception cref="InputException">Missing file, bad JSON, missing or unknown field, other format.</exception>
    public static DatasetDescription Read(string path)
    {
        using FileStream stream = InputFile.Open(path);
        DatasetDescription? description;
        try
        {
            description = JsonSerializer.Deserialize<DatasetDescription>(stream, s_json);
        }
        catch (JsonException failure)
        {
            throw new InputException($"'{path}' is not the record of a dataset: {failure.Message}", failure);
        }

        return description?.Format == FormatName
            ? description
            : throw new InputException($"'{path}' has format '{description?.Format}'; '{FormatName}' was expected. Make the dataset again with this version.");
    }
}
