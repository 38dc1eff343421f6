using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Quality of one method on the held-out slices.</summary>
/// <param name="Method">Name: <c>gridding</c>, <c>CG-SENSE</c>, <c>IFDEQ</c>.</param>
/// <param name="Psnr">PSNR in dB.</param>
/// <param name="Ssim">SSIM.</param>
/// <param name="Nmse">NMSE.</param>
/// <param name="SecondsPerSlice">Wall-clock seconds per slice; NaN if not measured.</param>
public sealed record MethodResult(string Method, double Psnr, double Ssim, double Nmse, double SecondsPerSlice = double.NaN);

/// <summary>The results of all methods on the same slices. The last row is ours; the others are what it is measured against.</summary>
/// <param name="Caption">What was measured: slices, pattern, acceleration, data range of PSNR and SSIM.</param>
/// <param name="Rows">One row per method.</param>
public sealed record ResultTable(string Caption, IReadOnlyList<MethodResult> Rows)
{
    /// <summary>Certificates of the last row's images; null for a model that solves nothing, or where nobody asked.</summary>
    public CertificateSummary? Certificates { get; init; }

    /// <summary>Quality of the last row against iterations; empty where nobody asked.</summary>
    public IReadOnlyList<CurvePoint> Curve { get; init; } = [];
}

/// <summary>One picture of a row: an encoded PNG and what it shows.</summary>
/// <param name="Caption">What it shows: <c>reference</c>, <c>error x5</c>.</param>
/// <param name="Png">The file's bytes.</param>
public sealed record ReportPicture(string Caption, byte[] Png);

/// <summary>Pictures of one slice, side by side.</summary>
/// <param name="Caption">Which slice.</param>
/// <param name="Pictures">From left to right.</param>
public sealed record ReportPictureRow(string Caption, IReadOnlyList<ReportPicture> Pictures);

/// <summary>Everything a report shows, as plain data.</summary>
public sealed record ReportContent
{
    /// <summary>Title of the page.</summary>
    public required string Title { get; init; }

    /// <summary>A line below the title: when, on what, how long.</summary>
    public required string Subtitle { get; init; }

    /// <summary>Results, one table per pattern or acceleration.</summary>
    public required IReadOnlyList<ResultTable> Results { get; init; }

    /// <summary>Rows of the metrics log.</summary>
    public required IReadOnlyList<MetricsRow> Metrics { get; init; }

    /// <summary>Reconstruction pictures.</summary>
    public required IReadOnlyList<ReportPictureRow> Pictures { get; init; }

    /// <summary>Who held how many bytes.</summary>
    public required IReadOnlyList<LedgerEntry> Memory { get; init; }

    /// <summary>Largest number of bytes held at once.</summary>
    public required long PeakBytes { get; init; }

    /// <summary>The configuration of the run.</summary>
    public required TrainingConfig Config { get; init; }

    /// <summary>Program, machine, data and times, as name and value.</summary>
    public required IReadOnlyList<(string Name, string Value)> Facts { get; init; }
}
