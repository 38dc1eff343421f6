using System.Globalization;
using System.Reflection;
using System.Security;
using System.Text.RegularExpressions;
using NUnit.Framework.Api;
using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;

namespace Stardeq.Tests;

/// <summary>Runs the tests of this assembly by NUnit's own runner, and writes what did not pass.</summary>
/// <param name="output">Where the verdicts go.</param>
internal sealed class CudaSuite(TextWriter output) : ITestListener
{
    private readonly Dictionary<TestStatus, int> _counts = [];
    private readonly Dictionary<string, int> _reasonsToSkip = new(StringComparer.Ordinal);

    /// <summary>Runs all tests but those that name the CPU as their device and those that need the source tree.</summary>
    /// <param name="only">Part of the names; empty takes all.</param>
    /// <returns>Whether at least one ran and none failed.</returns>
    public bool Run(string only)
    {
        var runner = new NUnitTestAssemblyRunner(new DefaultTestAssemblyBuilder());
        string work = Directory.CreateTempSubdirectory("stardeq-acceptance").FullName;
        try
        {
            runner.Load(Assembly.GetExecutingAssembly(), new Dictionary<string, object> { ["WorkDirectory"] = work });
            string part = SecurityElement.Escape(Regex.Escape(only));
            string filter = $"<filter><and><test re='1'>(?i){part}</test><not><test re='1'>\\(cpu\\b</test></not><not><cat>{Repository.ReadsSources}</cat></not></and></filter>";
            ITestResult result = runner.Run(this, TestFilter.FromXml(filter));
            foreach ((string reason, int count) in _reasonsToSkip)
            {
                output.WriteLine($"skipped {count}: {reason}");
            }

            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{Count(TestStatus.Passed)} passed, {Count(TestStatus.Failed)} failed, {Count(TestStatus.Skipped)} skipped in {result.Duration:0} s"));
            return result.ResultState.Status != TestStatus.Failed && Count(TestStatus.Passed) > 0;
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    public void TestFinished(ITestResult result)
    {
        bool failedOutsideItsTests = result.ResultState is { Status: TestStatus.Failed, Site: FailureSite.SetUp or FailureSite.TearDown };
        if (result.Test.IsSuite && !failedOutsideItsTests)
        {
            return;
        }

        TestStatus status = result.ResultState.Status;
        _counts[status] = Count(status) + 1;
        if (status == TestStatus.Failed)
        {
            output.WriteLine($"FAIL  {result.FullName}\n{Indented(result.Message)}");
        }
        else if (status == TestStatus.Skipped)
        {
            string reason = result.Message ?? "";
            _reasonsToSkip[reason] = _reasonsToSkip.GetValueOrDefault(reason) + 1;
        }
    }

    public void TestStarted(ITest test)
    {
    }

    public void TestOutput(TestOutput output)
    {
    }

    public void SendMessage(TestMessage message)
    {
    }

    private int Count(TestStatus status) => _counts.GetValueOrDefault(status);

    private static string Indented(string? text) => "      " + (text ?? "").Trim().Replace("\n", "\n      ", StringComparison.Ordinal);
}
