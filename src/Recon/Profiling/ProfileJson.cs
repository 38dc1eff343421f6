using System.Text.Json;

namespace Stardeq.Recon;

/// <summary>A profile as JSON for other programs: times in seconds, sizes in bytes, names as in the table.</summary>
internal static class ProfileJson
{
    private static readonly JsonSerializerOptions s_format = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>The text.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="commandLine">Arguments of the program.</param>
    public static string Text(Profile profile, IReadOnlyList<string> commandLine)
    {
        (string version, string? commit) = RunRecord.Program();
        return JsonSerializer.Serialize(
            new
            {
                Program = new { version, commit },
                CommandLine = commandLine,
                profile.Recording.Device,
                profile.Work,
                Roof = profile.Roof is { } roof ? new { FlopsPerSecond = roof.Flops, roof.BytesPerSecond } : null,
                Steps = profile.StepSeconds,
                profile.TotalSeconds,
                profile.KernelSeconds,
                profile.OutsideSeconds,
                Kernels = profile.Kernels.Select(line => new
                {
                    line.Name,
                    line.Calls,
                    line.Seconds,
                    line.Median,
                    line.P95,
                    Share = line.Seconds / profile.TotalSeconds,
                    line.Work.Flops,
                    line.Work.Bytes,
                    ShareOfRoof = line.ShareOf(profile.Roof),
                }),
                Launches = profile.Launches.Select(line => new
                {
                    line.Kernel,
                    Kind = line.Kind.ToString().ToLowerInvariant(),
                    line.Calls,
                    line.Seconds,
                    line.Median,
                    Grid = Extent(line.Geometry?.Grid),
                    Block = Extent(line.Geometry?.Block),
                    line.Geometry?.Registers,
                    line.Geometry?.StaticSharedBytes,
                    line.Geometry?.DynamicSharedBytes,
                    line.Geometry?.LocalBytes,
                    line.Geometry?.Occupancy,
                }),
                profile.Phases,
                Owners = profile.Owners.Select(line => new { Owner = $"{line.Owner}", line.StartBytes, line.EndBytes, line.PeakBytes, line.BytesAtPeak }),
                PeakBytes = profile.Memory.Peak.Total,
                HeldAtPeak = profile.Memory.LinesAtPeak.Select(line => new { Owner = $"{line.Owner}", line.Phase, line.Origin, line.Bytes }),
                profile.Recording.Managed,
            },
            s_format) + "\n";
    }

    private static uint[]? Extent((uint X, uint Y, uint Z)? extent) => extent is var (x, y, z) ? [x, y, z] : null;
}
