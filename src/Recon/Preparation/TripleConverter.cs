using System.Text.Json;
using System.Text.Json.Serialization;

namespace Stardeq.Recon;

/// <summary>Sizes along x, y and z as a JSON array of three numbers.</summary>
internal sealed class TripleConverter : JsonConverter<(double X, double Y, double Z)>
{
    /// <inheritdoc/>
    public override (double X, double Y, double Z) Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        JsonSerializer.Deserialize<double[]>(ref reader, options) is [var x, var y, var z] ? (x, y, z) : throw new JsonException("three numbers along x, y and z were expected.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, (double X, double Y, double Z) value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, new[] { value.X, value.Y, value.Z }, options);
}
