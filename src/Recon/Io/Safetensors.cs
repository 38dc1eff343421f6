using System.Buffers.Binary;
using System.Text.Json;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>What a safetensors file holds.</summary>
/// <param name="Tensors">By name.</param>
/// <param name="Metadata">Texts by name; empty if the file has none.</param>
public sealed record SafetensorsContent(IReadOnlyDictionary<string, Tensor> Tensors, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>The tensor of a name.</summary>
    /// <exception cref="InputException">There is none; the message lists the names.</exception>
    public Tensor this[string name] => Tensors.TryGetValue(name, out Tensor? tensor)
        ? tensor
        : throw new InputException($"there is no tensor '{name}' in the file; it holds {string.Join(", ", Tensors.Keys.Order(StringComparer.Ordinal).Take(20))}.");
}

/// <summary>
/// The safetensors container: 8 bytes little-endian header length, a JSON header, then the raw little-endian C-order
/// data. Holds float32, float64 and int32; complex tensors go in as their real view with a trailing axis (re, im).
/// </summary>
public static class Safetensors
{
    private const long MaximumHeaderBytes = 100_000_000;
    private const string MetadataKey = "__metadata__";

    /// <summary>Checks a whole file and reads its tensors.</summary>
    /// <param name="path">The file.</param>
    /// <param name="scope">Owner of the tensors.</param>
    /// <param name="isWanted">Which tensors to read, by name; null reads all.</param>
    /// <exception cref="InputException">Missing, truncated, damaged, or with a type that is not supported.</exception>
    public static SafetensorsContent Read(string path, TensorScope scope, Func<string, bool>? isWanted = null)
    {
        using FileStream stream = InputFile.Open(path);
        using JsonDocument header = ReadHeader(path, stream);
        long dataStart = stream.Position;
        (Dictionary<string, string> metadata, List<Entry> entries) = Parse(path, header);
        CheckLayout(path, entries, stream.Length - dataStart);
        if (entries.GroupBy(entry => entry.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw Damaged(path, $"the name '{twice.Key}' occurs twice");
        }

        var tensors = new Dictionary<string, Tensor>();
        foreach (Entry entry in entries.Where(e => isWanted?.Invoke(e.Name) != false).OrderBy(e => e.Begin))
        {
            Tensor tensor = scope.New(entry.DType, entry.Shape);
            stream.Position = dataStart + entry.Begin;
            TensorBytes.Read(stream, tensor);
            tensors.Add(entry.Name, tensor);
        }

        return new SafetensorsContent(tensors, metadata);
    }

    /// <summary>Writes a file atomically; tensors follow each other in the order of their names.</summary>
    /// <exception cref="InputException">A tensor is complex (write its <see cref="Tensor.AsReal"/>), or writing failed.</exception>
    public static void Write(string path, IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        KeyValuePair<string, Tensor>[] ordered = [.. tensors.OrderBy(t => t.Key, StringComparer.Ordinal)];
        byte[] header = BuildHeader(path, ordered, metadata);
        AtomicFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            stream.Write(length);
            stream.Write(header);
            foreach ((_, Tensor tensor) in ordered)
            {
                TensorBytes.Write(tensor, stream);
            }
        });
    }

    private static byte[] BuildHeader(string path, KeyValuePair<string, Tensor>[] tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject(MetadataKey);
                foreach ((string name, string text) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal))
                {
                    json.WriteString(name, text);
                }

                json.WriteEndObject();
            }

            long offset = 0;
            foreach ((string name, Tensor tensor) in tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", Code(path, name, tensor));
                json.WriteStartArray("shape");
                foreach (int extent in tensor.Shape)
                {
                    json.WriteNumberValue(extent);
                }

                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += tensor.ByteCount);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while (buffer.Length % 8 != 0)
        {
            buffer.WriteByte((byte)' '); // data start aligned
        }

        return buffer.ToArray();
    }

    private static string Code(string path, string name, Tensor tensor) => tensor.DType switch
    {
        DType.Float32 => "F32",
        DType.Float64 => "F64",
        DType.Int32 => "I32",
        _ => throw new InputException($"'{path}' cannot hold '{name}', {tensor.Describe()}: safetensors files hold real numbers. Write the real view with a trailing axis (re, im)."),
    };

    private static JsonDocument ReadHeader(string path, FileStream stream)
    {
        Span<byte> start = stackalloc byte[8];
        if (stream.ReadAtLeast(start, 8, throwOnEndOfStream: false) < 8)
        {
            throw Damaged(path, $"it has {stream.Length} bytes, less than the 8 of the header length");
        }

        long length = BinaryPrimitives.ReadInt64LittleEndian(start);
        if (length is < 2 or > MaximumHeaderBytes || length > stream.Length - 8)
        {
            throw Damaged(path, $"its header should have {length:N0} bytes, and {stream.Length - 8:N0} follow");
        }

        byte[] text = new byte[length];
        stream.ReadExactly(text);
        try
        {
            JsonDocument header = JsonDocument.Parse(text);
            return header.RootElement.ValueKind == JsonValueKind.Object ? header : throw Damaged(path, "its header is not a JSON object");
        }
        catch (JsonException failure)
        {
            throw new InputException($"'{path}' is not a safetensors file: its header is not JSON ({failure.Message.TrimEnd('.')}). Copy or write it again.", failure);
        }
    }

    private static (Dictionary<string, string> Metadata, List<Entry> Entries) Parse(string path, JsonDocument header)
    {
        var metadata = new Dictionary<string, string>();
        var entries = new List<Entry>();
        try
        {
            foreach (JsonProperty property in header.RootElement.EnumerateObject())
            {
                if (property.Name != MetadataKey)
                {
                    entries.Add(ParseEntry(path, property));
                    continue;
                }

                foreach (JsonProperty text in property.Value.EnumerateObject())
                {
                    metadata[text.Name] = text.Value.GetString() ?? "";
                }
            }
        }
        catch (InvalidOperationException failure) // metadata of another form, or names that are not UTF-8
        {
            throw new InputException($"'{path}' is damaged: its header cannot be read ({failure.Message.TrimEnd('.')}). Copy or write it again.", failure);
        }

        return (metadata, entries);
    }

    private static Entry ParseEntry(string path, JsonProperty property)
    {
        try
        {
            string code = property.Value.GetProperty("dtype").GetString() ?? "";
            int[] shape = [.. property.Value.GetProperty("shape").EnumerateArray().Select(n => n.GetInt32())];
            long[] offsets = [.. property.Value.GetProperty("data_offsets").EnumerateArray().Select(n => n.GetInt64())];
            DType type = code switch
            {
                "F32" => DType.Float32,
                "F64" => DType.Float64,
                "I32" => DType.Int32,
                _ => throw new InputException($"'{path}' holds '{property.Name}' as {code}; F32, F64 or I32 was expected. Convert that tensor."),
            };
            return offsets.Length == 2 && shape.All(n => n >= 0)
                ? new Entry(property.Name, type, Shape.Create(shape), offsets[0], offsets[1])
                : throw Damaged(path, $"the entry of '{property.Name}' is {property.Value}");
        }
        catch (Exception failure) when (failure is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InputException($"'{path}' is damaged: the entry of '{property.Name}' is {property.Value}; dtype, shape and data_offsets were expected.", failure);
        }
    }

    /// <summary>The entries must cover the data once, without holes, and have the lengths of their shapes.</summary>
    private static void CheckLayout(string path, List<Entry> entries, long dataBytes)
    {
        long end = 0;
        foreach (Entry entry in entries.OrderBy(e => e.Begin).ThenBy(e => e.End))
        {
            if (entry.Begin != end)
            {
                throw Damaged(path, $"'{entry.Name}' starts at byte {entry.Begin}, the tensor before it ends at {end}");
            }

            if (entry.End - entry.Begin != entry.Shape.Count * entry.DType.Bytes())
            {
                throw Damaged(path, $"'{entry.Name}' takes {entry.End - entry.Begin} bytes, {entry.DType.Name()} {entry.Shape} needs {entry.Shape.Count * entry.DType.Bytes()}");
            }

            end = entry.End;
        }

        InputFile.RequireBytes(path, dataBytes, end, "its tensors");
    }

    private static InputException Damaged(string path, string what) =>
        new($"'{path}' is damaged or not a safetensors file: {what}. Copy or write it again.");

    private sealed record Entry(string Name, DType DType, Shape Shape, long Begin, long End);
}
