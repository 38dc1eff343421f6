using System.Globalization;
using System.Text;

namespace Stardeq.Recon;

/// <summary>
/// The metrics of a run as CSV and as JSON lines, one row at a time, flushed at once so that a killed run loses nothing.
/// Opening at a step drops later rows and a torn last line, so that a resumed run continues the files as if it had
/// never stopped.
/// </summary>
public sealed class MetricsLog : IDisposable
{
    private static readonly (string Name, MetricsKind Kind)[] s_kinds =
        [("step", MetricsKind.Step), ("epoch", MetricsKind.Epoch), ("validation", MetricsKind.Validation), ("event", MetricsKind.Event)];

    private readonly List<MetricsRow> _rows;
    private readonly StreamWriter _csv;
    private readonly StreamWriter _json;

    /// <summary>Opens both files, made if missing, and keeps the rows up to a step.</summary>
    /// <param name="csvPath">The CSV file: a header line, then one line per row.</param>
    /// <param name="jsonPath">The JSON lines file with the same rows.</param>
    /// <param name="lastStep">Rows of later steps are dropped; 0 for a new run.</param>
    public MetricsLog(string csvPath, string jsonPath, long lastStep)
    {
        _rows = [.. Read(csvPath).Where(row => row.Step <= lastStep && lastStep > 0)];
        AtomicFile.WriteText(csvPath, string.Concat(_rows.Select(CsvLine).Prepend(Header())));
        AtomicFile.WriteText(jsonPath, string.Concat(_rows.Select(JsonLine)));
        _csv = Append(csvPath);
        _json = Append(jsonPath);
    }

    /// <summary>All rows so far, those of earlier sessions included.</summary>
    public IReadOnlyList<MetricsRow> Rows => _rows;

    /// <summary>Appends a row to both files.</summary>
    public void Add(MetricsRow row)
    {
        _rows.Add(row);
        _csv.Write(CsvLine(row));
        _csv.Flush();
        _json.Write(JsonLine(row));
        _json.Flush();
    }

    /// <summary>Closes both files.</summary>
    public void Dispose()
    {
        _csv.Dispose();
        _json.Dispose();
    }

    /// <summary>The whole rows of a metrics CSV file; none if there is no file.</summary>
    /// <exception cref="InputException">The header is not that of a metrics file.</exception>
    public static IReadOnlyList<MetricsRow> Read(string csvPath)
    {
        if (!File.Exists(csvPath))
        {
            return [];
        }

        string text = File.ReadAllText(csvPath);
        int whole = text.LastIndexOf('\n') + 1; // what follows was torn by a killed run
        string[] lines = text[..whole].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length > 0 && lines[0] + "\n" != Header())
        {
            throw new InputException($"'{csvPath}': the first line is not that of a metrics file of this version:\n  {lines[0]}\n"
                + $"expected\n  {Header().TrimEnd()}\nMove the file away, or train into another folder.");
        }

        return [.. lines.Skip(1).Select(line => Parse(csvPath, line))];
    }

    private static string Header() => $"kind,step,epoch,{string.Join(',', MetricsRow.Columns.Select(c => c.Name))},note\n";

    private static string CsvLine(MetricsRow row) =>
        $"{Name(row.Kind)},{row.Step},{row.Epoch},{string.Join(',', MetricsRow.Columns.Select(c => Text(c.Read(row), "")))},{Plain(row.Note)}\n";

    private static string JsonLine(MetricsRow row)
    {
        var line = new StringBuilder($"{{\"kind\":\"{Name(row.Kind)}\",\"step\":{row.Step},\"epoch\":{row.Epoch}");
        foreach ((string name, Func<MetricsRow, double> read, _) in MetricsRow.Columns)
        {
            line.Append(CultureInfo.InvariantCulture, $",\"{name}\":{Text(read(row), "null")}");
        }

        return line.Append(CultureInfo.InvariantCulture, $",\"note\":\"{Plain(row.Note)}\"}}\n").ToString();
    }

    private static string Name(MetricsKind kind) => s_kinds.First(k => k.Kind == kind).Name;

    // A note is one field of a CSV line and one string of JSON without any escapes.
    private static string Plain(string note) => note.Replace(',', ';').Replace('"', '\'').Replace('\\', '/').ReplaceLineEndings(" ");

    // JSON has no infinities: what is not finite counts as not measured in both files.
    private static string Text(double value, string missing) =>
        double.IsFinite(value) ? value.ToString("R", CultureInfo.InvariantCulture) : missing;

    private static MetricsRow Parse(string path, string line)
    {
        string[] fields = line.Split(',');
        int expected = 4 + MetricsRow.Columns.Count;
        if (fields.Length != expected || !s_kinds.Any(k => k.Name == fields[0]))
        {
            throw new InputException($"'{path}': '{line}' is no row of {expected} fields that begins with {string.Join(", ", s_kinds.Select(k => k.Name))}. "
                + "Move the file away, or train into another folder.");
        }

        var row = new MetricsRow
        {
            Kind = s_kinds.First(k => k.Name == fields[0]).Kind,
            Step = long.Parse(fields[1], CultureInfo.InvariantCulture),
            Epoch = int.Parse(fields[2], CultureInfo.InvariantCulture),
            Note = fields[^1],
        };
        return MetricsRow.Columns.Zip(fields.Skip(3), (column, field) => (column, field)).Where(c => c.field.Length > 0)
            .Aggregate(row, (r, c) => c.column.With(r, double.Parse(c.field, CultureInfo.InvariantCulture)));
    }

    private static StreamWriter Append(string path) =>
        new(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read), new UTF8Encoding(false));
}
