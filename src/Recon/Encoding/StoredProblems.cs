using System.Text.Json;

namespace Stardeq.Recon;

/// <summary>The record <c>problems.json</c> beside the arrays of a subject's problems.</summary>
/// <param name="Choices">What decided them.</param>
/// <param name="Undersampling">The kept spokes, in one line.</param>
/// <param name="Sha256">Hash of each array, by file name.</param>
public sealed record StoredProblems(ProblemChoices Choices, string Undersampling, SortedDictionary<string, string> Sha256)
{
    /// <summary>Folder of the problems in that of the subject.</summary>
    public const string FolderName = "problems";

    /// <summary>Name of the record.</summary>
    public const string RecordName = "problems.json";

    /// <summary>The hashes of all files of a subject's problems, by their names below the subject's folder, or null if they are not there whole.</summary>
    public static SortedDictionary<string, string>? HashesOf(string subjectFolder)
    {
        string record = Path.Combine(subjectFolder, FolderName, RecordName);
        if (!File.Exists(record))
        {
            return null;
        }

        StoredProblems stored = Parse(record, File.ReadAllText(record));
        var hashes = new SortedDictionary<string, string>(stored.Sha256.ToDictionary(file => $"{FolderName}/{file.Key}", file => file.Value), StringComparer.Ordinal);
        bool isWhole = hashes.All(file => File.Exists(Path.Combine(subjectFolder, file.Key)) && DatasetFolder.Hash(Path.Combine(subjectFolder, file.Key)) == file.Value);
        hashes[$"{FolderName}/{RecordName}"] = DatasetFolder.Hash(record);
        return isWhole ? hashes : null;
    }

    /// <summary>The record from its text.</summary>
    /// <exception cref="InputException">It is damaged.</exception>
    public static StoredProblems Parse(string path, string text)
    {
        try
        {
            return JsonSerializer.Deserialize<StoredProblems>(text, PreparationPlan.Json) ?? throw new JsonException("it is empty.");
        }
        catch (JsonException failure)
        {
            throw new InputException($"'{path}' is not the record of prepared problems: {failure.Message} Prepare the dataset again.", failure);
        }
    }
}
