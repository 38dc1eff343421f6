using System.Text.Json;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>What a training held in memory when it held most, by owner, as JSON for other programs.</summary>
public static class MemoryRecord
{
    /// <summary>Writes the record atomically.</summary>
    /// <param name="path">The file.</param>
    /// <param name="ledger">Ledger of the device that trained, since its peak was last reset.</param>
    public static void Write(string path, Ledger ledger) => AtomicFile.Write(path, stream =>
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteNumber("peak_bytes", ledger.PeakBytes);
        json.WriteStartObject("owners_at_peak");
        foreach ((MemoryOwner owner, long bytes) in ledger.AtPeak().Where(entry => entry.Value > 0).OrderByDescending(entry => entry.Value))
        {
            json.WriteNumber(owner.ToString().ToLowerInvariant(), bytes);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    });
}
