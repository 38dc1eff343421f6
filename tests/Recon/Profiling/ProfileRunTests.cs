using System.Text.Json;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

/// <summary>Profiles of small trainings: what is counted, and what is written.</summary>
public sealed class ProfileRunTests
{
    private const int Steps = 2, WarmUps = 1, Unrolls = 2;

    private string _folder = "";

    [OneTimeSetUp]
    public void Profile()
    {
        _folder = Path.Combine(Directory.CreateTempSubdirectory("stardeq-profile-test-").FullName, "profile");
        Table = Run(_folder, new CpuDevice(2), Steps);
    }

    [OneTimeTearDown]
    public void RemoveFolder() => Directory.Delete(Path.GetDirectoryName(_folder)!, recursive: true);

    private IReadOnlyList<string> Table { get; set; } = [];

    [Test]
    public void A_step_of_an_unrolled_model_calls_what_its_definition_says()
    {
        // A U-Net of one pooling has two 3 x 3 convolutions at each of the levels 0, 1 and 0 again. Each of the unrolls applies it
        // and the normal operator once; the way back visits each once more: the normal operator, which is its own adjoint,
        // at all unrolls but the first, whose input is data.
        using JsonDocument json = Read("profile.json");
        Dictionary<string, int> calls = json.RootElement.GetProperty("kernels").EnumerateArray().ToDictionary(
            kernel => kernel.GetProperty("name").GetString()!, kernel => kernel.GetProperty("calls").GetInt32());
        Assert.That(calls["conv2d 3x3"], Is.EqualTo(Steps * Unrolls * 6));
        Assert.That(calls["conv2d backward weight 3x3"], Is.EqualTo(Steps * Unrolls * 6));
        Assert.That(calls["normal operator"], Is.EqualTo(Steps * ((2 * Unrolls) - 1)));
        Assert.That(calls["transposed conv2d"], Is.EqualTo(Steps * Unrolls));
        Assert.That(calls["adam"] % Steps, Is.Zero, "one per parameter and step");

        double flops = json.RootElement.GetProperty("kernels").EnumerateArray().Single(kernel => kernel.GetProperty("name").GetString() == "conv2d 3x3").GetProperty("flops").GetDouble();
        double products = 9 * ((256 * ((2 * 4) + (4 * 4) + (8 * 4) + (4 * 4))) + (64 * ((4 * 8) + (8 * 8)))); // base 4; 16 x 16 pixels, and 8 x 8
        Assert.That(flops, Is.EqualTo(Steps * Unrolls * 2 * products));
    }

    [Test]
    public void The_json_adds_up()
    {
        using JsonDocument json = Read("profile.json");
        JsonElement root = json.RootElement;
        double total = root.GetProperty("total_seconds").GetDouble(), kernels = root.GetProperty("kernel_seconds").GetDouble();
        const double Rounding = 1e-9; // sums of times of some nanoseconds each
        Assert.That(root.GetProperty("steps").GetArrayLength(), Is.EqualTo(Steps));
        Assert.That(root.GetProperty("steps").EnumerateArray().Sum(step => step.GetDouble()), Is.EqualTo(total).Within(Rounding));
        Assert.That(root.GetProperty("kernels").EnumerateArray().Sum(kernel => kernel.GetProperty("seconds").GetDouble()), Is.EqualTo(kernels).Within(Rounding));
        Assert.That(root.GetProperty("phases").EnumerateArray().Sum(phase => phase.GetProperty("seconds").GetDouble()), Is.EqualTo(total).Within(Rounding));
        Assert.That(root.GetProperty("outside_seconds").GetDouble(), Is.EqualTo(total - kernels).Within(Rounding).And.GreaterThan(0));
        Assert.That(root.GetProperty("phases").EnumerateArray().Select(phase => phase.GetProperty("name").GetString()),
            Is.SupersetOf(new[] { "taped application", "backward", "update" }));
        long peak = root.GetProperty("peak_bytes").GetInt64();
        Assert.That(root.GetProperty("owners").EnumerateArray().Sum(owner => owner.GetProperty("bytes_at_peak").GetInt64()), Is.EqualTo(peak));
        Assert.That(root.GetProperty("held_at_peak").EnumerateArray().Sum(line => line.GetProperty("bytes").GetInt64()), Is.EqualTo(peak));
    }

    [Test]
    public void The_trace_is_made_of_legal_events_that_do_not_overlap_on_a_track()
    {
        using JsonDocument json = Read("trace.json");
        JsonElement[] events = [.. json.RootElement.GetProperty("traceEvents").EnumerateArray()];
        Assert.That(events.Select(one => one.GetProperty("ph").GetString()).Distinct(), Is.EquivalentTo(new[] { "M", "X", "C" }));
        Assert.That(events.All(one => one.GetProperty("pid").GetInt32() == 1 && one.GetProperty("name").GetString()!.Length > 0));
        const double Nanosecond = 1e-3; // start and duration are rounded on their own
        foreach (IGrouping<int, JsonElement> track in events.Where(one => one.GetProperty("ph").GetString() == "X").GroupBy(one => one.GetProperty("tid").GetInt32()))
        {
            double free = 0;
            foreach (JsonElement span in track)
            {
                double start = span.GetProperty("ts").GetDouble(), duration = span.GetProperty("dur").GetDouble();
                Assert.That(duration, Is.GreaterThanOrEqualTo(0));
                Assert.That(start, Is.GreaterThanOrEqualTo(free - Nanosecond), $"track {track.Key}: {span}");
                free = start + duration;
            }
        }

        JsonElement[] counters = [.. events.Where(one => one.GetProperty("ph").GetString() == "C")];
        Assert.That(counters, Is.Not.Empty);
        Assert.That(counters.SelectMany(one => one.GetProperty("args").EnumerateObject()).All(owner => owner.Value.GetInt64() >= 0), "nobody holds less than nothing");
    }

    [Test]
    public void The_page_is_complete_and_loads_nothing()
    {
        string page = File.ReadAllText(Path.Combine(_folder, "profile.html"));
        Assert.That(page, Does.Contain("conv2d 3x3").And.Contain("forward solve").And.Contain("Workspace").And.Contain("outside all kernels"));
        Assert.That(page.Split("<svg").Length - 1, Is.EqualTo(2), "timeline and roof");
        Assert.That(page, Does.Not.Contain("src=").And.Not.Contain("href="));
    }

    [Test]
    public void The_table_names_what_is_outside_all_kernels()
    {
        Assert.That(Table[0], Does.StartWith("2 x training step on cpu (2 threads): median "));
        Assert.That(Table, Has.Some.StartsWith("conv2d 3x3 ").And.Some.StartsWith("outside all kernels ").And.Some.StartsWith("managed heap: "));
    }

    [Test]
    public void On_a_GPU_launches_have_geometry_registers_and_occupancy()
    {
        CudaDevice cuda = SoftwareDriver.Open();
        string folder = Path.Combine(Path.GetDirectoryName(_folder)!, "gpu");
        Run(folder, cuda, steps: 1);
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "profile.json")));
        JsonElement[] launches = [.. json.RootElement.GetProperty("launches").EnumerateArray()];
        JsonElement[] kernels = [.. launches.Where(launch => launch.GetProperty("kind").GetString() == "kernel")];
        Assert.That(launches.Select(launch => launch.GetProperty("kind").GetString()), Has.Some.EqualTo("library").And.Some.EqualTo("memory"));
        Assert.That(kernels.Select(kernel => kernel.GetProperty("kernel").GetString()), Has.Some.EqualTo("toeplitz_pad").And.Some.EqualTo("adam_step"));
        foreach (JsonElement kernel in kernels)
        {
            Assert.That(kernel.GetProperty("grid").EnumerateArray().Select(extent => extent.GetInt32()), Is.All.AtLeast(1));
            Assert.That(kernel.GetProperty("registers").GetInt32(), Is.AtLeast(1));
            Assert.That(kernel.GetProperty("occupancy").GetDouble(), Is.InRange(1e-3, 1));
        }

        Assert.That(json.RootElement.GetProperty("roof").ValueKind, Is.EqualTo(JsonValueKind.Null), "that of a GPU is not measured");
        Assert.That((cuda.Spans, cuda.Ledger.Changed), Is.EqualTo(((SpanLog?)null, (Action<MemoryEvent>?)null)), "nobody watches any more");
    }

    [Test]
    public void More_steps_than_the_training_has_are_refused_and_leave_nothing()
    {
        string folder = Path.Combine(Path.GetDirectoryName(_folder)!, "long");
        Assert.That(() => Run(folder, new CpuDevice(1), steps: 1000), Throws.TypeOf<InputException>().With.Message.Contains("--steps"));
        Assert.That(Directory.Exists(folder), Is.False);
    }

    private JsonDocument Read(string name) => JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, name)));

    private static IReadOnlyList<string> Run(string folder, Device device, int steps)
    {
        // Four steps make an epoch, so that no validation falls into the steps that are watched.
        TrainingPlan plan = TrainingPlan.Open(
            "tiny", null, ["model=modl", $"unrolls={Unrolls}", "matrix=16", "coils=2", "slices=2", "train_subjects=2", "base=4", "poolings=1", "epochs=3"], null, null);
        var request = new ProfileRequest { Folder = folder, Steps = steps, WarmUps = WarmUps };
        return ProfileRun.Train(plan, request, device, NoProgress.Instance, CancellationToken.None);
    }
}
