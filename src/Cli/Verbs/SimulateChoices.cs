using CommandLine;
using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>Options that say what to simulate; what is not given comes from the preset.</summary>
internal abstract class SimulateChoices : ProcessorOptions
{
    [Option("preset", Default = "tiny", MetaValue = "NAME", HelpText = "Sizes to start from: tiny (64 x 64, 4 coils, 16 subjects of 2 slices), small (128 x 128, 8 coils, 10 of 6) paper (320 x 320, 32 coils, 8 of 100), or scanner (256 x 256, 32 coils on a cylinder, correlated noise, one detailed abdomen of 18).")]
    public string Preset { get; set; } = "tiny";

    [Option("anatomy", MetaValue = "FILE", HelpText = "Image volume to cut subjects from: .nii, .nii.gz, or an array [z, y, x]. May be given several times; subjects take turns. Without it, random analytic abdomens.")]
    public IEnumerable<string> Anatomy { get; set; } = [];

    [Option("matrix", MetaValue = "N", HelpText = "Side of the image in pixels.")]
    public int? Matrix { get; set; }

    [Option("coils", MetaValue = "N", HelpText = "Receive coils.")]
    public int? Coils { get; set; }

    [Option("slices", MetaValue = "N", HelpText = "Slices of each subject that are used.")]
    public int? Slices { get; set; }

    [Option("partitions", MetaValue = "N", HelpText = "kz encodings of each subject; by default the slices and a tenth, at least one, at each end of the slab.")]
    public int? Partitions { get; set; }

    [Option("train-subjects", MetaValue = "N", HelpText = "Subjects for training.")]
    public int? TrainSubjects { get; set; }

    [Option("validation-subjects", MetaValue = "N", HelpText = "Further subjects on which training is watched.")]
    public int? ValidationSubjects { get; set; }

    [Option("test-subjects", MetaValue = "N", HelpText = "Further subjects that only measure the result.")]
    public int? TestSubjects { get; set; }

    [Option("spokes", MetaValue = "N", HelpText = "Spokes of a partition; by default pi/2 times the matrix: full sampling.")]
    public int? Spokes { get; set; }

    [Option("readout", MetaValue = "N", HelpText = "Samples of a spoke; by default twice the matrix.")]
    public int? Readout { get; set; }

    [Option("order", Default = "golden", MetaValue = "NAME", HelpText = "Order of the spoke angles: golden, uniform or full-circle.")]
    public string Order { get; set; } = "golden";

    [Option("golden-number", Default = 1, MetaValue = "N", HelpText = "Of the golden order: 1 for 111.25 degrees, more for tiny golden angles.")]
    public int GoldenNumber { get; set; } = 1;

    [Option("half-shift", HelpText = "Put k = 0 between two samples.")]
    public bool HalfShift { get; set; }

    [Option("snr", MetaValue = "X", HelpText = "Signal of a bright vessel over the standard deviation of the noise of one sample; by default 50.")]
    public double? SignalToNoise { get; set; }

    [Option("body", MetaValue = "NAME", HelpText = "Analytic subjects: simple, or detailed, a whole upper abdomen 200 mm high.")]
    public string? Body { get; set; }

    [Option("array", MetaValue = "NAME", HelpText = "Receive array: ring (smooth maps), or Biot-Savart loops on a cylinder or on two panels.")]
    public string? Array { get; set; }

    [Option("noise", MetaValue = "NAME", HelpText = "white, or correlated between coils by currents in the body, with a noise scan.")]
    public string? Noise { get; set; }

    [Option("delays", MetaValue = "X,Y,XY", HelpText = "Gradient delays in samples that displace the measured spokes.")]
    public string? Delays { get; set; }

    [Option("breathing", Default = 0.0, MetaValue = "MM", HelpText = "Way of the diaphragm from exhale to inhale; the front of the body moves by a quarter of it. Volumes follow the diaphragm as a whole, and need some slices more than partitions.")]
    public double Breathing { get; set; }

    [Option("breathing-period", Default = 4.0, MetaValue = "S", HelpText = "Seconds of a breath.")]
    public double BreathingPeriod { get; set; } = 4;

    [Option("repetition-time", Default = 4.0, MetaValue = "MS", HelpText = "Milliseconds from readout to readout; all partitions of a spoke, then the next spoke.")]
    public double RepetitionTime { get; set; } = 4;

    [Option("kz-fraction", Default = 1.0, MetaValue = "X", HelpText = "Part of the kz encodings that is measured, above 0.5; the first ones are left out.")]
    public double KzFraction { get; set; } = 1;

    [Option("seed", Default = 1L, MetaValue = "N", HelpText = "Seed of subjects, coils and noise.")]
    public long Seed { get; set; } = 1;

    [Option("truth", HelpText = "Also write the object and the true coil maps of each subject.")]
    public bool Truth { get; set; }

    /// <summary>What the options ask for.</summary>
    /// <exception cref="InputException">A value is not legal.</exception>
    public SimulationSettings Settings()
    {
        SimulationSettings preset = SimulationSettings.Preset(Preset);
        return preset.WithSlab(Count("--slices", Slices, 1), Count("--partitions", Partitions, 1)) with
        {
            Matrix = Count("--matrix", Matrix, 8) ?? preset.Matrix,
            Coils = Count("--coils", Coils, 1) ?? preset.Coils,
            TrainSubjects = Count("--train-subjects", TrainSubjects, 0) ?? preset.TrainSubjects,
            ValidationSubjects = Count("--validation-subjects", ValidationSubjects, 0) ?? preset.ValidationSubjects,
            TestSubjects = Count("--test-subjects", TestSubjects, 0) ?? preset.TestSubjects,
            Spokes = Count("--spokes", Spokes, 1) ?? preset.Spokes,
            Readout = Count("--readout", Readout, 2) ?? preset.Readout,
            Order = Choices.Order("--order", Order),
            GoldenNumber = Values.AtLeast("--golden-number", GoldenNumber, 1),
            Body = Body is { } body ? Choices.Body("--body", body) : Anatomy.Any() ? BodyKind.Simple : preset.Body,
            Array = Array is { } array ? Choices.Array("--array", array) : preset.Array,
            CorrelatedNoise = Noise is { } noise ? Values.Choice("--noise", noise, ("white", false), ("correlated", true)) : preset.CorrelatedNoise,
            Delays = Delays is { } delays ? GradientDelays.Parse("--delays", delays) : default,
            Breathing = new Breathing(Breathing, BreathingPeriod, RepetitionTime / 1000),
            KzFraction = KzFraction,
            HalfShift = HalfShift,
            SignalToNoise = SignalToNoise ?? preset.SignalToNoise,
            Seed = Values.AtLeast("--seed", Seed, 0),
            WriteTruth = Truth,
        };
    }

    private static int? Count(string option, int? value, int least) => value is { } given ? Values.AtLeast(option, given, least) : null;
}
