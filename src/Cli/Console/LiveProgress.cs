using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;
using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>A live bar: work, readings such as loss and PSNR, and time left.</summary>
internal sealed class LiveProgress : IProgressReport
{
    private const long RefreshMilliseconds = 100;

    private readonly IAnsiConsole _console;
    private readonly ProgressContext _context;
    private readonly ReadingsColumn _readings;
    private ProgressTask? _task;
    private long _nextRefresh;

    private LiveProgress(IAnsiConsole console, ProgressContext context, ReadingsColumn readings)
    {
        _console = console;
        _context = context;
        _readings = readings;
    }

    /// <summary>Runs work under a live display that ends with it.</summary>
    public static T Run<T>(Terminal terminal, Func<IProgressReport, T> work)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(terminal.Out) });
        var readings = new ReadingsColumn();
        return console.Progress()
            .HideCompleted(false)
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new ProgressBarColumn { Width = 28, CompletedStyle = new Style(Color.DodgerBlue1), FinishedStyle = new Style(Color.Green) },
                new PercentageColumn(),
                readings,
                new RemainingTimeColumn())
            .Start(context => work(new LiveProgress(console, context, readings)));
    }

    /// <inheritdoc/>
    public void Begin(string work, long total)
    {
        Finish();
        _task = _context.AddTask(Markup.Escape(work), autoStart: true, maxValue: Math.Max(total, 1));
    }

    /// <inheritdoc/>
    public void Step(long done, params ReadOnlySpan<ProgressReading> readings)
    {
        if (_task is null || (Environment.TickCount64 < _nextRefresh && done < _task.MaxValue))
        {
            return; // a faster display would only cost time
        }

        _nextRefresh = Environment.TickCount64 + RefreshMilliseconds;
        _task.Value = done;
        _readings.Show(_task, Format(readings));
    }

    /// <inheritdoc/>
    public void Line(string text) => _console.WriteLine(text);

    private void Finish()
    {
        if (_task is { IsFinished: false })
        {
            _task.Value = _task.MaxValue;
            _task.StopTask();
        }
    }

    private static string Format(ReadOnlySpan<ProgressReading> readings)
    {
        var text = new StringBuilder();
        foreach (ProgressReading reading in readings)
        {
            if (!double.IsNaN(reading.Value))
            {
                text.Append(text.Length == 0 ? "" : "  ").Append(reading.Name).Append(' ')
                    .Append(reading.Value.ToString(reading.Format, CultureInfo.InvariantCulture));
            }
        }

        return text.ToString();
    }

    /// <summary>The latest readings of each task; drawn by the display's own thread.</summary>
    private sealed class ReadingsColumn : ProgressColumn
    {
        private readonly ConcurrentDictionary<int, string> _texts = [];

        public void Show(ProgressTask task, string text) => _texts[task.Id] = text;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(_texts.GetValueOrDefault(task.Id, ""), new Style(Color.Grey));
    }
}
