using System.Globalization;

namespace Stardeq.Recon;

/// <summary>Certificates of many slices, and what stands out among them.</summary>
/// <param name="Method">What made the images.</param>
/// <param name="All">Name and certificate of each slice, in order; at least one.</param>
public sealed record CertificateSummary(string Method, IReadOnlyList<(string Subject, Certificate Certificate)> All)
{
    /// <summary>Names of the columns of <see cref="Rows"/>.</summary>
    public static IReadOnlyList<string> Header { get; } = ["quantity", "median", "largest"];

    /// <summary>Seconds of a certificate, mean over slices.</summary>
    public double SecondsPerSlice => All.Average(entry => entry.Certificate.Seconds);

    /// <summary>How many slices have each flag that occurs, from the best flag to the worst.</summary>
    public IReadOnlyList<(CertificateFlag Flag, int Count)> Counts =>
        [.. All.CountBy(entry => entry.Certificate.Flag).OrderBy(count => count.Key).Select(count => (count.Key, count.Value))];

    /// <summary>Median and largest value of each quantity, as people read them. What is unknown counts as largest, and
    /// &gt; marks a distance whose equation was not solved: it is more than that, as far as one can tell.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Rows =>
    [
        Row("iterations", c => c.Iterations, "0"),
        Row("residual", c => c.Residual, "0.0e+0"),
        Row("spectral radius of df/dz", c => c.SpectralRadius, "0.0000"),
        Row("norm of df/dz, from below", c => c.JacobianNorm, "0.0000"),
        Row("distance to the fixed point, first order", c => c.Distance, "0.0e+0", c => !c.IsDistanceSolved),
        .. All.Any(entry => entry.Certificate.ProvenFactor is not null)
            ? [Row("contraction factor, proven", c => c.ProvenFactor ?? double.NaN, "0.0000"), Row("distance to the fixed point, proven", c => c.ProvenDistance ?? double.NaN, "0.0e+0")]
            : Array.Empty<IReadOnlyList<string>>(),
    ];

    /// <summary>One line: counts and cost.</summary>
    public string Headline => string.Create(
        CultureInfo.InvariantCulture,
        $"{All.Count} certificates of {Method}: {string.Join(", ", Counts.Select(count => $"{count.Count} {NameOf(count.Flag)}"))}; {All.Average(entry => entry.Certificate.Sweeps):0} sweeps and {SecondsPerSlice:0.00} s each");

    /// <summary>Headline and table as aligned lines.</summary>
    public IReadOnlyList<string> Lines()
    {
        IReadOnlyList<string>[] rows = [Header, .. Rows];
        int[] widths = [.. Enumerable.Range(0, Header.Count).Select(column => rows.Max(row => row[column].Length))];
        return [Headline, .. rows.Select(row => string.Join("  ", row.Select((cell, column) => column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))))];
    }

    /// <summary>The name of a flag for people: <c>not contractive</c>.</summary>
    public static string NameOf(CertificateFlag flag) => flag == CertificateFlag.NotContractive ? "not contractive" : flag.ToString().ToLowerInvariant();

    private IReadOnlyList<string> Row(string quantity, Func<Certificate, double> read, string format, Func<Certificate, bool>? isMore = null)
    {
        Certificate[] values = [.. All.Select(entry => entry.Certificate).OrderBy(c => double.IsNaN(read(c)) ? double.PositiveInfinity : read(c))];
        string Text(Certificate c) => double.IsNaN(read(c)) ? "unknown" : (isMore?.Invoke(c) == true ? ">" : "") + read(c).ToString(format, CultureInfo.InvariantCulture);
        return [quantity, Text(values[(values.Length - 1) / 2]), Text(values[^1])];
    }
}
