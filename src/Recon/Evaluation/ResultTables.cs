using System.Text.Json;

namespace Stardeq.Recon;

/// <summary>Result tables as JSON, for other programs.</summary>
public static class ResultTables
{
    /// <summary>Writes the tables atomically: a list of captions with rows of numbers.</summary>
    public static void Write(string path, IReadOnlyList<ResultTable> tables) => AtomicFile.Write(path, stream =>
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartArray();
        foreach (ResultTable table in tables)
        {
            json.WriteStartObject();
            json.WriteString("caption", table.Caption);
            json.WriteStartArray("methods");
            foreach (MethodResult row in table.Rows)
            {
                json.WriteStartObject();
                json.WriteString("method", row.Method);
                json.WriteNumber("psnr_db", row.Psnr);
                json.WriteNumber("ssim", row.Ssim);
                json.WriteNumber("nmse", row.Nmse);
                if (double.IsFinite(row.SecondsPerSlice))
                {
                    json.WriteNumber("seconds_per_slice", row.SecondsPerSlice);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
            WriteCertificates(json, table.Certificates);
            WriteCurve(json, table.Curve);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private static void WriteCertificates(Utf8JsonWriter json, CertificateSummary? summary)
    {
        if (summary is null)
        {
            return;
        }

        json.WriteStartArray("certificates");
        foreach ((string subject, Certificate certificate) in summary.All)
        {
            json.WriteStartObject();
            json.WriteString("subject", subject);
            CertificateFile.Write(json, certificate);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteCurve(Utf8JsonWriter json, IReadOnlyList<CurvePoint> curve)
    {
        if (curve.Count == 0)
        {
            return;
        }

        json.WriteStartArray("curve");
        foreach (CurvePoint point in curve)
        {
            json.WriteStartObject();
            foreach ((string name, double value) in point.Numbers)
            {
                if (double.IsFinite(value))
                {
                    json.WriteNumber(name, value);
                }
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
