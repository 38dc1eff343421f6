using System.Text;
using System.Text.Json;

namespace Stardeq.Recon;

/// <summary>A <see cref="TrainingConfig"/> as JSON, and its composition from preset, file and single keys.</summary>
public static class ConfigFile
{
    private static readonly JsonDocumentOptions s_readOptions =
        new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>A configuration from a preset, then a file, then assignments; later ones win.</summary>
    /// <param name="preset">Preset, or null for the one that the file names, or else <c>tiny</c>.</param>
    /// <param name="json">Text of a JSON object of keys, or of a run record that holds one as <c>config</c>, or null.</param>
    /// <param name="assignments">Texts of the form <c>key=value</c>.</param>
    /// <exception cref="InputException">A key is unknown or given twice, a value is not legal, or the text is not JSON.</exception>
    public static TrainingConfig Compose(string? preset, string? json, IEnumerable<string> assignments)
    {
        using JsonDocument? document = json is null ? null : Parse(json);
        JsonElement? keys = document is null ? null : KeysOf(document.RootElement);
        string? named = keys is { } k && k.TryGetProperty("preset", out JsonElement p)
            ? TextOf(ConfigKeys.Find("preset"), p)
            : null;
        TrainingConfig config = TrainingConfig.FromPreset(preset ?? named ?? TrainingConfig.PresetNames[0]);
        if (keys is { } present)
        {
            config = Apply(config, present, presetIsGiven: preset is not null);
        }

        foreach (string assignment in assignments)
        {
            if (assignment.StartsWith("preset=", StringComparison.Ordinal))
            {
                throw new InputException("--set preset=...: a preset is chosen by --preset, so that keys set beside it survive.");
            }

            config = ConfigKeys.Assign(config, assignment);
        }

        return ConfigRules.Require(config);
    }

    /// <summary>All keys as an indented JSON object.</summary>
    public static string ToJson(TrainingConfig config)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            Write(writer, config);
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>Writes all keys as a JSON object.</summary>
    public static void Write(Utf8JsonWriter writer, TrainingConfig config)
    {
        writer.WriteStartObject();
        foreach (ConfigKey key in ConfigKeys.All)
        {
            writer.WritePropertyName(key.Name);
            if (key.JsonKind == JsonValueKind.String)
            {
                writer.WriteStringValue(key.Read(config));
            }
            else
            {
                writer.WriteRawValue(key.Read(config)); // numbers, true and false read as they stand in JSON
            }
        }

        writer.WriteEndObject();
    }

    private static TrainingConfig Apply(TrainingConfig config, JsonElement keys, bool presetIsGiven)
    {
        HashSet<string> seen = [];
        foreach (JsonProperty property in keys.EnumerateObject())
        {
            ConfigKey key = ConfigKeys.Find(property.Name);
            if (!seen.Add(key.Name))
            {
                throw new InputException($"config file: key '{key.Name}' is given twice.");
            }

            if (key.Name != "preset" || !presetIsGiven)
            {
                config = key.Set(config, TextOf(key, property.Value));
            }
        }

        return config;
    }

    private static string TextOf(ConfigKey key, JsonElement value)
    {
        JsonValueKind kind = value.ValueKind == JsonValueKind.False ? JsonValueKind.True : value.ValueKind;
        return kind == key.JsonKind
            ? kind == JsonValueKind.String ? value.GetString()! : value.GetRawText()
            : throw new InputException($"config key '{key.Name}': got the JSON value {value.GetRawText()}, expected {key.Legal}"
                + (key.JsonKind == JsonValueKind.String ? " in quotes." : " without quotes."));
    }

    private static JsonElement KeysOf(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new InputException($"config file: the JSON is {root.ValueKind}, expected an object of keys.");
        }

        return root.TryGetProperty("config", out JsonElement inner) && inner.ValueKind == JsonValueKind.Object ? inner : root;
    }

    private static JsonDocument Parse(string json)
    {
        try
        {
            return JsonDocument.Parse(json, s_readOptions);
        }
        catch (JsonException e)
        {
            throw new InputException($"config file: not valid JSON: {e.Message}", e);
        }
    }
}
