using System.Globalization;
using NUnit.Framework;
using Stardeq.Engine;

namespace Stardeq.Tests;

/// <summary>
/// Budgets of memory accesses: a warp fetches at most half as many bytes again as it uses, and an access to shared memory takes at
/// most two turns of the banks. What may cost more stands in tests/CudaEmulator/memory-access-allowances.txt with its reason.
/// </summary>
public sealed class MemoryAccessTests
{
    private const double MostFetched = 1.5, MostTurns = 2;

    private sealed record Allowance(string Kernel, string Space, string Text, double Limit, string Reason)
    {
        public bool Covers(LineAccess row) => row.Space == Space && row.Text.Contains(Text, StringComparison.Ordinal)
            && (Kernel == row.Kernel || (Kernel.EndsWith('*') && row.Kernel.StartsWith(Kernel[..^1], StringComparison.Ordinal)));
    }

    [Test]
    public void Every_line_stays_within_its_budget()
    {
        Emulator.Require();
        IReadOnlyList<LineAccess> rows = Measure();
        Assert.That(rows.Select(row => row.Kernel).Distinct(), Is.EquivalentTo(KernelSource.Signatures.Keys), "kernels in the table");
        if (Environment.GetEnvironmentVariable("STARDEQ_WRITE_TABLES") == "1")
        {
            File.WriteAllText(Path.Combine(Repository.Root, "docs", "results", "cuda-memory-access.md"), MemoryAccessTable.Markdown(rows));
        }

        Allowance[] allowances = [.. Allowances()];
        string[] over = [.. rows.Where(row => row.Cost > Limit(row, allowances))
            .Select(row => FormattableString.Invariant($"{row.Kernel} | {row.Space} | {row.Text} | {row.Cost:0.00} (line {row.Line}, {row.Requests} requests)"))];
        Assert.That(over, Is.Empty, "over budget");
        Assert.That(allowances.Where(a => !rows.Any(row => a.Covers(row) && row.Cost > Budget(row))), Is.Empty, "allowances that nothing needs any more");
        Assert.That(allowances.Where(a => a.Reason.Length < 10), Is.Empty, "allowances without a reason");
    }

    private static IReadOnlyList<LineAccess> Measure()
    {
        using var options = new EmulatorOptions(("check", 1), ("profile", 1));
        Emulator.TakeProfile();
        using var device = new CudaDevice();
        using var suite = new KernelSuite(device, DType.Float32, even: true);
        suite.Run();
        return MemoryAccessTable.Read(Emulator.TakeProfile());
    }

    private static double Budget(LineAccess row) => row.Space == "global" ? MostFetched : MostTurns;

    private static double Limit(LineAccess row, Allowance[] allowances) => allowances.Where(a => a.Covers(row)).Select(a => a.Limit).Append(Budget(row)).Max();

    private static IEnumerable<Allowance> Allowances() =>
        File.ReadLines(Path.Combine(Repository.Root, "tests", "CudaEmulator", "memory-access-allowances.txt"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(" | "))
            .Select(part => new Allowance(part[0], part[1], part[2], double.Parse(part[3], CultureInfo.InvariantCulture), part[4]));
}
