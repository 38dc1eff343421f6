using System.Globalization;
using System.Runtime.InteropServices;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>One thing that <see cref="Doctor"/> looked at.</summary>
/// <param name="Name">What.</param>
/// <param name="Finding">What was found.</param>
/// <param name="IsHealthy">False if something is wrong with it.</param>
public readonly record struct DoctorFinding(string Name, string Finding, bool IsHealthy = true);

/// <summary>Looks in seconds whether program, machine and device are fit for work.</summary>
public static class Doctor
{
    /// <summary>Versions, machine, memory, and every law of <see cref="SelfCheck"/>.</summary>
    public static IEnumerable<DoctorFinding> Examine(Device device)
    {
        (string version, string? commit) = RunRecord.Program();
        yield return new("program", $"stardeq {version}{(commit is null ? "" : $", commit {commit}")}");
        yield return new("runtime", RuntimeInformation.FrameworkDescription);
        yield return new("system", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}");
        yield return new("processor", $"{Environment.ProcessorCount} logical, vectors of {RunRecord.VectorBits()} bits");
        yield return new("memory", FormattableString.Invariant($"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1 << 30):F1} GiB"));
        yield return new("device", $"{device}");
        long before = device.Ledger.CurrentBytes;
        foreach (IGrouping<string, CheckLine> check in SelfCheck.Run(device).GroupBy(line => line.Name))
        {
            yield return Describe(check);
        }

        long left = device.Ledger.CurrentBytes - before;
        yield return new("memory after the checks", left == 0 ? "all given back" : $"{left:N0} bytes not given back", left == 0);
    }

    private static DoctorFinding Describe(IGrouping<string, CheckLine> check) => new(
        check.Key,
        string.Join(", ", check.Select(line => string.Create(CultureInfo.InvariantCulture, $"{line.Law}: {line.Error:0.0e+0}"))),
        check.All(line => line.Passed));
}
