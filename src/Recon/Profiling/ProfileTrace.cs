using System.Text.Json;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>
/// A profile in the trace event format that ui.perfetto.dev and chrome://tracing open: a track each of steps, phases, operations and
/// launches, and a counter of bytes by owner. Times are microseconds since watching began.
/// </summary>
/// <remarks>Source of the format: Trace Event Format, docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU.</remarks>
internal static class ProfileTrace
{
    private const int Process = 1, StepTrack = 1, PhaseTrack = 2, OperationTrack = 3, LaunchTrack = 4;

    /// <summary>Writes the events.</summary>
    public static void Write(Stream stream, Profile profile)
    {
        using var json = new Utf8JsonWriter(stream);
        json.WriteStartObject();
        json.WriteString("displayTimeUnit", "ms");
        json.WriteStartArray("traceEvents");
        Name(json, "process_name", 0, $"stardeq on {profile.Recording.Device}");
        Name(json, "thread_name", StepTrack, "steps");
        Name(json, "thread_name", PhaseTrack, "phases");
        Name(json, "thread_name", OperationTrack, "operations");
        Spans(json, profile);
        Launches(json, profile.Recording.Launches);
        foreach (MemoryMoment moment in profile.Memory.Moments)
        {
            Memory(json, Microseconds(profile, moment.Timestamp), profile.Memory.Owners, moment);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Spans(Utf8JsonWriter json, Profile profile)
    {
        ProfileRecording recording = profile.Recording;
        long start = recording.Start;
        for (int step = 0; step < recording.StepEnds.Count; step++)
        {
            Span(json, $"{profile.Work} {step + 1}", StepTrack, Microseconds(profile, start), Microseconds(profile, recording.StepEnds[step]));
            start = recording.StepEnds[step];
        }

        foreach ((string phase, long from, long to) in profile.PhaseStretches())
        {
            Span(json, phase, PhaseTrack, Microseconds(profile, from), Microseconds(profile, to));
        }

        foreach (KernelSpan span in recording.Spans)
        {
            Span(json, span.Kernel, OperationTrack, Microseconds(profile, span.Start), Microseconds(profile, span.End), () =>
            {
                json.WriteNumber("flops", span.Work.Flops);
                json.WriteNumber("bytes", span.Work.Bytes);
            });
        }
    }

    private static void Launches(Utf8JsonWriter json, IReadOnlyList<TracedLaunch>? launches)
    {
        if (launches is null)
        {
            return;
        }

        Name(json, "thread_name", LaunchTrack, "launches on the device");
        foreach (TracedLaunch launch in launches)
        {
            Span(json, launch.Kernel, LaunchTrack, launch.Start, launch.Start + launch.Microseconds, launch.Geometry is not { } geometry ? null : () =>
            {
                json.WriteString("grid", $"{geometry.Grid}");
                json.WriteString("block", $"{geometry.Block}");
                json.WriteNumber("registers", geometry.Registers);
                json.WriteNumber("occupancy", geometry.Occupancy);
            });
        }
    }

    private static void Span(Utf8JsonWriter json, string name, int track, double from, double to, Action? arguments = null)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteString("ph", "X");
        json.WriteNumber("ts", from);
        json.WriteNumber("dur", to - from);
        json.WriteNumber("pid", Process);
        json.WriteNumber("tid", track);
        if (arguments is not null)
        {
            json.WriteStartObject("args");
            arguments();
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void Memory(Utf8JsonWriter json, double at, IReadOnlyList<MemoryOwner> owners, MemoryMoment moment)
    {
        json.WriteStartObject();
        json.WriteString("name", "memory");
        json.WriteString("ph", "C");
        json.WriteNumber("ts", at);
        json.WriteNumber("pid", Process);
        json.WriteStartObject("args");
        for (int i = 0; i < owners.Count; i++)
        {
            json.WriteNumber($"{owners[i]}", moment.Bytes[i]);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Name(Utf8JsonWriter json, string what, int track, string name)
    {
        json.WriteStartObject();
        json.WriteString("name", what);
        json.WriteString("ph", "M");
        json.WriteNumber("pid", Process);
        json.WriteNumber("tid", track);
        json.WriteStartObject("args");
        json.WriteString("name", name);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static double Microseconds(Profile profile, long timestamp) => 1e6 * Profile.Seconds(timestamp - profile.Recording.Start);
}
