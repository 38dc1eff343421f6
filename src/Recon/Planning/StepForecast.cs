using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Calls of one kernel in a step.</summary>
/// <param name="Kernel">Its name in profiles.</param>
/// <param name="Calls">How often it is called.</param>
/// <param name="Work">Work of all calls.</param>
public sealed record PlannedKernel(string Kernel, int Calls, WorkCount Work);

/// <summary>What a training step computes if every solve goes on to its limit.</summary>
/// <param name="Kernels">By kernel, most floating-point work first.</param>
public sealed record StepForecast(IReadOnlyList<PlannedKernel> Kernels)
{
    /// <summary>From the operations of a step.</summary>
    public static StepForecast Of(IEnumerable<KernelSpan> spans) => new(
    [
        .. spans.GroupBy(span => span.Kernel)
            .Select(group => new PlannedKernel(group.Key, group.Count(), group.Aggregate(WorkCount.None, (sum, span) => sum + span.Work)))
            .OrderByDescending(kernel => kernel.Work.Flops),
    ]);

    /// <summary>Seconds that a kernel takes on a CPU with this roof.</summary>
    public static double Seconds(PlannedKernel kernel, MachineRoof roof) => KernelCost.Seconds(kernel.Kernel, kernel.Calls, kernel.Work, roof);

    /// <summary>Seconds of the step on a CPU with this roof.</summary>
    public double Seconds(MachineRoof roof) =>
        Kernels.Sum(kernel => Seconds(kernel, roof)) + (1e-6 * KernelCost.MicrosecondsBetween * Kernels.Sum(kernel => kernel.Calls));
}
