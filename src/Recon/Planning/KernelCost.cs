using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>
/// Time that calls of a kernel take on the CPU: a fixed part, and multiples of what their work would take at the roof of the machine. The factors
/// were fitted to profiles of three models at three sizes (64² to 256², 8 to 32 features) and reproduce the time in kernels
/// within a fifth; see docs/results/memory.md.
/// </summary>
/// <param name="Microseconds">For each call.</param>
/// <param name="Arithmetic">Factor of FLOPs at the roof; Winograd's algorithm needs fewer than are counted.</param>
/// <param name="Traffic">Factor of bytes at the roof.</param>
public readonly record struct KernelCost(double Microseconds, double Arithmetic, double Traffic)
{
    /// <summary>What passes between two operations: allocation, the tape, the solver's decisions.</summary>
    public const double MicrosecondsBetween = 12;

    private static readonly KernelCost s_others = new(3, 0, 3.3); // passes over arrays

    private static readonly Dictionary<string, KernelCost> s_known = new()
    {
        ["conv2d 3x3"] = new(49, 0.16, 21),
        ["conv2d backward input 3x3"] = new(44, 0.13, 22),
        ["conv2d backward weight 3x3"] = new(105, 0.02, 39),
        ["normal operator"] = new(88, 3.3, 0.8),
        ["transposed conv2d"] = new(18, 2.1, 0),
        ["transposed conv2d backward input"] = new(18, 1.9, 0),
        ["transposed conv2d backward weight"] = new(28, 3.1, 0),
        ["conv2d backward bias"] = new(34, 0, 5.5),
        ["conv2d 1x1"] = new(32, 2.4, 3.6),
        ["conv2d backward input 1x1"] = new(20, 0, 5.4),
    };

    /// <summary>Kernels with factors of their own.</summary>
    public static IReadOnlyCollection<string> Known => s_known.Keys;

    /// <summary>Seconds that some calls of a kernel take.</summary>
    /// <param name="kernel">Its name in profiles.</param>
    /// <param name="calls">Number of calls.</param>
    /// <param name="work">Work of all of them.</param>
    /// <param name="roof">What the machine can do.</param>
    public static double Seconds(string kernel, int calls, WorkCount work, MachineRoof roof)
    {
        KernelCost cost = s_known.GetValueOrDefault(kernel, s_others);
        return (1e-6 * cost.Microseconds * calls) + (cost.Arithmetic * work.Flops / roof.Flops) + (cost.Traffic * work.Bytes / roof.BytesPerSecond);
    }
}
