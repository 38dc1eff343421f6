using System.Text;

namespace Stardeq.Tests;

/// <summary>The text that a run leaves behind: each line is shown and written at once, so that a crash loses nothing.</summary>
/// <param name="path">The file; it is replaced.</param>
internal sealed class Record(string path) : TextWriter
{
    private readonly StreamWriter _file = new(path) { AutoFlush = true };

    public override Encoding Encoding => _file.Encoding;

    /// <summary>Full path of the file.</summary>
    public string FilePath { get; } = Path.GetFullPath(path);

    public override void Write(char value)
    {
        Console.Out.Write(value);
        _file.Write(value);
    }

    public override void Write(string? value)
    {
        Console.Out.Write(value);
        _file.Write(value);
    }

    public override void WriteLine(string? value) => Write(value + "\n");

    /// <summary>Begins a part of the record.</summary>
    public void Heading(string title) => WriteLine($"\n== {title}");

    /// <summary>A line with a name and a value.</summary>
    public void Fact(string name, string value) => WriteLine($"{name,-12} {value}");

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _file.Dispose();
        }

        base.Dispose(disposing);
    }
}
