using System.Text.Json;
using NUnit.Framework;

namespace Stardeq.Tests;

/// <summary>What <c>plan</c> predicts and what <c>profile</c> measures, each by its own road from the command line.</summary>
public sealed class PlanAndProfileTests : CommandLineSession
{
    // One subject of each group, so that few slices have to be simulated; the sizes of images, coils and networks are those of the presets.
    private const string Few = "slices=2 train_subjects=1 validation_subjects=1 test_subjects=1";

    [TestCase("--preset tiny", "")]
    [TestCase("--preset tiny --model deq", "")]
    [TestCase("--preset tiny --model modl", "")]
    [TestCase("--preset tiny --model modl", "unrolls=10 checkpointing=true")]
    [TestCase("--preset tiny", "sn=reshape")]
    [TestCase("--preset tiny", "data_memory=1MB")]
    [TestCase("--preset small", "")]
    [TestCase("--preset small --model modl", "")]
    public void A_plan_names_the_peak_that_a_profile_measures(string choices, string keys)
    {
        string settings = $"{choices} --device cpu --threads 2 --set {Few} {keys}";
        Succeed($"profile train {settings} --steps 2 --warm-ups 1 --out @p");
        Succeed($"plan {settings} --json @plan.json");
        using JsonDocument profile = JsonDocument.Parse(File.ReadAllText(At("p/profile.json"))), plan = JsonDocument.Parse(File.ReadAllText(At("plan.json")));
        long measured = profile.RootElement.GetProperty("peak_bytes").GetInt64(), predicted = plan.RootElement.GetProperty("peak_bytes").GetInt64();
        TestContext.Out.WriteLine($"{predicted:N0} predicted, {measured:N0} measured");
        Assert.That((double)predicted, Is.EqualTo((double)measured).Within(0.03 * measured)); // what README promises
    }
}
