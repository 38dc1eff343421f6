using System.Runtime.InteropServices;
using System.Text.Json;
using Stardeq.Recon;

namespace Stardeq.Tests;

/// <summary>Raw data for tests of the readers.</summary>
internal static class RawFiles
{
    /// <summary>A header of one encoding.</summary>
    public static IsmrmrdHeader Header(RawTrajectory trajectory, (int X, int Y, int Z) encoded, (int X, int Y, int Z) recon, params (string Name, EncodingLimit Limit)[] limits) => new()
    {
        ResonanceFrequency = 127_800_000,
        Encodings =
        [
            new RawEncoding
            {
                Trajectory = trajectory,
                Encoded = new EncodingSpace(encoded, (600, 300, 120)),
                Recon = new EncodingSpace(recon, (300, 300, 120)),
                Limits = limits.ToDictionary(l => l.Name, l => l.Limit),
            },
        ],
    };

    /// <summary>A readout whose header fields, samples and trajectory are all different numbers.</summary>
    public static Readout Distinct(int seed, int samples, int channels, int dimensions)
    {
        ushort Short(int n) => (ushort)((100 * seed) + n);
        float[] Vector(int n) => [seed + n, seed + n + 0.25f, seed + n + 0.5f];
        return new Readout(
            new AcquisitionHeader
            {
                Flags = 1UL << (18 + (seed % 2)),
                MeasurementUid = Short(1),
                ScanCounter = Short(2),
                TimeStamp = Short(3),
                PhysiologyTimeStamps = [Short(4), Short(5), Short(6)],
                Samples = (ushort)samples,
                AvailableChannels = Short(7),
                Channels = (ushort)channels,
                ChannelMask = [.. Enumerable.Range(0, 16).Select(i => ulong.MaxValue - (ulong)i)],
                DiscardBefore = (ushort)(samples >= 3 ? 1 : 0),
                DiscardAfter = (ushort)(samples >= 3 ? 2 : 0),
                CentreSample = (ushort)(samples / 2),
                TrajectoryDimensions = (ushort)dimensions,
                SampleTime = 2.5f + seed,
                Position = Vector(10),
                ReadDirection = Vector(20),
                PhaseDirection = Vector(30),
                SliceDirection = Vector(40),
                TablePosition = Vector(50),
                Counters = new EncodingCounters
                {
                    Step1 = Short(8),
                    Step2 = Short(9),
                    Average = Short(10),
                    Slice = Short(11),
                    Contrast = Short(12),
                    Phase = Short(13),
                    Repetition = Short(14),
                    Set = Short(15),
                    Segment = Short(16),
                    User = [.. Enumerable.Range(17, 8).Select(Short)],
                },
                UserIntegers = [.. Enumerable.Range(0, 8).Select(i => -(int)Short(i))],
                UserNumbers = [.. Enumerable.Range(0, 8).Select(i => seed + (i / 8f))],
            },
            [.. Enumerable.Range(0, samples * dimensions).Select(i => seed + (i / 16f))],
            [.. Enumerable.Range(0, 2 * samples * channels).Select(i => seed - (i / 16f))]);
    }

    /// <summary>All fields of a readout as text, numbers exact.</summary>
    public static string Text(Readout readout) =>
        $"{JsonSerializer.Serialize(readout.Header)} {Convert.ToHexString(MemoryMarshal.AsBytes(readout.Trajectory.AsSpan()))} {Convert.ToHexString(MemoryMarshal.AsBytes(readout.Samples.AsSpan()))}";
}
