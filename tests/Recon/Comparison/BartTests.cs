using System.Diagnostics;
using NUnit.Framework;

namespace Stardeq.Tests;

[Category("comparing")]
public sealed class BartTests
{
    [Test]
    public void Transforms_and_CG_SENSE_of_measured_data_agree_with_BART()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Ignore("the comparison is a bash script for Linux.");
        }

        string data = Path.GetDirectoryName(Path.GetDirectoryName(Fixtures.Data("utah_cardiac_radial/kspace.cfl")))!;
        var start = new ProcessStartInfo("bash", [Path.Combine(Repository.Root, "benchmarks", "bart", "compare.sh"), data])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["STARDEQ"] = Path.Combine(AppContext.BaseDirectory, "stardeq"), ["QUICK"] = "1" },
        };
        start.Environment.Remove("STARDEQ_CUDA_LIBRARIES"); // the software driver of other tests would be taken for a GPU
        using Process script = Process.Start(start)!;
        Task<string> errors = script.StandardError.ReadToEndAsync();
        string table = script.StandardOutput.ReadToEnd();
        script.WaitForExit();
        if (table.StartsWith("SKIPPED", StringComparison.Ordinal))
        {
            Assert.Ignore(table.TrimEnd());
        }

        Assert.That(script.ExitCode, Is.Zero, table + errors.Result);
    }
}
