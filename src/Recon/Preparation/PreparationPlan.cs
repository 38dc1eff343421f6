using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Stardeq.Recon;

/// <summary>A file that a preparation reads.</summary>
/// <param name="File">Name without folder: the record does not depend on where data lie.</param>
/// <param name="Bytes">Length.</param>
/// <param name="Sha256">Hash, lower-case hexadecimal.</param>
public sealed record InputRecord(string File, long Bytes, string Sha256)
{
    /// <summary>Reads and hashes a file, and BART's data file with its header.</summary>
    public static InputRecord[] Of(string path) => Path.GetExtension(path).ToLowerInvariant() is ".cfl" or ".hdr"
        ? [One(Path.ChangeExtension(path, ".hdr")), One(Path.ChangeExtension(path, ".cfl"))]
        : [One(path)];

    private static InputRecord One(string path)
    {
        string hash = DatasetFolder.Hash(path);
        return new InputRecord(Path.GetFileName(path), new FileInfo(path).Length, hash);
    }
}

/// <summary>A subject of a plan.</summary>
/// <param name="Name">Folder of the subject.</param>
/// <param name="Split">Group.</param>
/// <param name="Raw">Its raw file.</param>
public sealed record PlannedSubject(string Name, Split Split, InputRecord[] Raw);

/// <summary>All that decides the bytes of a prepared dataset: the record <c>prepare.json</c>. Work that was interrupted goes on only under an equal plan.</summary>
/// <param name="Version">Version of the program.</param>
/// <param name="Subjects">Subjects in order.</param>
/// <param name="Shared">Files that all subjects share: trajectory, angles, noise.</param>
/// <param name="Source">What the user said about the files.</param>
/// <param name="Settings">What is done.</param>
public sealed record PreparationPlan(string Version, PlannedSubject[] Subjects, InputRecord[] Shared, RawSource Source, PreparationSettings Settings)
{
    /// <summary>Name of the record in the folder.</summary>
    public const string RecordName = "prepare.json";

    /// <summary>How records of preparations are written.</summary>
    internal static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false), new TripleConverter() },
    };

    /// <summary>The plan of a request; hashes every file.</summary>
    /// <exception cref="InputException">A file is missing, or two subjects are the same file.</exception>
    public static PreparationPlan Of(PreparationRequest request)
    {
        PlannedSubject[] subjects = [.. request.Inputs.Select(input => new PlannedSubject(input.Name, input.Split, InputRecord.Of(input.Path)))];
        if (subjects.GroupBy(subject => subject.Raw[^1].Sha256).FirstOrDefault(group => group.Count() > 1) is { } same)
        {
            throw new InputException($"the raw files of the subjects {string.Join(" and ", same.Select(subject => $"'{subject.Name}'"))} are the same, byte for byte; a subject belongs to one group only. Leave one out.");
        }

        RawSource source = request.Source;
        InputRecord[] shared = [.. new[] { source.Trajectory, source.Angles?.File, source.Noise }.OfType<string>().SelectMany(InputRecord.Of)];
        return new PreparationPlan(
            typeof(PreparationPlan).Assembly.GetName().Version?.ToString(3) ?? "0.0.0",
            subjects,
            shared,
            source with
            {
                Trajectory = Path.GetFileName(source.Trajectory),
                Noise = Path.GetFileName(source.Noise),
                Angles = source.Angles is { } angles ? angles with { File = Path.GetFileName(angles.File) } : null,
            },
            request.Settings);
    }

    /// <summary>As text.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json) + "\n";

    /// <summary>Name of the method in a <see cref="Key"/>.</summary>
    internal static string Method(string key) => JsonSerializer.Deserialize<CoilMapChoice>(key, Json)!.Method.ToString().ToLowerInvariant();

    /// <summary>A setting as text that is equal for equal settings only.</summary>
    internal static string Key(CoilMapChoice choice) => JsonSerializer.Serialize(choice, new JsonSerializerOptions(Json) { WriteIndented = false });

    /// <summary>Choices of problems as a tree of JSON.</summary>
    internal static JsonNode? Node(ProblemChoices choices) => JsonSerializer.SerializeToNode(choices, Json);
}
