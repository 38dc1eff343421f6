using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class StoredProblemTests
{
    private const int Matrix = 24;

    private static readonly TrainingConfig s_config = TrainingConfig.FromPreset("tiny") with { Acceleration = 3, Density = DensityRule.Pipe, Maps = MapsKind.Walsh };

    private string _folder = "";

    [SetUp]
    public void WriteRawFiles()
    {
        _folder = Fixtures.TemporaryFolder();
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        var settings = new SimulationSettings { Matrix = Matrix, Coils = 3, Partitions = 2, Slices = 2, Spokes = 20, TrainSubjects = 3, ValidationSubjects = 0, TestSubjects = 0 };
        for (int subject = 0; subject < 3; subject++)
        {
            ArrayFile.Write(At($"s{subject}.npy"), DatasetSimulator.Simulate(settings, subject, scope, []).KSpace);
        }
    }

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [TestCase(true)]
    [TestCase(false)]
    public void Stored_problems_have_the_bits_of_those_that_are_made(bool storesMaps)
    {
        // Maps of all spokes are those of the dataset; maps of the kept ones belong to the problems.
        TrainingConfig config = s_config with { MapsFrom = storesMaps ? MapsSourceKind.Undersampled : MapsSourceKind.Full };
        DatasetFolder with = Prepare("with", config), without = Prepare("without", null);
        Assert.That(File.Exists(At("with/s0/problems/maps.npy")), Is.EqualTo(storesMaps));
        using SliceLoader stored = new(with, SliceChoices.From(config), Device.Cpu), made = new(without, SliceChoices.From(config), Device.Cpu);
        var all = new List<SliceProblem>();
        foreach (Split split in Enum.GetValues<Split>())
        {
            var lines = new Lines();
            IReadOnlyList<SliceProblem> a = Load(stored, split, config, lines), b = Load(made, split, config, NoProgress.Instance);
            Assert.That(lines.Texts.Single(), Does.EndWith("as prepared"));
            Assert.That(a, Has.Count.EqualTo(2));
            for (int s = 0; s < a.Count; s++)
            {
                Assert.That((a[s].Subject, a[s].Scale, a[s].AreaScale), Is.EqualTo((b[s].Subject, b[s].Scale, b[s].AreaScale)));
                foreach (Func<SliceProblem, Tensor?> part in s_parts)
                {
                    Assert.That(Fixtures.Reals(part(a[s])!), Is.EqualTo(Fixtures.Reals(part(b[s])!)));
                }
            }

            all.AddRange(a);
        }

        // Training and validation keep the same spokes and share a spectrum, which batches need; the test has another.
        Assert.That(all.Select(slice => slice.Spectrum).Distinct().Count(), Is.EqualTo(2));
    }

    [Test]
    public void Weights_and_spokes_are_stored_for_readers_of_the_files()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        DatasetFolder data = Prepare("data", s_config);
        using var loader = new SliceLoader(data, SliceChoices.From(s_config), Device.Cpu);
        RadialEncoding kept = loader.Make(data.Subjects(Split.Train)[0], s_config.TrainPattern, s_config.Acceleration).Kept;
        Assert.That(ArrayFile.Read(At("data/s0/problems/spokes.npy"), scope).ToArray<float>(), Is.EqualTo(kept.Spokes));
        Assert.That(ArrayFile.Read(At("data/s0/problems/weights.npy"), scope).ToArray<float>(), Is.EqualTo(kept.Weights.ToArray<float>()));
    }

    [Test]
    public void Subjects_share_weights_and_spectra_while_their_spokes_are_equal()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        DatasetFolder data = Prepare("data", null);
        DatasetSubject[] subjects = data.Description.Subjects;
        using var loader = new SliceLoader(new Turned(data, subjects[2].Name), SliceChoices.From(s_config), Device.Cpu);
        RadialEncoding Kept(int subject) => loader.Make(subjects[subject], UndersamplingPattern.Temporal, s_config.Acceleration).Kept;
        RadialEncoding first = Kept(0);
        loader.DropOtherEncodings();
        Assert.That(Kept(1), Is.SameAs(first));
        Assert.That(Kept(2).Weights.ToArray<float>(), Is.Not.EqualTo(first.Weights.ToArray<float>()));
        loader.DropOtherEncodings();
        Assert.That(() => first.Spectrum.ToArray<float>(), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void Other_choices_are_made_anew_and_the_difference_is_named()
    {
        DatasetFolder data = Prepare("data", s_config);
        TrainingConfig other = s_config with { Acceleration = 2, ImageNorm = ImageNorm.Max };
        using SliceLoader loader = new(data, SliceChoices.From(other), Device.Cpu), plain = new(Prepare("plain", null), SliceChoices.From(other), Device.Cpu);
        var lines = new Lines();
        SliceProblem slice = Load(loader, Split.Train, other, lines)[0], expected = Load(plain, Split.Train, other, NoProgress.Instance)[0];
        Assert.That(lines.Texts.Single(), Does.EndWith("made anew, because prepared were others: slices.encoding.norm max, not p999, acceleration 2, not 3"));
        Assert.That(Fixtures.Reals(slice.B), Is.EqualTo(Fixtures.Reals(expected.B)));
        ProblemChoices asked = ProblemChoices.From(s_config, Split.Train), bare = asked with { Slices = asked.Slices with { Maps = null } };
        Assert.That(bare.Difference(asked), Is.EqualTo("slices.maps none, not given"), "and not each of its settings");
    }

    [TestCase("problems/b.npy")]
    [TestCase("problems/problems.json")]
    [TestCase("subject.json")]
    public void A_file_that_was_changed_since_is_refused(string name)
    {
        DatasetFolder data = Prepare("data", s_config);
        File.AppendAllText(At($"data/s0/{name}"), " ");
        using var loader = new SliceLoader(data, SliceChoices.From(s_config), Device.Cpu);
        Assert.That(
            () => name == "subject.json" ? data.Geometry(data.Subjects(Split.Train)[0]) : (object)Load(loader, Split.Train, s_config, NoProgress.Instance),
            Throws.TypeOf<InputException>().With.Message.Contains("was changed or damaged"));
    }

    [Test]
    public void Interrupted_problems_are_finished_to_the_same_bytes()
    {
        Prepare("first", s_config);
        using var stop = new CancellationTokenSource();
        PreparationRequest request = Request(s_config);
        var progress = new StopWhenMaking(stop);
        Assert.That(() => PreparationRun.Write(At("second"), request, Device.Cpu, progress, stop.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(() => DatasetFolder.Open(At("second")), Throws.TypeOf<InputException>().With.Message.Contains("unfinished preparation"));
        Assert.That(Directory.Exists(At("second/s0/problems")), Is.True);
        Assert.That(Directory.Exists(At("second/s1/problems")), Is.False);
        File.AppendAllText(At("second/s0/problems/b.npy"), "x"); // damaged since: made again
        Prepare("second", s_config);
        string[] files = [.. Directory.EnumerateFiles(At("first"), "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(At("first"), file))];
        Assert.That(files, Does.Contain(Path.Combine("s2", "problems", "target.npy")));
        Assert.That(Directory.EnumerateFiles(At("second"), "*", SearchOption.AllDirectories).Count(), Is.EqualTo(files.Length));
        foreach (string file in files)
        {
            Assert.That(File.ReadAllBytes(At($"second/{file}")), Is.EqualTo(File.ReadAllBytes(At($"first/{file}"))), file);
        }
    }

    [Test]
    public void What_a_training_asks_for_comes_from_preset_keys_and_maps()
    {
        var none = new PreparationSettings();
        PreparationSettings usual = none.For(null, null, [], null);
        Assert.That(usual.Maps, Is.EqualTo(SliceChoices.Coils(TrainingConfig.FromPreset("tiny") with { Maps = MapsKind.Jsense })));
        Assert.That(usual.Problems!.Train, Is.EqualTo(ProblemChoices.From(TrainingConfig.FromPreset("tiny") with { Maps = MapsKind.Jsense }, Split.Train)));
        PreparationSettings chosen = none.For("small", null, ["acceleration=5"], "walsh");
        Assert.That((chosen.Maps!.Method, chosen.Problems!.Test.Acceleration), Is.EqualTo((CoilMapMethod.Walsh, 5)));
        PreparationSettings bare = none.For("none", null, [], "none");
        Assert.That((bare.Maps, bare.Problems), Is.EqualTo(((CoilMapChoice?)null, (ProblemSettings?)null)));
        Assert.That(() => none.For("none", null, ["acceleration=5"], null), Throws.TypeOf<InputException>());
        Assert.That(
            () => none.For(null, null, ["learning_rate=0.1"], null),
            Throws.TypeOf<InputException>().With.Message.Contains("--set learning_rate=0.1").And.Message.Contains("dcf, dcf_norm").And.Message.Contains("espirit_crop"));
        Assert.That(() => none.For(null, null, ["acceleratoin=5"], null), Throws.TypeOf<InputException>().With.Message.Contains("Did you mean 'acceleration'"));
        Assert.That(() => none.For(null, null, [], "true"), Throws.TypeOf<InputException>().With.Message.Contains("no true coil maps"));
    }

    [Test]
    public void Keys_that_concern_preparation_are_those_that_change_what_is_prepared()
    {
        static bool IsPrepared(ConfigKey key, string value)
        {
            TrainingConfig config = s_config with { Maps = MapsKind.Jsense, Seed = 3 };
            return ProblemSettings.From(key.Set(config, value)) != ProblemSettings.From(config);
        }

        string[] values = ["true", "false", "1", "2", "4", "0.25", "0.75", .. ConfigKeys.All.SelectMany(key => key.Legal.Split('|'))];
        Assert.That(
            ConfigKeys.All.Where(key => values.Where(value => IsLegal(key, value)).Any(value => IsPrepared(key, value))).Select(key => key.Name),
            Is.EquivalentTo(PreparationKeys.All.Select(key => key.Name)));
    }

    private static bool IsLegal(ConfigKey key, string value)
    {
        try
        {
            key.Set(s_config, value);
            return true;
        }
        catch (InputException)
        {
            return false;
        }
    }

    private static readonly Func<SliceProblem, Tensor?>[] s_parts =
    [
        slice => slice.B, slice => slice.Target, slice => slice.Maps, slice => slice.Support, slice => slice.Spectrum, slice => slice.Gridded, slice => slice.Plain!.B, slice => slice.Plain!.Spectrum,
    ];

    private static IReadOnlyList<SliceProblem> Load(SliceLoader loader, Split split, TrainingConfig config, IProgressReport progress)
    {
        ProblemChoices choices = ProblemChoices.From(config, split);
        return [.. loader.Load(split, choices.Pattern, choices.Acceleration, progress, default).Cast<SliceProblem>()];
    }

    private DatasetFolder Prepare(string folder, TrainingConfig? config)
    {
        PreparationRun.Write(At(folder), Request(config), Device.Cpu, NoProgress.Instance, default);
        return DatasetFolder.Open(At(folder));
    }

    private PreparationRequest Request(TrainingConfig? config) => new()
    {
        Inputs = [RawInput.Parse(At("s0.npy"), Split.Train), RawInput.Parse(At("s1.npy"), Split.Validation), RawInput.Parse(At("s2.npy"), Split.Test)],
        Source = new RawSource { Matrix = Matrix, Angles = new SpokeAngles() },
        Settings = new PreparationSettings { Maps = SliceChoices.Coils(s_config), Problems = config is null ? null : ProblemSettings.From(config) },
    };

    private string At(string name) => Path.Combine(_folder, name);

    private sealed class Lines : IProgressReport
    {
        public List<string> Texts { get; } = [];

        public void Begin(string work, long total)
        {
        }

        public void Step(long done, params ReadOnlySpan<ProgressReading> readings)
        {
        }

        public void Line(string text) => Texts.Add(text);
    }

    private sealed class StopWhenMaking(CancellationTokenSource stop) : IProgressReport
    {
        private bool _isMaking;

        public void Begin(string work, long total) => _isMaking = work == "making problems";

        public void Step(long done, params ReadOnlySpan<ProgressReading> readings)
        {
            if (_isMaking)
            {
                stop.Cancel();
            }
        }

        public void Line(string text)
        {
        }
    }

    /// <summary>A dataset in which one subject has other angles.</summary>
    private sealed class Turned(ISliceSource data, string name) : ISliceSource
    {
        public DatasetDescription Description => data.Description;

        public ISubjectSlices OpenSlices(DatasetSubject subject) => subject.Name == name ? new TurnedSlices(data.OpenSlices(subject)) : data.OpenSlices(subject);

        public FileArray? CoilMaps(DatasetSubject subject, CoilMapChoice? choice) => data.CoilMaps(subject, choice);

        public FileArray? TrueMaps(DatasetSubject subject) => data.TrueMaps(subject);

        public ProblemFolder? OpenProblems(DatasetSubject subject) => data.OpenProblems(subject);
    }

    private sealed class TurnedSlices(ISubjectSlices slices) : ISubjectSlices
    {
        public SpokeGeometry Geometry { get; } = slices.Geometry with { Angles = [.. slices.Geometry.Angles.Select(angle => angle * 0.9)] };

        public int Together => slices.Together;

        public Tensor Read(int first, int count, TensorScope scope) => slices.Read(first, count, scope);
    }
}
