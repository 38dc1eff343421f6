using System.Text.Json;

namespace Stardeq.Recon;

/// <summary>What a file holds, in plain words.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Facts">Further facts, name and value, in the order of interest.</param>
public sealed record FileDescription(string Kind, IReadOnlyList<(string Name, string Value)> Facts)
{
    /// <summary>As lines of text.</summary>
    public string ToText()
    {
        int width = Facts.Count == 0 ? 0 : Facts.Max(fact => fact.Name.Length);
        return string.Join('\n', [Kind, .. Facts.Select(fact => $"  {fact.Name.PadRight(width)}  {fact.Value}")]);
    }

    /// <summary>As one JSON object.</summary>
    public string ToJson()
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            writer.WriteString("kind", Kind);
            foreach ((string name, string value) in Facts)
            {
                writer.WriteString(JsonNamingPolicy.SnakeCaseLower.ConvertName(name.Replace(' ', '_')), value);
            }

            writer.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }
}
