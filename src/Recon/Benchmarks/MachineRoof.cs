using System.Globalization;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>What the processor can do at most with a number of threads, measured by this program.</summary>
/// <param name="Threads">Threads that worked.</param>
/// <param name="FlopsByWidth">FLOP/s by vector width in bits, widest first.</param>
/// <param name="BytesPerSecond">Bytes per second to and from memory.</param>
public sealed record MachineRoof(int Threads, IReadOnlyList<KeyValuePair<int, double>> FlopsByWidth, double BytesPerSecond)
{
    /// <summary>FLOP/s of the widest vectors, which the kernels use.</summary>
    public double Flops => FlopsByWidth[0].Value;

    /// <summary>Measures one thread, and all threads of a device that has more.</summary>
    public static IReadOnlyList<MachineRoof> Measure(CpuDevice device)
    {
        MachineRoof one = Of(new CpuDevice(1), PeakArithmetic.Widths);
        return device.Threads == 1 ? [one] : [one, Of(device, PeakArithmetic.Widths)];
    }

    /// <summary>Measures all threads of a device, with the widest vectors alone.</summary>
    public static MachineRoof Of(CpuDevice device) => Of(device, PeakArithmetic.Widths.Take(1));

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"roof, {Threads} {(Threads == 1 ? "thread" : "threads")}: {string.Join(", ", FlopsByWidth.Select(w => string.Create(CultureInfo.InvariantCulture, $"{1e-9 * w.Value:0} GFLOP/s at {w.Key} bits")))}; memory {1e-9 * BytesPerSecond:0.0} GB/s");

    private static MachineRoof Of(CpuDevice device, IEnumerable<int> widths)
    {
        KeyValuePair<int, double>[] flops = [.. widths.Select(width => KeyValuePair.Create(width, PeakArithmetic.Measure(device, width)))];
        var roof = new MachineRoof(device.Threads, flops, PeakBandwidth.Measure(device));
        device.Pool.Trim(); // arrays that no case has use for
        return roof;
    }
}
