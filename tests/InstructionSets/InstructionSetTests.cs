using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using NUnit.Framework;

namespace Stardeq.Tests;

/// <summary>
/// The runtime decides at start which vectors it uses, so the narrower forms of the kernels are tested in processes of their own,
/// in which environment variables of the runtime switch the wider ones off. Vectors of 128 bits are what ARM has too.
/// </summary>
[TestFixture("DOTNET_EnableAVX512", 256)]
[TestFixture("DOTNET_EnableAVX2", 128)]
public sealed class InstructionSetTests(string variable, int bits)
{
    // Fixtures that hold fast kernels against their definitions, in accuracy and in bits for any number of threads, on the CPU.
    private const string Fixtures =
        "Fft|Nufft|Toeplitz|Conv|Elementwise|Relu|Pool|Reduce|Complex|Pointwise|Adam|Padding|Concat|LeastSquares|Modul|Weighted|Sweep|Gradient|Equilibrium";

    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(3); // some 15 seconds on two quiet cores

    [OneTimeSetUp]
    public void RequireWiderVectors()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64 || !Vector256.IsHardwareAccelerated)
        {
            Assert.Ignore("instruction sets are switched off on processors with AVX2 only; here there is nothing to switch off.");
        }
    }

    [Test]
    public void The_setting_leaves_vectors_of_that_width()
    {
        string output = Run(
            [Path.Combine(AppContext.BaseDirectory, "stardeq.dll"), "bench", "--once", "--device", "cpu", "--case", "U-Net 64x64, base 8, 2 poolings: forward, gradients"]);
        Assert.That(output, Does.Contain($"vectors of {bits} bits"));
    }

    [Test]
    public void Kernels_pass_their_tests_with_these_vectors()
    {
        string output = Run(["vstest", typeof(InstructionSetTests).Assembly.Location, "--", $"NUnit.Where=test =~ /({Fixtures})[A-Za-z0-9]*Tests[(]cpu/"]);
        TestContext.Out.WriteLine(output);
        Assert.That(output, Does.Match(@"Failed: +0, Passed: +[1-9]"));
    }

    /// <summary>What a process of the runtime writes with the setting; it must succeed.</summary>
    private string Run(string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[variable] = "0";
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(s_limit))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{variable}=0: no end after {s_limit}.");
        }

        Assert.That(process.ExitCode, Is.Zero, $"{variable}=0: {output.Result}\n{error.Result}");
        return output.Result;
    }
}
