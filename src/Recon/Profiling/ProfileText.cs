using System.Globalization;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>A profile as aligned text.</summary>
internal static class ProfileText
{
    private const int KernelsShown = 16, LinesShown = 12;
    private const double MiB = 1 << 20;

    /// <summary>The lines.</summary>
    public static IEnumerable<string> Lines(Profile profile) =>
        [Headline(profile), "", .. Kernels(profile), "", .. Phases(profile), "", .. Launches(profile), .. Owners(profile), "", .. LargestLines(profile), "", Managed(profile)];

    /// <summary>What was measured, in one sentence.</summary>
    public static string Headline(Profile profile) => Text(
        $"{profile.StepSeconds.Count} x {profile.Work} on {profile.Recording.Device}: median {1e3 * profile.MedianStep:0.00} ms; {profile.KernelSeconds / profile.TotalSeconds:0.0%} of the time in kernels{RoofOf(profile)}");

    /// <summary>What the managed heap cost, in one sentence.</summary>
    public static string Managed(Profile profile)
    {
        (long bytes, int collections, double pause) = profile.Recording.Managed;
        return Text($"managed heap: {bytes / MiB / profile.StepSeconds.Count:0.00} MiB made per step, {collections} collections, {1e3 * pause:0.0} ms of pauses in all");
    }

    private static string RoofOf(Profile profile) => profile.Roof is { } roof
        ? Text($"; roof {1e-9 * roof.Flops:0} GFLOP/s, {1e-9 * roof.BytesPerSecond:0.0} GB/s")
        : "";

    private static IEnumerable<string> Kernels(Profile profile)
    {
        yield return $"{"kernel",-32} {"calls",7} {"total ms",9} {"share",6} {"median us",10} {"95 % us",9} {"GFLOP/s",8} {"GB/s",7} {"of roof",7}";
        foreach (OperationLine line in profile.Kernels.Take(KernelsShown))
        {
            yield return Text(
                $"{line.Name,-32} {line.Calls,7} {1e3 * line.Seconds,9:0.00} {line.Seconds / profile.TotalSeconds,6:0.0%} {1e6 * line.Median,10:0.0} {1e6 * line.P95,9:0.0} {Rate(line.FlopRate),8} {Rate(line.ByteRate),7} {Percent(line.ShareOf(profile.Roof)),7}").TrimEnd();
        }

        if (profile.Kernels.Count > KernelsShown)
        {
            OperationLine[] rest = [.. profile.Kernels.Skip(KernelsShown)];
            yield return Text($"{$"{rest.Length} others",-32} {rest.Sum(line => line.Calls),7} {1e3 * rest.Sum(line => line.Seconds),9:0.00} {rest.Sum(line => line.Seconds) / profile.TotalSeconds,6:0.0%}");
        }

        yield return Text($"{(profile.Recording.Launches is null ? "outside all kernels" : "device without work"),-32} {"",7} {1e3 * profile.OutsideSeconds,9:0.00} {profile.OutsideSeconds / profile.TotalSeconds,6:0.0%}");
    }

    private static IEnumerable<string> Phases(Profile profile)
    {
        yield return $"{"phase",-32} {"total ms",9} {"share",6} {"in kernels",10} {"peak MiB",9}";
        foreach (PhaseLine line in profile.Phases)
        {
            yield return Text($"{line.Name,-32} {1e3 * line.Seconds,9:0.00} {line.Seconds / profile.TotalSeconds,6:0.0%} {line.KernelSeconds / line.Seconds,10:0.0%} {line.PeakBytes / MiB,9:0.00}");
        }
    }

    private static IEnumerable<string> Launches(Profile profile)
    {
        if (profile.Launches.Count == 0)
        {
            yield break;
        }

        yield return $"{"launch",-28} {"grid",14} {"block",12} {"calls",6} {"total ms",9} {"median us",10} {"regs",5} {"shared",7} {"local",6} {"occupancy",9}";
        foreach (LaunchLine line in profile.Launches.Take(KernelsShown))
        {
            string sizes = line.Geometry is { } geometry
                ? Text($"{geometry.Registers,5} {geometry.StaticSharedBytes + geometry.DynamicSharedBytes,7} {geometry.LocalBytes,6} {geometry.Occupancy,9:0%}")
                : "";
            yield return Text($"{line.Kernel,-28} {Extent(line.Geometry?.Grid),14} {Extent(line.Geometry?.Block),12} {line.Calls,6} {1e3 * line.Seconds,9:0.00} {1e6 * line.Median,10:0.0} {sizes}").TrimEnd();
        }

        yield return "";
    }

    private static IEnumerable<string> Owners(Profile profile)
    {
        yield return $"{"owner, MiB",-32} {"start",9} {"end",9} {"peak",9} {"at the peak of all",18}";
        foreach (OwnerLine line in profile.Owners)
        {
            yield return Text($"{line.Owner,-32} {line.StartBytes / MiB,9:0.00} {line.EndBytes / MiB,9:0.00} {line.PeakBytes / MiB,9:0.00} {line.BytesAtPeak / MiB,18:0.00}");
        }

        MemoryHistory memory = profile.Memory;
        yield return Text($"{"all",-32} {memory.Moments[0].Total / MiB,9:0.00} {memory.Moments[^1].Total / MiB,9:0.00} {memory.Peak.Total / MiB,9:0.00} {memory.Peak.Total / MiB,18:0.00}");
    }

    private static IEnumerable<string> LargestLines(Profile profile)
    {
        yield return $"{"held at the peak",-16} {"allocated in phase",-20} {"by",-28} {"MiB",9}";
        foreach ((MemoryOwner owner, string phase, string origin, long bytes) in profile.Memory.LinesAtPeak.Take(LinesShown))
        {
            yield return Text($"{owner,-16} {phase,-20} {origin,-28} {bytes / MiB,9:0.00}");
        }
    }

    private static string Extent((uint X, uint Y, uint Z)? extent) => extent is var (x, y, z) ? $"{x},{y},{z}" : "";

    private static string Rate(double perSecond) => perSecond > 0 ? Text($"{1e-9 * perSecond:0.0}") : "";

    private static string Percent(double? share) => share is { } known ? Text($"{known:0%}") : "";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
