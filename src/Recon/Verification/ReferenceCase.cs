using System.Text.Json;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>
/// One file of the executable reference: inputs, outputs and gradients of a computation in float64, with its settings
/// and the tolerances of each group of tensors.
/// </summary>
public sealed class ReferenceCase
{
    private const string Format = "deq-reference-1";

    private readonly SafetensorsContent _content;
    private readonly HashSet<string> _complex;
    private readonly JsonElement _tolerance;

    private ReferenceCase(string name, SafetensorsContent content)
    {
        Name = name;
        _content = content;
        Kind = content.Metadata["case"];
        Config = Parse(content.Metadata["config"]);
        _tolerance = Parse(content.Metadata["tolerance"]);
        _complex = [.. JsonSerializer.Deserialize<string[]>(content.Metadata["complex_tensors"])!];
    }

    /// <summary>File name without extension.</summary>
    public string Name { get; }

    /// <summary>What the case computes, for example <c>conv2d</c>.</summary>
    public string Kind { get; }

    /// <summary>Settings and sizes.</summary>
    public JsonElement Config { get; }

    /// <summary>Names of the stored results: <c>out.*</c> and <c>grad.*</c>.</summary>
    public IEnumerable<string> ResultNames => _content.Tensors.Keys
        .Where(name => name.StartsWith("out.", StringComparison.Ordinal) || name.StartsWith("grad.", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal);

    /// <summary>Short names of the network parameters, <c>unet.*</c>.</summary>
    public IEnumerable<string> NetworkNames => _content.Tensors.Keys
        .Where(name => name.StartsWith("param.unet.", StringComparison.Ordinal)).Select(name => name["param.".Length..]);

    /// <summary>Reads a case file.</summary>
    /// <param name="path">A <c>.safetensors</c> file.</param>
    /// <param name="scope">Owner of the stored tensors.</param>
    /// <exception cref="InputException">The file is not a readable case file.</exception>
    public static ReferenceCase Read(string path, TensorScope scope)
    {
        SafetensorsContent content = Safetensors.Read(path, scope);
        string found = content.Metadata.GetValueOrDefault("format", "none");
        foreach (string key in (ReadOnlySpan<string>)["case", "config", "tolerance", "complex_tensors"])
        {
            if (found != Format || !content.Metadata.ContainsKey(key))
            {
                throw new InputException($"'{path}' is no reference case: its format is '{found}', expected '{Format}' with metadata '{key}'.");
            }
        }

        return new ReferenceCase(Path.GetFileNameWithoutExtension(path), content);
    }

    /// <summary>A stored tensor in float64 or complex128.</summary>
    public Tensor Stored(string name) => _complex.Contains(name) ? _content[name].AsComplex() : _content[name];

    /// <summary>A stored input, <c>in.*</c> or <c>param.*</c>, by its short name.</summary>
    public Tensor Input(string shortName) =>
        Stored(_content.Tensors.ContainsKey("in." + shortName) ? "in." + shortName : "param." + shortName);

    /// <summary>True if there is an input of that short name.</summary>
    public bool Has(string shortName) =>
        _content.Tensors.ContainsKey("in." + shortName) || _content.Tensors.ContainsKey("param." + shortName);

    /// <summary>Names of the tensors whose gradient is stored, with <c>unet</c> spelled out.</summary>
    public IEnumerable<string> GradientNames => Config.TryGetProperty("gradients", out JsonElement names)
        ? names.EnumerateArray().Select(name => name.GetString()!).SelectMany(name => name == "unet" ? NetworkNames : [name])
        : [];

    /// <summary>Tolerance of a result in one precision; null means that it is not compared.</summary>
    public double? Tolerance(string name, DType precision)
    {
        JsonElement groups = _tolerance.GetProperty(precision.ToReal().Name());
        return groups.TryGetProperty(Group(name), out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
    }

    /// <summary>Tensors of a family share the floor of the comparison; see the rule in docs/conventions.md.</summary>
    public IEnumerable<string> Family(string name)
    {
        string group = Group(name);
        bool isFinal = group.EndsWith(".final", StringComparison.Ordinal);
        bool isParameterGradient = name.StartsWith("grad.", StringComparison.Ordinal) && _content.Tensors.ContainsKey("param." + name["grad.".Length..]);
        return isFinal ? ResultNames.Where(other => Group(other) == group)
            : isParameterGradient ? ResultNames.Where(other => other.StartsWith("grad.", StringComparison.Ordinal)
                && _content.Tensors.ContainsKey("param." + other["grad.".Length..]))
            : [name];
    }

    private static string Group(string name)
    {
        foreach (string prefix in (ReadOnlySpan<string>)["grad.unet", "out.cold.final", "out.warm.final"])
        {
            if (name.StartsWith(prefix + ".", StringComparison.Ordinal))
            {
                return prefix;
            }
        }

        return name;
    }

    private static JsonElement Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}
