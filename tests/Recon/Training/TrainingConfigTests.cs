using System.Text.Json;
using NUnit.Framework;
using Stardeq.Recon;

namespace Stardeq.Tests;

[TestFixture]
public sealed class TrainingConfigTests
{
    [Test]
    public void Every_preset_survives_json([Values("tiny", "small", "paper")] string preset)
    {
        TrainingConfig config = TrainingConfig.FromPreset(preset) with { LearningRate = 1.0 / 3, AndersonRidge = 1e-300 };
        Assert.That(ConfigFile.Compose(null, ConfigFile.ToJson(config), []), Is.EqualTo(config));
    }

    [Test]
    public void Every_property_has_exactly_one_key_and_every_value_round_trips_as_text()
    {
        TrainingConfig config = TrainingConfig.FromPreset("small");
        int properties = typeof(TrainingConfig).GetProperties().Count(p => p.SetMethod is { IsStatic: false });
        Assert.That(ConfigKeys.All.Select(key => key.Name).Distinct().Count(), Is.EqualTo(properties));
        foreach (ConfigKey key in ConfigKeys.All)
        {
            Assert.That(key.Set(config, key.Read(config)), Is.EqualTo(config), key.Name);
        }
    }

    [Test]
    public void Keys_of_simulated_data_are_refused_beside_data_that_are_there()
    {
        Assert.That(
            () => TrainingPlan.Open(null, null, ["matrix=32"], "dataset", null),
            Throws.TypeOf<InputException>().With.Message.Contains("--set matrix=32").And.Message.Contains("'dataset'"));
        Assert.That(TrainingPlan.Open(null, null, ["matrix=32"], null, null).Config.Matrix, Is.EqualTo(32));
        Assert.That(TrainingPlan.Open(null, null, ["acceleration=3"], "dataset", null).Config.Acceleration, Is.EqualTo(3));
    }

    [Test]
    public void Every_key_changes_its_own_property_only()
    {
        TrainingConfig config = new();
        HashSet<string> changed = [];
        foreach (ConfigKey key in ConfigKeys.All.Where(key => !key.Legal.Equals(key.Read(config), StringComparison.Ordinal)))
        {
            TrainingConfig other = key.Set(config, Another(key, config));
            string[] differing = [.. typeof(TrainingConfig).GetProperties().Where(p => p.SetMethod is { IsStatic: false } && !Equals(p.GetValue(config), p.GetValue(other))).Select(p => p.Name)];
            Assert.That(differing, Has.Length.EqualTo(1), key.Name);
            Assert.That(changed.Add(differing[0]), Is.True, key.Name);
        }
    }

    [Test]
    public void Single_keys_win_over_the_file_and_the_file_over_the_preset()
    {
        const string File = """{ "epochs": 7, "batch": 3 }""";
        TrainingConfig config = ConfigFile.Compose("small", File, ["batch=4", "batch=5"]);
        Assert.That(config, Is.EqualTo(TrainingConfig.FromPreset("small") with { Epochs = 7, Batch = 5 }));
    }

    [Test]
    public void The_preset_of_the_command_line_wins_over_that_of_the_file()
    {
        const string File = """{ "preset": "paper", "epochs": 7 }""";
        Assert.That(ConfigFile.Compose("small", File, []), Is.EqualTo(TrainingConfig.FromPreset("small") with { Epochs = 7 }));
        Assert.That(ConfigFile.Compose(null, File, []), Is.EqualTo(TrainingConfig.FromPreset("paper") with { Epochs = 7 }));
    }

    [TestCase("learning_rat=1", "'learning_rate'")]
    [TestCase("Learning_Rate=1", "'learning_rate'")]
    [TestCase("solver=andersen", "'anderson'")]
    [TestCase("denoiser=none", "residual, direct, averaged")]
    [TestCase("epochs=0", "whole number >= 1")]
    [TestCase("epochs=1.5", "whole number >= 1")]
    [TestCase("learning_rate=NaN", "learning_rate > 0")]
    [TestCase("learning_rate=1,5", "learning_rate > 0")]
    [TestCase("eta_max=2", "0 <= eta < 2")]
    [TestCase("eta_learned=yes", "true or false")]
    [TestCase("eta_init=1.95", "eta_max")]
    [TestCase("poolings=9", "poolings")]
    [TestCase("epochs", "key=value")]
    [TestCase("preset=small", "--preset")]
    public void A_wrong_assignment_says_what_is_legal(string assignment, string expected)
    {
        Assert.That(() => ConfigFile.Compose("tiny", null, [assignment]), Throws.TypeOf<InputException>().With.Message.Contains(expected));
    }

    [TestCase("layer=modl eta_init=0.5", "eta_init=0.5 has no effect")]
    [TestCase("jsense_outer=3", "jsense_outer=3 has no effect")]
    [TestCase("maps=jsense jsense_degree=3", "jsense_degree=3 has no effect")]
    [TestCase("maps=jsense jsense_basis=polynomial jsense_kernel=3", "jsense_kernel=3 has no effect")]
    [TestCase("maps=jsense jsense_kernel=33", "kernel width of 33")]
    [TestCase("maps=jsense jsense_calibration=9", "even number")]
    [TestCase("lambda_init=0.5", "layer=modl or layer=mol")]
    [TestCase("unrolls=3", "model=modl")]
    [TestCase("model=unet solver=picard", "model=ifdeq or model=deq")]
    [TestCase("model=modl adjoint=jfb", "model=ifdeq or model=deq")]
    [TestCase("adjoint_tolerance=0.1", "model=deq")]
    [TestCase("adjoint=implicit", "model=deq")]
    [TestCase("model=deq adjoint=neumann", "model=ifdeq")]
    [TestCase("layer=grad eta_max=1.5", "at most 0.95")]
    [TestCase("layer=grad eta_init=1", "above eta_max 0.95")]
    public void Choices_that_contradict_each_other_or_have_no_effect_are_refused(string assignments, string expected)
    {
        Assert.That(() => ConfigFile.Compose("tiny", null, assignments.Split(' ')), Throws.TypeOf<InputException>().With.Message.Contains(expected));
    }

    [TestCase("""{ "epoch": 3 }""", "'epochs'")]
    [TestCase("""{ "epochs": "3" }""", "without quotes")]
    [TestCase("""{ "solver": 3 }""", "in quotes")]
    [TestCase("""{ "epochs": 3, "epochs": 4 }""", "twice")]
    [TestCase("[1]", "expected an object")]
    [TestCase("{ epochs", "not valid JSON")]
    [TestCase("""{ "preset": "huge" }""", "tiny, small, paper")]
    [TestCase("""{ "preset": 1 }""", "in quotes")]
    public void A_wrong_file_says_what_is_legal(string json, string expected)
    {
        Assert.That(() => ConfigFile.Compose(null, json, []), Throws.TypeOf<InputException>().With.Message.Contains(expected));
    }

    [Test]
    public void Json_holds_numbers_as_numbers_and_truth_as_truth()
    {
        using JsonDocument document = JsonDocument.Parse(ConfigFile.ToJson(new TrainingConfig()));
        Assert.That(document.RootElement.GetProperty("anderson_ridge").GetDouble(), Is.EqualTo(1e-8));
        Assert.That(document.RootElement.GetProperty("eta_learned").GetBoolean(), Is.True);
        Assert.That(document.RootElement.GetProperty("image_norm").GetString(), Is.EqualTo("p99.9"));
    }

    // A legal value other than the present one.
    private static string Another(ConfigKey key, TrainingConfig config) => key.JsonKind switch
    {
        JsonValueKind.String when key.Legal.StartsWith("an amount", StringComparison.Ordinal) => "7MB",
        JsonValueKind.String => key.Legal.Split('|').First(value => value != key.Read(config)),
        JsonValueKind.True => key.Read(config) == "true" ? "false" : "true",
        _ => key.Legal.StartsWith("whole", StringComparison.Ordinal)
            ? (int.Parse(key.Read(config), System.Globalization.CultureInfo.InvariantCulture) + 1).ToString(System.Globalization.CultureInfo.InvariantCulture)
            : key.Legal.EndsWith("> 1", StringComparison.Ordinal) ? "2" : "0.25",
    };
}
