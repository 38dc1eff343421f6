using System.Globalization;
using System.Text.Json;

namespace Stardeq.Recon;

/// <summary>What to do with a run folder that already holds something.</summary>
public enum ExistingRun
{
    /// <summary>It is an error.</summary>
    Refuse,

    /// <summary>Its files are replaced.</summary>
    Overwrite,

    /// <summary>The run in it is continued from its checkpoint.</summary>
    Resume,
}

/// <summary>The folder of one training run, <c>runs/NAME</c>: where each of its files lies, and who may write there.</summary>
public sealed class RunFolder
{
    private RunFolder(string path, bool isResumed)
    {
        Root = path;
        IsResumed = isResumed;
    }

    /// <summary>The folder itself.</summary>
    public string Root { get; }

    /// <summary>Whether the run continues one that was there.</summary>
    public bool IsResumed { get; }

    /// <summary>The latest state of training: parameters, optimiser, position; safetensors.</summary>
    public string Checkpoint => At("checkpoint.safetensors");

    /// <summary>The model at the best validation, for inference; safetensors.</summary>
    public string Best => At("best.safetensors");

    /// <summary>Remembered solutions of <c>cache_store=mapped</c>; belongs to the checkpoint.</summary>
    public string MappedCache => At("cache.bin");

    /// <summary>What the run was; see <see cref="RunRecord"/>.</summary>
    public string Record => At("config.json");

    /// <summary>Metrics as CSV.</summary>
    public string MetricsCsv => At("metrics.csv");

    /// <summary>Metrics as JSON lines.</summary>
    public string MetricsJson => At("metrics.jsonl");

    /// <summary>The table of results as JSON.</summary>
    public string Table => At("table.json");

    /// <summary>Memory by owner at the peak of training.</summary>
    public string Memory => At("memory.json");

    /// <summary>The report as one page.</summary>
    public string Report => At("report.html");

    /// <summary>Any other file of the folder.</summary>
    public string At(string name) => Path.Combine(Root, name);

    /// <summary>A name that nobody has, of something that does not outlast the process; if it does, the next one removes it.</summary>
    public string NewTemporary(string name) => AtomicFile.TemporaryName(At(name));

    /// <summary><c>runs/MODEL-PRESET-TIME</c>: the name of a run that was given none.</summary>
    public static string DefaultPath(TrainingConfig config, DateTime now) => Path.Combine(
        "runs",
        string.Create(CultureInfo.InvariantCulture, $"{ConfigKeys.Find("model").Read(config)}-{config.Preset}-{now:yyyyMMdd-HHmmss}"));

    /// <summary>Opens the folder of a run for writing.</summary>
    /// <param name="path">The folder; made if missing.</param>
    /// <param name="existing">What to do if it already holds something.</param>
    /// <exception cref="InputException">It holds something and may not be touched, or there is nothing to resume.</exception>
    public static RunFolder Open(string path, ExistingRun existing)
    {
        var folder = new RunFolder(path, existing == ExistingRun.Resume);
        if (existing == ExistingRun.Resume)
        {
            folder.RemoveTornFiles();
            return File.Exists(folder.Checkpoint) && File.Exists(folder.Record)
                ? folder
                : throw new InputException($"run folder '{path}' holds no checkpoint to resume. {Resumable(Path.GetDirectoryName(Path.GetFullPath(path))!)}");
        }

        if (File.Exists(path) || (Directory.Exists(path) && existing == ExistingRun.Refuse && Directory.EnumerateFileSystemEntries(path).Any()))
        {
            throw new InputException($"run folder '{path}' exists and is not empty; nothing was written. "
                + "Choose another --out, continue it with --resume, or replace it with --overwrite.");
        }

        Directory.CreateDirectory(path);
        folder.RemoveTornFiles();
        foreach (string stale in new[] { folder.Checkpoint, folder.Best, folder.MappedCache, folder.Record, folder.MetricsCsv, folder.MetricsJson, folder.Table, folder.Report })
        {
            File.Delete(stale);
        }

        return folder;
    }

    /// <summary>Writes the run record.</summary>
    public void WriteRecord(RunRecord record) => AtomicFile.Write(Record, record.Write);

    /// <summary>The configuration with which the run was started.</summary>
    /// <exception cref="InputException">The record is missing or not legal.</exception>
    public TrainingConfig ReadConfig()
    {
        using var reader = new StreamReader(InputFile.Open(Record));
        return ConfigFile.Compose(preset: null, reader.ReadToEnd(), []);
    }

    /// <summary>SHA-256 of the data of the run, by name.</summary>
    public IReadOnlyDictionary<string, string> ReadDataHashes()
    {
        using FileStream stream = InputFile.Open(Record);
        using JsonDocument document = JsonDocument.Parse(stream);
        return document.RootElement.GetProperty("data_sha256").EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString()!);
    }

    /// <summary>Opens the metrics; rows after <paramref name="lastStep"/>, the step of the checkpoint, are dropped.</summary>
    public MetricsLog OpenMetrics(long lastStep) => new(MetricsCsv, MetricsJson, lastStep);

    /// <summary>The run in a folder of runs whose checkpoint is the latest, or null.</summary>
    public static string? Latest(string runs) => !Directory.Exists(runs)
        ? null
        : Directory.EnumerateDirectories(runs)
            .Where(run => File.Exists(Path.Combine(run, "checkpoint.safetensors")))
            .MaxBy(run => File.GetLastWriteTimeUtc(Path.Combine(run, "checkpoint.safetensors")));

    /// <summary>Removes what a killed process had not finished writing.</summary>
    private void RemoveTornFiles()
    {
        foreach (string torn in Directory.Exists(Root) ? Directory.EnumerateFileSystemEntries(Root).Where(AtomicFile.IsTemporary) : [])
        {
            AtomicFile.Remove(torn);
        }
    }

    private static string Resumable(string runs) => Latest(runs) is { } latest
        ? $"The latest run beside it that has one is '{Path.GetRelativePath(Directory.GetCurrentDirectory(), latest)}'."
        : "Start it without --resume.";
}
