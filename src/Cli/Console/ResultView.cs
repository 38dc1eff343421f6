using System.Globalization;
using Spectre.Console;
using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>The table of results: drawn on a terminal, aligned text elsewhere.</summary>
internal static class ResultView
{
    private static readonly string[] s_header = ["method", "PSNR dB", "SSIM", "NMSE", "PSNR gain"];

    /// <summary>Writes caption, table, and for each other method how much better the last one is.</summary>
    public static void Write(Terminal terminal, ResultTable table)
    {
        string[][] rows = [.. table.Rows.Select(row => Cells(row, table.Rows[^1]))];
        terminal.Out.WriteLine(table.Caption);
        if (terminal.IsInteractive)
        {
            Draw(terminal, rows);
            return;
        }

        int[] widths = [.. s_header.Select((title, column) => Math.Max(title.Length, rows.Max(row => row[column].Length)))];
        foreach (string[] row in rows.Prepend(s_header))
        {
            terminal.Out.WriteLine(string.Join("  ", row.Select((cell, column) =>
                column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))).TrimEnd());
        }
    }

    private static string[] Cells(MethodResult row, MethodResult ours) =>
    [
        row.Method,
        row.Psnr.ToString("F2", CultureInfo.InvariantCulture),
        row.Ssim.ToString("F4", CultureInfo.InvariantCulture),
        row.Nmse.ToString("F5", CultureInfo.InvariantCulture),
        ReferenceEquals(row, ours) ? "" : (ours.Psnr - row.Psnr).ToString("+0.00;-0.00", CultureInfo.InvariantCulture),
    ];

    private static void Draw(Terminal terminal, string[][] rows)
    {
        var table = new Table { Border = TableBorder.Rounded };
        foreach (string title in s_header)
        {
            table.AddColumn(new TableColumn(title) { Alignment = title == s_header[0] ? Justify.Left : Justify.Right });
        }

        foreach (string[] row in rows)
        {
            string style = ReferenceEquals(row, rows[^1]) ? "bold green" : "default";
            table.AddRow([.. row.Select(cell => new Markup(Markup.Escape(cell), Style.Parse(style)))]);
        }

        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(terminal.Out) }).Write(table);
    }
}
