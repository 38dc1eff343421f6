using System.Globalization;
using System.Text;

namespace Stardeq.Recon;

/// <summary>A curve against iterations as files beside a table: <c>table.curve.csv</c> and <c>table.curve.svg</c>.</summary>
internal static class CurveFiles
{
    /// <summary>Writes both, each atomically.</summary>
    /// <param name="table">The table's file.</param>
    /// <param name="curve">At least one point.</param>
    public static void Write(string table, IReadOnlyList<CurvePoint> curve)
    {
        AtomicFile.WriteText(Path.ChangeExtension(table, ".curve.csv"), Csv(curve));
        AtomicFile.WriteText(Path.ChangeExtension(table, ".curve.svg"), ReportPlots.Curve(curve));
    }

    /// <summary>Iterations, PSNR and residual for people.</summary>
    public static IEnumerable<string> Lines(IReadOnlyList<CurvePoint> curve) =>
        curve.Select(point => string.Create(
            CultureInfo.InvariantCulture, $"{point.Iterations,10}  {point.Metrics.Psnr,7:0.00}  {point.Metrics.Ssim,6:0.0000}  {point.MedianResidual,8:0.0e+0}"))
            .Prepend("iterations  PSNR dB    SSIM  residual");

    private static string Csv(IReadOnlyList<CurvePoint> curve)
    {
        var text = new StringBuilder();
        text.AppendJoin(',', curve[0].Numbers.Select(number => number.Name)).Append('\n');
        foreach (CurvePoint point in curve)
        {
            text.AppendJoin(',', point.Numbers.Select(number => number.Value.ToString("R", CultureInfo.InvariantCulture))).Append('\n');
        }

        return text.ToString();
    }
}
