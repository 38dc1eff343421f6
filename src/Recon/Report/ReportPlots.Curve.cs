using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace Stardeq.Recon;

/// <content>The plot of quality against iterations.</content>
public static partial class ReportPlots
{
    private const string ResidualAxis = "residual";

    /// <summary>PSNR (left) and median residual (right, logarithmic) against iterations.</summary>
    public static string Curve(IReadOnlyList<CurvePoint> curve)
    {
        PlotModel plot = NewPlot("PSNR, dB", isLogarithmic: false, "iterations");
        Axis residual = Styled(new LogarithmicAxis { PowerPadding = false, Key = ResidualAxis }, AxisPosition.Right, "median relative residual");
        plot.Axes.Add(residual);
        Add(plot, "PSNR", s_first, curve.Where(point => double.IsFinite(point.Metrics.Psnr)).Select(point => new DataPoint(point.Iterations, point.Metrics.Psnr)));
        Add(plot, "residual", s_second, curve.Where(point => point.MedianResidual is > 0 and < double.PositiveInfinity).Select(point => new DataPoint(point.Iterations, point.MedianResidual)));
        if (plot.Series.OfType<LineSeries>().FirstOrDefault(line => line.Title == "residual") is { } line)
        {
            line.YAxisKey = ResidualAxis;
        }

        return Svg(plot);
    }
}
