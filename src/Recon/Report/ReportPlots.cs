using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace Stardeq.Recon;

/// <summary>The plots of a run as SVG: loss of training and validation, and residual and iterations of the solver.</summary>
public static partial class ReportPlots
{
    private const double Width = 720, Height = 340;

    // OxyPlot knows the widths of this font; the page asks for the reader's own, which is about as wide.
    private const string MeasuredFont = "Helvetica", ShownFont = "Helvetica, Arial, system-ui, sans-serif";

    /// <summary>Ink, grid, first and second series. <see cref="Inline"/> replaces them by variables of the page.</summary>
    private static readonly OxyColor s_ink = OxyColor.FromRgb(0x33, 0x38, 0x40), s_grid = OxyColor.FromRgb(0xdd, 0xe0, 0xe5),
        s_first = OxyColor.FromRgb(0x1f, 0x6f, 0xb5), s_second = OxyColor.FromRgb(0xd4, 0x6a, 0x1c);

    /// <summary>Loss against epoch, logarithmic: means of training, and validation.</summary>
    public static string Loss(IReadOnlyList<MetricsRow> metrics)
    {
        PlotModel plot = NewPlot("loss", isLogarithmic: true);
        Add(plot, "training", s_first, metrics, MetricsKind.Epoch, row => row.Loss);
        Add(plot, "validation", s_second, metrics, MetricsKind.Validation, row => row.Loss);
        return Svg(plot);
    }

    /// <summary>Relative residual of the training solves against epoch, logarithmic.</summary>
    public static string Residual(IReadOnlyList<MetricsRow> metrics)
    {
        PlotModel plot = NewPlot("relative residual", isLogarithmic: true);
        Add(plot, "training", s_first, metrics, MetricsKind.Epoch, row => row.Residual);
        Add(plot, "validation", s_second, metrics, MetricsKind.Validation, row => row.Residual);
        return Svg(plot);
    }

    /// <summary>Mean number of layer evaluations per solve against epoch.</summary>
    public static string Iterations(IReadOnlyList<MetricsRow> metrics)
    {
        PlotModel plot = NewPlot("iterations per solve", isLogarithmic: false);
        Add(plot, "training", s_first, metrics, MetricsKind.Epoch, row => row.Iterations);
        Add(plot, "validation", s_second, metrics, MetricsKind.Validation, row => row.Iterations);
        return Svg(plot);
    }

    /// <summary>PSNR on the held-out slices against epoch.</summary>
    public static string Psnr(IReadOnlyList<MetricsRow> metrics)
    {
        PlotModel plot = NewPlot("PSNR, dB", isLogarithmic: false);
        Add(plot, "validation", s_second, metrics, MetricsKind.Validation, row => row.Psnr);
        return Svg(plot);
    }

    /// <summary>The plot as an element of a page: scalable, its colours as the page's variables, so that it follows light and
    /// dark.</summary>
    /// <param name="svg">One of the plots above.</param>
    /// <param name="id">One word that no other plot of the page has.</param>
    public static string Inline(string svg, string id)
    {
        string inner = svg[(svg.IndexOf('>', svg.IndexOf("<svg", StringComparison.Ordinal)) + 1)..]
            .Replace("\"clipPath", $"\"{id}-", StringComparison.Ordinal).Replace("#clipPath", $"#{id}-", StringComparison.Ordinal);
        foreach ((OxyColor colour, string variable) in new[]
            { (s_ink, "--ink"), (s_grid, "--rule"), (s_first, "--first"), (s_second, "--second") })
        {
            inner = inner.Replace($"rgb({colour.R},{colour.G},{colour.B})", $"var({variable})", StringComparison.Ordinal);
        }

        return $"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"plot of the {id}\">{inner}";
    }

    private static PlotModel NewPlot(string quantity, bool isLogarithmic, string against = "epoch")
    {
        var plot = new PlotModel
        {
            DefaultFont = MeasuredFont,
            DefaultFontSize = 14,
            TextColor = s_ink,
            PlotAreaBorderThickness = new OxyThickness(0),
            Background = OxyColors.Undefined,
            Padding = new OxyThickness(4, 8, 16, 4),
        };
        plot.Legends.Add(new Legend
        {
            LegendPlacement = LegendPlacement.Outside,
            LegendPosition = LegendPosition.TopRight,
            LegendOrientation = LegendOrientation.Horizontal,
            LegendTextColor = s_ink,
            LegendBorderThickness = 0,
        });
        plot.Axes.Add(Styled(new LinearAxis { MinimumMajorStep = 1, MinimumMinorStep = 1 }, AxisPosition.Bottom, against));
        plot.Axes.Add(Styled(isLogarithmic ? new LogarithmicAxis { PowerPadding = false } : new LinearAxis(), AxisPosition.Left, quantity));
        return plot;
    }

    private static Axis Styled(Axis axis, AxisPosition position, string title)
    {
        axis.Position = position;
        axis.Title = title;
        axis.TickStyle = TickStyle.None;
        axis.MajorGridlineStyle = position == AxisPosition.Left ? LineStyle.Solid : LineStyle.None;
        axis.MajorGridlineColor = s_grid;
        axis.AxislineStyle = position == AxisPosition.Bottom ? LineStyle.Solid : LineStyle.None;
        axis.AxislineColor = s_ink;
        axis.MinimumPadding = axis.MaximumPadding = position == AxisPosition.Left ? 0.06 : 0.02;
        axis.AxisTitleDistance = 16;
        return axis;
    }

    private static void Add(
        PlotModel plot, string name, OxyColor colour, IReadOnlyList<MetricsRow> metrics, MetricsKind kind, Func<MetricsRow, double> read)
    {
        bool needsPositive = plot.Axes[1] is LogarithmicAxis;
        Add(plot, name, colour, metrics.Where(row => row.Kind == kind && double.IsFinite(read(row)) && (!needsPositive || read(row) > 0))
            .Select(row => new DataPoint(row.Epoch, read(row))));
    }

    private static void Add(PlotModel plot, string name, OxyColor colour, IEnumerable<DataPoint> values)
    {
        DataPoint[] points = [.. values];
        if (points.Length == 0)
        {
            return; // nothing of that kind was measured
        }

        var line = new LineSeries
        {
            Title = name,
            Color = colour,
            StrokeThickness = 2,
            LineJoin = LineJoin.Round,
            MarkerType = points.Length <= 30 ? MarkerType.Circle : MarkerType.None,
            MarkerSize = 2.5,
            MarkerFill = colour,
        };
        line.Points.AddRange(points);
        plot.Series.Add(line);
    }

    private static string Svg(PlotModel plot)
    {
        var exporter = new SvgExporter { Width = Width, Height = Height, UseVerticalTextAlignmentWorkaround = true, TextMeasurer = new PixelMeasurer() };
        plot.IsLegendVisible = plot.Series.Count > 1;
        return exporter.ExportToString(plot).Replace($"\"{MeasuredFont}\"", $"\"{ShownFont}\"", StringComparison.Ordinal);
    }

    /// <summary>Text extents in the pixels of the plot. OxyPlot's own measurer takes a font size for points and returns
    /// too small a box: labels would collide and be cut off.</summary>
    private sealed class PixelMeasurer() : PdfRenderContext(Width, Height, OxyColors.Undefined)
    {
        private const double PixelsPerPoint = 96.0 / 72.0;

        public override OxySize MeasureText(string text, string fontFamily, double fontSize, double fontWeight)
        {
            OxySize points = base.MeasureText(text, fontFamily, fontSize, fontWeight);
            return new OxySize(points.Width * PixelsPerPoint, points.Height * PixelsPerPoint);
        }
    }
}
