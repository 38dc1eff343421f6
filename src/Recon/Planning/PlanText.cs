using System.Globalization;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>A plan as aligned text.</summary>
internal static class PlanText
{
    private const int KernelsShown = 6;
    private const double MiB = 1 << 20;

    /// <summary>The lines.</summary>
    public static IEnumerable<string> Lines(Plan plan) => [Headline(plan), "", .. Owners(plan), "", .. Phases(plan), "", .. Totals(plan), .. Times(plan), .. Fit(plan)];

    private static string Headline(Plan plan)
    {
        DatasetDescription d = plan.Data;
        return $"{ModelFactory.Name(plan.Fit.Config)} on {d.Matrix} x {d.Matrix}, {d.Coils} coils; {plan.Slices(Split.Train)} training, {plan.Slices(Split.Validation)} validation and {plan.Slices(Split.Test)} test slices; batch {plan.Fit.Config.Batch}; {(plan.Roof is { } roof ? $"cpu, {roof.Threads} threads" : "GPU")}";
    }

    private static IEnumerable<string> Owners(Plan plan)
    {
        yield return $"{"held at the peak",-16} {"MiB",10} {"share",6}  mostly by";
        foreach (IGrouping<MemoryOwner, LedgerEntry> owner in plan.Forecast.Entries.GroupBy(entry => entry.Owner).OrderByDescending(group => group.Sum(entry => entry.BytesAtPeak)))
        {
            long bytes = owner.Sum(entry => entry.BytesAtPeak);
            if (bytes > 0)
            {
                yield return Text($"{owner.Key,-16} {bytes / MiB,10:0.00} {(double)bytes / plan.Forecast.PeakBytes,6:0.0%}  {string.Join(", ", Largest(owner))}");
            }
        }

        yield return Text($"{"all",-16} {plan.Forecast.PeakBytes / MiB,10:0.00}");
    }

    private static IEnumerable<string> Largest(IEnumerable<LedgerEntry> entries) => entries.GroupBy(entry => entry.Origin)
        .Select(group => (Origin: group.Key, Bytes: group.Sum(entry => entry.BytesAtPeak))).Where(part => part.Bytes > 0).OrderByDescending(part => part.Bytes).Take(3)
        .Select(part => Text($"{part.Origin} {part.Bytes / MiB:0.00}"));

    private static IEnumerable<string> Phases(Plan plan)
    {
        yield return $"{"phase",-20} {"peak MiB",10}";
        foreach ((string phase, long bytes) in plan.Forecast.Phases.Where(phase => phase.Key != "idle"))
        {
            yield return Text($"{phase,-20} {bytes / MiB,10:0.00}");
        }
    }

    private static IEnumerable<string> Totals(Plan plan)
    {
        TrainingForecast forecast = plan.Forecast;
        yield return $"taken from the system: {ByteSize.Text(forecast.ReservedBytes)} while training ({ByteSize.Text(forecast.PeakBytes)} held, the rest idle buffers of other sizes), {ByteSize.Text(forecast.PreparationBytes)} while slices are prepared";
        if (forecast.Waiting is { } waiting)
        {
            yield return $"{waiting}";
        }

        if (plan.Roof is null)
        {
            yield return $"on the GPU besides: compiled kernels, cuFFT's and cuBLAS's own, some 0.5 GiB; in host memory {ByteSize.Text(forecast.HostBytes)}";
            yield break;
        }

        yield return $"whole program: about {ByteSize.Text(plan.TotalBytes)}, {ByteSize.Text(plan.ProgramBytes)} of it runtime, compiled code and managed heap";
    }

    private static IEnumerable<string> Times(Plan plan)
    {
        if (plan.StepSeconds is not { } step)
        {
            yield break;
        }

        double epoch = step * plan.StepsPerEpoch;
        yield return "";
        yield return Text($"time: {1e3 * step:0} ms per step if every solve takes all its iterations, {Duration(epoch)} per epoch of {plan.StepsPerEpoch} steps, {Duration(epoch * plan.Fit.Config.Epochs)} in all; {plan.Roof}");
        IEnumerable<string> kernels = plan.Forecast.Step.Kernels.Select(kernel => (kernel.Kernel, Share: StepForecast.Seconds(kernel, plan.Roof!) / step))
            .OrderByDescending(kernel => kernel.Share).Take(KernelsShown).Select(kernel => Text($"{kernel.Kernel} {kernel.Share:0%}"));
        yield return $"most of it: {string.Join(", ", kernels)}";
    }

    private static IEnumerable<string> Fit(Plan plan)
    {
        if (plan.Budget is not { } budget)
        {
            yield break;
        }

        yield return "";
        foreach (TakenSaving taken in plan.Fit.Taken)
        {
            yield return $"{taken} saves {ByteSize.Text(taken.Bytes)}: {taken.Price}";
        }

        string keys = string.Join(" ", plan.Fit.Taken);
        yield return plan.Fit.Fits
            ? $"fits into {ByteSize.Text(budget)}{(keys.Length > 0 ? $" with --set {keys}" : " as it is")}"
            : $"does not fit into {ByteSize.Text(budget)}: {ByteSize.Text(plan.TotalBytes)} are needed{(keys.Length > 0 ? $" even with --set {keys}" : "")}. {Advice(plan)}";
    }

    private static string Advice(Plan plan) => plan.Forecast.AtPeak(MemoryOwner.Data) > plan.Forecast.PeakBytes / 2
        ? "Most of it are the slices of all subjects; take fewer subjects, slices or coils (stardeq prepare compresses coils)."
        : "Take a smaller base or fewer poolings, or a smaller matrix.";

    private static string Duration(double seconds) => seconds switch
    {
        < 120 => Text($"{seconds:0.#} s"),
        < 7200 => Text($"{seconds / 60:0} min"),
        _ => Text($"{seconds / 3600:0.0} h"),
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
