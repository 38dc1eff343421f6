using NUnit.Framework;
using NUnit.Framework.Interfaces;
using Stardeq.Tests;

[assembly: ReportsMustBeEmpty]

namespace Stardeq.Tests;

/// <summary>
/// After every test: the software CUDA driver must have reported nothing, unless the test took its reports. So a wrong
/// access, a race or a misuse of the driver fails the test in which it happens.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class ReportsMustBeEmptyAttribute : Attribute, ITestAction
{
    public ActionTargets Targets => ActionTargets.Test;

    public void BeforeTest(ITest test)
    {
    }

    public void AfterTest(ITest test)
    {
        if (SoftwareDriver.IsOpen && Emulator.IsRunning)
        {
            Assert.That(Emulator.TakeReports(), Is.Empty, "reports of the software CUDA driver");
        }
    }
}
