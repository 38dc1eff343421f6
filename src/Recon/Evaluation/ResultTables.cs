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
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });
}
