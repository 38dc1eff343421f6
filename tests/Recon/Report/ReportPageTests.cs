using System.Text.RegularExpressions;
using System.Xml.Linq;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

[TestFixture]
public sealed partial class ReportPageTests
{
    private static readonly byte[] s_png = [0x89, 0x50, 0x4e, 0x47, 1, 2, 3];

    private static ReportContent Content() => new()
    {
        Title = "IFDEQ <tiny> & small",
        Subtitle = "two minutes",
        Results = [new ResultTable("6 slices, volume range", [new("gridding", 24.5, 0.7, 0.031), new("CG-SENSE", 31.25, 0.87, 0.006), new("IFDEQ", 36.75, 0.95, 0.0019)])],
        Metrics = [.. Enumerable.Range(1, 8).SelectMany(epoch => new[]
        {
            new MetricsRow { Kind = MetricsKind.Epoch, Step = epoch, Epoch = epoch, Loss = 1.0 / epoch, Iterations = 9, Residual = 1e-4 },
            new MetricsRow { Kind = MetricsKind.Validation, Step = epoch, Epoch = epoch, Loss = 1.1 / epoch, Psnr = 30 + epoch },
        })],
        Pictures = [new ReportPictureRow("slice 3", [new("reference", s_png), new("error x5", s_png)])],
        Memory = [new LedgerEntry(MemoryOwner.Tape, "train", "Conv2dOp", 0, 3 << 20, 3 << 20), new LedgerEntry(MemoryOwner.Solver, "train", "Anderson", 0, 1 << 20, 0)],
        PeakBytes = 4 << 20,
        Config = new TrainingConfig { Seed = 4711 },
        Facts = [("machine", "x64, 2 processors")],
    };

    [Test]
    public void The_page_shows_everything_it_was_given()
    {
        string page = ReportPage.Html(Content());
        Assert.That(page, Does.Contain("IFDEQ &lt;tiny&gt; &amp; small").And.Contain("two minutes").And.Contain("6 slices, volume range"));
        Assert.That(page, Does.Contain("36.75").And.Contain("+12.25").And.Contain("+5.50").And.Contain("0.00190").And.Contain("\u22120.02910"));
        Assert.That(Regex.Matches(page, $"data:image/png;base64,{Regex.Escape(Convert.ToBase64String(s_png))}"), Has.Count.EqualTo(2));
        Assert.That(page, Does.Contain("error x5").And.Contain("slice 3"));
        Assert.That(page, Does.Contain("Tape").And.Contain("3.0 MiB").And.Contain("x64, 2 processors").And.Contain("4711"));
        Assert.That(ConfigKeys.All.Select(key => key.Name), Has.All.Matches<string>(name => page.Contains($">{name}<", StringComparison.Ordinal)));
        Assert.That(Regex.Matches(page, "<svg "), Has.Count.EqualTo(4));
    }

    [Test]
    public void The_page_loads_nothing_from_elsewhere()
    {
        string page = ReportPage.Html(Content());
        Assert.That(Load().Matches(page).Select(m => m.Value).Where(v => !v.Contains("data:image/png", StringComparison.Ordinal) && !v.Contains("url(#", StringComparison.Ordinal)), Is.Empty);
        Assert.That(page, Does.Not.Contain("http:").And.Not.Contain("https:").And.Not.Contain("<script").And.Not.Contain("@import"));
    }

    [Test]
    public void Ids_on_the_page_are_unique()
    {
        string[] ids = [.. Regex.Matches(ReportPage.Html(Content()), "\\bid=\"([^\"]+)\"").Select(m => m.Groups[1].Value)];
        Assert.That(ids, Is.Unique.And.Not.Empty);
    }

    [Test]
    public void Plots_are_whole_documents_whose_labels_follow_the_data()
    {
        IReadOnlyList<MetricsRow> metrics = Content().Metrics;
        foreach (string svg in new[] { ReportPlots.Loss(metrics), ReportPlots.Residual(metrics), ReportPlots.Iterations(metrics), ReportPlots.Psnr(metrics) })
        {
            Assert.That(() => XDocument.Parse(svg), Throws.Nothing);
        }

        Assert.That(ReportPlots.Loss(metrics), Does.Contain(">training<").And.Contain(">validation<"));
        Assert.That(ReportPlots.Residual(metrics), Does.Not.Contain(">validation<"), "nothing of that kind was measured");
    }

    [Test]
    public void A_run_without_a_single_measurement_still_has_a_page()
    {
        ReportContent empty = Content() with { Results = [], Metrics = [], Pictures = [], Memory = [] };
        Assert.That(ReportPage.Html(empty), Does.EndWith("</html>\n"));
    }

    [GeneratedRegex("""(src|href)\s*=\s*"[^"]*"|url\([^)]*\)""")]
    private static partial Regex Load();
}
