using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>One operation of a profile.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Calls">How often it was called, in all steps.</param>
/// <param name="Seconds">Time of all calls: on a GPU that of their launches, else that of the calls.</param>
/// <param name="Median">Half of the calls took less, seconds.</param>
/// <param name="P95">95 of 100 calls took less, seconds.</param>
/// <param name="Work">What all calls had to do.</param>
public sealed record OperationLine(string Name, int Calls, double Seconds, double Median, double P95, WorkCount Work)
{
    /// <summary>FLOP/s.</summary>
    public double FlopRate => Work.Flops / Seconds;

    /// <summary>Bytes per second.</summary>
    public double ByteRate => Work.Bytes / Seconds;

    /// <summary>Share of what the machine could do: the time that the slower of arithmetic and memory needs over the time taken. Above 1
    /// where caches or a faster algorithm help; null where nothing is counted.</summary>
    public double? ShareOf(MachineRoof? roof) => roof is null || Work == WorkCount.None
        ? null
        : Math.Max(Work.Flops / roof.Flops, Work.Bytes / roof.BytesPerSecond) / Seconds;

    /// <summary>A line from the times of its calls.</summary>
    internal static OperationLine Of(string name, IEnumerable<double> seconds, WorkCount work)
    {
        double[] sorted = [.. seconds.Order()];
        return new OperationLine(name, sorted.Length, sorted.Sum(), Rank(sorted, 0.5), Rank(sorted, 0.95), work);
    }

    /// <summary>The smallest value that at least this share of all do not exceed.</summary>
    internal static double Rank(double[] sorted, double share) => sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)];
}

/// <summary>One phase of a profile.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Seconds">Time spent in it, in all steps.</param>
/// <param name="KernelSeconds">Part of it in operations.</param>
/// <param name="PeakBytes">Largest sum held by all owners meanwhile.</param>
public sealed record PhaseLine(string Name, double Seconds, double KernelSeconds, long PeakBytes);

/// <summary>One owner of memory in a profile.</summary>
/// <param name="Owner">Who.</param>
/// <param name="StartBytes">Held when the first step began.</param>
/// <param name="EndBytes">Held when the last step ended.</param>
/// <param name="PeakBytes">Most that it held at once.</param>
/// <param name="BytesAtPeak">Held when all together held most.</param>
public sealed record OwnerLine(MemoryOwner Owner, long StartBytes, long EndBytes, long PeakBytes, long BytesAtPeak);

/// <summary>Launches of a GPU with one name and geometry.</summary>
/// <param name="Kind">What was launched.</param>
/// <param name="Kernel">Name in kernels.cu, or library and sizes.</param>
/// <param name="Geometry">Of kernels of kernels.cu.</param>
/// <param name="Calls">How often, in all steps.</param>
/// <param name="Seconds">Time on the device.</param>
/// <param name="Median">Half of the launches took less, seconds.</param>
public sealed record LaunchLine(LaunchKind Kind, string Kernel, LaunchGeometry? Geometry, int Calls, double Seconds, double Median);
