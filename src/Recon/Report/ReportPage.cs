using System.Globalization;
using System.Net;
using System.Text;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>
/// A run as one self-contained page: style, plots (SVG) and pictures (PNG, base64) stand in the file, nothing is loaded
/// from elsewhere. Follows the reader's choice of light or dark.
/// </summary>
public static class ReportPage
{
    /// <summary>Writes the page, and the plots as files of their own beside it: <c>loss.svg</c>, <c>residual.svg</c>.</summary>
    /// <param name="path">The page's file.</param>
    /// <param name="content">What it shows.</param>
    /// <exception cref="InputException">The files cannot be written.</exception>
    public static void Write(string path, ReportContent content)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        AtomicFile.WriteText(path, Html(content));
        AtomicFile.WriteText(Path.Combine(folder, "loss.svg"), ReportPlots.Loss(content.Metrics));
        AtomicFile.WriteText(Path.Combine(folder, "residual.svg"), ReportPlots.Residual(content.Metrics));
    }

    /// <summary>The page's text.</summary>
    public static string Html(ReportContent content)
    {
        var page = new StringBuilder();
        page.Append(Head(content.Title));
        page.Append(CultureInfo.InvariantCulture, $"<p class=\"quiet\">{Text(content.Subtitle)}</p>\n");
        AppendHeadline(page, content.Results);
        page.Append("<h2>Results</h2>\n");
        foreach (ResultTable table in content.Results)
        {
            AppendResults(page, table);
        }

        AppendPictures(page, content.Pictures);
        AppendPlots(page, content.Metrics);
        AppendMemory(page, content.Memory, content.PeakBytes);
        AppendPairs(page, "Configuration", ConfigKeys.All.Select(key => (key.Name, key.Read(content.Config))), "columns", "key");
        AppendPairs(page, "Run", content.Facts, "facts", "");
        return page.Append("</body>\n</html>\n").ToString();
    }

    private static void AppendHeadline(StringBuilder page, IReadOnlyList<ResultTable> results)
    {
        if (results.Count == 0 || results[0].Rows.Count < 2)
        {
            return; // nothing to compare
        }

        MethodResult ours = results[0].Rows[^1];
        page.Append("<div class=\"figures\">\n");
        page.Append(CultureInfo.InvariantCulture, $"<div><b>{ours.Psnr:F2} dB</b><span>PSNR of {Text(ours.Method)}</span></div>\n");
        foreach (MethodResult other in results[0].Rows.SkipLast(1))
        {
            page.Append(CultureInfo.InvariantCulture, $"<div><b>{Signed(ours.Psnr - other.Psnr, "F2")} dB</b><span>against {Text(other.Method)}</span></div>\n");
        }

        page.Append("</div>\n");
    }

    private static void AppendResults(StringBuilder page, ResultTable table)
    {
        bool timed = table.Rows.Any(row => double.IsFinite(row.SecondsPerSlice));
        page.Append(CultureInfo.InvariantCulture, $"<p class=\"quiet\">{Text(table.Caption)}. In small: the gain of {Text(table.Rows[^1].Method)} over that method.</p>\n");
        page.Append("<div class=\"scroll\"><table>\n<tr><th>method</th><th>PSNR, dB</th><th>SSIM</th><th>NMSE</th>");
        page.Append(timed ? "<th>s per slice</th></tr>\n" : "</tr>\n");
        MethodResult ours = table.Rows[^1];
        foreach (MethodResult row in table.Rows)
        {
            bool isOurs = ReferenceEquals(row, ours);
            page.Append(isOurs ? "<tr class=\"ours\">" : "<tr>").Append(CultureInfo.InvariantCulture, $"<td>{Text(row.Method)}</td>");
            AppendValue(page, row.Psnr, "F2", isOurs ? null : ours.Psnr - row.Psnr, higherIsBetter: true);
            AppendValue(page, row.Ssim, "F4", isOurs ? null : ours.Ssim - row.Ssim, higherIsBetter: true);
            AppendValue(page, row.Nmse, "F5", isOurs ? null : ours.Nmse - row.Nmse, higherIsBetter: false);
            page.Append(timed ? Invariant($"<td>{row.SecondsPerSlice:0.000}</td></tr>\n") : "</tr>\n");
        }

        page.Append("</table></div>\n");
        AppendCertificates(page, table.Certificates);
    }

    private static void AppendCertificates(StringBuilder page, CertificateSummary? summary)
    {
        if (summary is null)
        {
            return; // a model that solves nothing
        }

        page.Append(CultureInfo.InvariantCulture, $"<p class=\"quiet\">{Text(summary.Headline)}.</p>\n<div class=\"scroll\"><table>\n");
        page.Append("<tr>").AppendJoin("", CertificateSummary.Header.Select(title => $"<th>{Text(title)}</th>")).Append("</tr>\n");
        foreach (IReadOnlyList<string> row in summary.Rows)
        {
            page.Append("<tr>").AppendJoin("", row.Select(cell => $"<td>{Text(cell)}</td>")).Append("</tr>\n");
        }

        page.Append("</table></div>\n");
    }

    private static void AppendValue(StringBuilder page, double value, string format, double? gain, bool higherIsBetter)
    {
        page.Append("<td>").Append(value.ToString(format, CultureInfo.InvariantCulture));
        if (gain is { } difference)
        {
            string verdict = difference == 0 ? "" : difference > 0 == higherIsBetter ? "good" : "bad";
            page.Append(CultureInfo.InvariantCulture, $"<small class=\"{verdict}\">{Signed(difference, format)}</small>");
        }

        page.Append("</td>");
    }

    private static void AppendPictures(StringBuilder page, IReadOnlyList<ReportPictureRow> rows)
    {
        page.Append(rows.Count > 0 ? "<h2>Reconstructions</h2>\n" : "");
        foreach (ReportPictureRow row in rows)
        {
            page.Append(CultureInfo.InvariantCulture, $"<p class=\"quiet\">{Text(row.Caption)}</p>\n<div class=\"strip\">\n");
            foreach (ReportPicture picture in row.Pictures)
            {
                page.Append("<figure><img alt=\"").Append(Text(picture.Caption)).Append("\" src=\"data:image/png;base64,")
                    .Append(Convert.ToBase64String(picture.Png)).Append(CultureInfo.InvariantCulture, $"\"><figcaption>{Text(picture.Caption)}</figcaption></figure>\n");
            }

            page.Append("</div>\n");
        }
    }

    private static void AppendPlots(StringBuilder page, IReadOnlyList<MetricsRow> metrics)
    {
        page.Append("<h2>Training</h2>\n<div class=\"plots\">\n");
        AppendPlot(page, "loss", "Loss", ReportPlots.Loss(metrics));
        AppendPlot(page, "psnr", "PSNR on held-out slices", ReportPlots.Psnr(metrics));
        AppendPlot(page, "residual", "Relative residual at the end of a solve", ReportPlots.Residual(metrics));
        AppendPlot(page, "iterations", "Solver iterations", ReportPlots.Iterations(metrics));
        page.Append("</div>\n");
    }

    private static void AppendPlot(StringBuilder page, string id, string caption, string svg) =>
        page.Append(CultureInfo.InvariantCulture, $"<figure>{ReportPlots.Inline(svg, id)}<figcaption>{caption}</figcaption></figure>\n");

    private static void AppendMemory(StringBuilder page, IReadOnlyList<LedgerEntry> entries, long peakBytes)
    {
        LedgerEntry[] held = [.. entries.Where(entry => entry.PeakBytes > peakBytes / 200).OrderByDescending(entry => entry.PeakBytes)];
        page.Append(CultureInfo.InvariantCulture, $"<h2>Memory</h2>\n<p class=\"quiet\">Largest sum held at once: {Bytes(peakBytes)}. Each row has its own peak; rows below half a per cent are left out.</p>\n");
        page.Append("<div class=\"scroll\"><table>\n<tr><th>owner</th><th class=\"left\">phase</th><th class=\"left\">source</th><th>peak</th><th></th></tr>\n");
        foreach (LedgerEntry entry in held)
        {
            double share = 100.0 * entry.PeakBytes / held[0].PeakBytes;
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{entry.Owner}</td><td class=\"left\">{Text(entry.Phase)}</td><td class=\"left\">{Text(entry.Origin)}</td><td>{Bytes(entry.PeakBytes)}</td>");
            page.Append(CultureInfo.InvariantCulture, $"<td class=\"wide\"><span class=\"bar\" style=\"width:{share:F1}%\"></span></td></tr>\n");
        }

        page.Append("</table></div>\n");
    }

    private static void AppendPairs(
        StringBuilder page, string title, IEnumerable<(string Name, string Value)> pairs, string listClass, string nameClass)
    {
        page.Append(CultureInfo.InvariantCulture, $"<h2>{title}</h2>\n<dl class=\"{listClass}\">\n");
        foreach ((string name, string value) in pairs)
        {
            page.Append(CultureInfo.InvariantCulture, $"<div><dt class=\"{nameClass}\">{Text(name)}</dt><dd class=\"{nameClass}\">{Text(value)}</dd></div>\n");
        }

        page.Append("</dl>\n");
    }

    /// <summary>The beginning of every page, down to its heading.</summary>
    internal static string Head(string title) => $"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{Text(title)}</title>
        <style>
        {Style()}</style>
        </head>
        <body>
        <h1>{Text(title)}</h1>

        """;

    private static string Style()
    {
        using var reader = new StreamReader(typeof(ReportPage).Assembly.GetManifestResourceStream("report.css")!);
        return reader.ReadToEnd();
    }

    private static string Bytes(long bytes) => bytes >= 1 << 20 ? Invariant($"{bytes / 1048576.0:N1} MiB") : Invariant($"{bytes / 1024.0:N1} KiB");

    // A true minus sign, so that signs line up in tabular figures.
    private static string Signed(double value, string format) =>
        (value < 0 ? "\u2212" : "+") + Math.Abs(value).ToString(format, CultureInfo.InvariantCulture);

    private static string Text(string plain) => WebUtility.HtmlEncode(plain);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
