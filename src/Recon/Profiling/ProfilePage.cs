using System.Globalization;
using System.Net;
using System.Text;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>A profile as one self-contained page: plots of memory and of the roof, and all tables.</summary>
internal static class ProfilePage
{
    private const double MiB = 1 << 20;

    /// <summary>The page's text.</summary>
    public static string Html(Profile profile, IReadOnlyList<string> commandLine)
    {
        var page = new StringBuilder();
        page.Append(ReportPage.Head($"Profile of a {profile.Work}"));
        page.Append(CultureInfo.InvariantCulture, $"""
            <p class="quiet">{Text(ProfileText.Headline(profile))}.</p>
            <p class="quiet"><code>stardeq {Text(string.Join(' ', commandLine))}</code></p>
            <h2>Memory</h2>
            <p class="quiet">The last step: who held how much when. Bands are phases.</p>
            <figure class="plots">{ReportPlots.Inline(ReportPlots.MemoryTimeline(profile), "timeline")}</figure>

            """);
        Rows(page, ["owner", "start, MiB", "end, MiB", "peak, MiB", "at the peak of all, MiB"], profile.Owners.Select(line =>
            Cells(line.Owner, Size(line.StartBytes), Size(line.EndBytes), Size(line.PeakBytes), Size(line.BytesAtPeak))));
        page.Append("<p class=\"quiet\">Held at the peak, by the phase and the source file of the allocation.</p>\n");
        Rows(page, ["owner, phase, source", "MiB"], profile.Memory.LinesAtPeak.Where(line => line.Bytes > profile.Memory.Peak.Total / 200)
            .Select(line => Cells($"{line.Owner}, {line.Phase}, {line.Origin}", Size(line.Bytes))));
        page.Append("<h2>Time</h2>\n");
        if (profile.Roof is not null)
        {
            page.Append("<p class=\"quiet\">Each circle is an operation, its area the share of the time. The line is what the machine can do.</p>\n");
            page.Append(CultureInfo.InvariantCulture, $"<figure class=\"plots\">{ReportPlots.Inline(ReportPlots.Roofline(profile), "roofline")}</figure>\n");
        }

        Rows(page, ["kernel", "calls", "total, ms", "share", "median, us", "95 %, us", "GFLOP", "MB", "GFLOP/s", "GB/s", "of roof"], profile.Kernels.Select(line => Cells(
            line.Name, $"{line.Calls}", Number(1e3 * line.Seconds), Percent(line.Seconds / profile.TotalSeconds), Number(1e6 * line.Median), Number(1e6 * line.P95),
            Number(1e-9 * line.Work.Flops), Number(1e-6 * line.Work.Bytes), Number(1e-9 * line.FlopRate), Number(1e-9 * line.ByteRate), Percent(line.ShareOf(profile.Roof))))
            .Append(Cells("outside all kernels", "", Number(1e3 * profile.OutsideSeconds), Percent(profile.OutsideSeconds / profile.TotalSeconds), "", "", "", "", "", "", "")));
        Rows(page, ["phase", "total, ms", "share", "in kernels", "peak, MiB"], profile.Phases.Select(line => Cells(
            line.Name, Number(1e3 * line.Seconds), Percent(line.Seconds / profile.TotalSeconds), Percent(line.KernelSeconds / line.Seconds), Size(line.PeakBytes))));
        AppendLaunches(page, profile.Launches);
        return page.Append(CultureInfo.InvariantCulture, $"<p class=\"quiet\">{Text(ProfileText.Managed(profile))}.</p>\n</body>\n</html>\n").ToString();
    }

    private static void AppendLaunches(StringBuilder page, IReadOnlyList<LaunchLine> launches)
    {
        if (launches.Count > 0)
        {
            page.Append("<h2>Launches</h2>\n");
            Rows(page, ["launch", "grid", "block", "calls", "total, ms", "median, us", "registers", "shared bytes", "local bytes", "occupancy"], launches.Select(line => Cells(
                line.Kernel, $"{line.Geometry?.Grid}", $"{line.Geometry?.Block}", $"{line.Calls}", Number(1e3 * line.Seconds), Number(1e6 * line.Median),
                $"{line.Geometry?.Registers}", $"{line.Geometry?.StaticSharedBytes + line.Geometry?.DynamicSharedBytes}", $"{line.Geometry?.LocalBytes}", Percent(line.Geometry?.Occupancy))));
        }
    }

    private static void Rows(StringBuilder page, IReadOnlyList<string> titles, IEnumerable<string[]> rows)
    {
        page.Append("<div class=\"scroll\"><table>\n<tr>").AppendJoin("", titles.Select(title => $"<th>{Text(title)}</th>")).Append("</tr>\n");
        foreach (string[] row in rows)
        {
            page.Append("<tr>").AppendJoin("", row.Select(cell => $"<td>{Text(cell)}</td>")).Append("</tr>\n");
        }

        page.Append("</table></div>\n");
    }

    private static string[] Cells(MemoryOwner owner, params string[] cells) => [$"{owner}", .. cells];

    private static string[] Cells(params string[] cells) => cells;

    private static string Size(long bytes) => (bytes / MiB).ToString("0.00", CultureInfo.InvariantCulture);

    private static string Number(double value) => value > 0 ? value.ToString("0.00", CultureInfo.InvariantCulture) : "";

    private static string Percent(double? share) => share is { } known ? known.ToString("0.0%", CultureInfo.InvariantCulture) : "";

    private static string Text(string plain) => WebUtility.HtmlEncode(plain);
}
