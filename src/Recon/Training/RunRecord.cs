using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text.Json;

namespace Stardeq.Recon;

/// <summary>What a run was: configuration, program, machine, data. Stands in <c>config.json</c> of its folder.</summary>
/// <param name="Config">Every key with its value.</param>
/// <param name="Data">The files that were read, or a line that says how the data were simulated, each with a SHA-256.</param>
/// <param name="CommandLine">Arguments of the program.</param>
/// <param name="Device">Device and number of threads, as users read it.</param>
public sealed record RunRecord(
    TrainingConfig Config, IReadOnlyDictionary<string, string> Data, IReadOnlyList<string> CommandLine, string Device)
{
    /// <summary>Version of the program, and the commit it was built from where it is known.</summary>
    public static (string Version, string? Commit) Program()
    {
        string full = typeof(RunRecord).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";
        int plus = full.IndexOf('+', StringComparison.Ordinal);
        return plus < 0 ? (full, null) : (full[..plus], full[(plus + 1)..]);
    }

    /// <summary>The widest vectors that the working precision uses here: 512, 256 or 128 bits.</summary>
    public static int VectorBits() =>
        Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;

    /// <summary>The record as an indented JSON object.</summary>
    public void Write(Stream target)
    {
        using var writer = new Utf8JsonWriter(target, new JsonWriterOptions { Indented = true });
        (string version, string? commit) = Program();
        writer.WriteStartObject();
        writer.WriteStartObject("program");
        writer.WriteString("version", version);
        writer.WriteString("commit", commit);
        writer.WriteString("runtime", RuntimeInformation.FrameworkDescription);
        writer.WriteEndObject();
        writer.WriteStartObject("machine");
        writer.WriteString("system", RuntimeInformation.OSDescription);
        writer.WriteString("architecture", RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant());
        writer.WriteNumber("logical_processors", Environment.ProcessorCount);
        writer.WriteNumber("vector_bits", VectorBits());
        writer.WriteNumber("memory_bytes", GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        writer.WriteString("device", Device);
        writer.WriteEndObject();
        writer.WriteStartArray("command_line");
        foreach (string argument in CommandLine)
        {
            writer.WriteStringValue(argument);
        }

        writer.WriteEndArray();
        writer.WriteStartObject("data_sha256");
        foreach ((string name, string hash) in Data.OrderBy(d => d.Key, StringComparer.Ordinal))
        {
            writer.WriteString(name, hash);
        }

        writer.WriteEndObject();
        writer.WritePropertyName("config");
        ConfigFile.Write(writer, Config);
        writer.WriteEndObject();
    }
}
