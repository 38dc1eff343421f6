using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Stardeq.Recon;

/// <summary>Certificates for other programs: rows of CSV, objects of JSON. A number that is not known, or not finite, is left out.</summary>
internal static class CertificateFile
{
    private static readonly (string Name, Func<Certificate, double?> Read)[] s_numbers =
    [
        ("iterations", c => c.Iterations),
        ("residual", c => c.Residual),
        ("spectral_radius", c => c.SpectralRadius),
        ("jacobian_norm", c => c.JacobianNorm),
        ("distance", c => c.Distance),
        ("distance_solved", c => c.IsDistanceSolved ? 1 : 0),
        ("proven_factor", c => c.ProvenFactor),
        ("proven_distance", c => c.ProvenDistance),
        ("sweeps", c => c.Sweeps),
        ("seconds", c => c.Seconds),
    ];

    /// <summary>A header and one row per slice.</summary>
    public static string Csv(CertificateSummary summary)
    {
        var text = new StringBuilder();
        text.AppendJoin(',', ["image", "subject", "flag", .. s_numbers.Select(number => number.Name)]).Append('\n');
        for (int i = 0; i < summary.All.Count; i++)
        {
            (string subject, Certificate certificate) = summary.All[i];
            text.AppendJoin(',', [$"{i}", Quoted(subject), Name(certificate.Flag), .. s_numbers.Select(number => Text(number.Read(certificate)))]).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The fields of one certificate, into an object that is open.</summary>
    public static void Write(Utf8JsonWriter json, Certificate certificate)
    {
        json.WriteString("flag", Name(certificate.Flag));
        foreach ((string name, Func<Certificate, double?> read) in s_numbers)
        {
            if (read(certificate) is { } value && double.IsFinite(value))
            {
                json.WriteNumber(name, value);
            }
        }
    }

    private static string Name(CertificateFlag flag) => JsonNamingPolicy.SnakeCaseLower.ConvertName(flag.ToString());

    private static string Text(double? number) => number is { } value && double.IsFinite(value) ? value.ToString("R", CultureInfo.InvariantCulture) : "";

    private static string Quoted(string text) => text.AsSpan().ContainsAny(',', '"', '\n') ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
