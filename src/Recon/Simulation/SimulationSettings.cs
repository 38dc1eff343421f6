namespace Stardeq.Recon;

/// <summary>What a simulated dataset consists of. Every value goes into the dataset's record.</summary>
public sealed record SimulationSettings
{
    /// <summary>Side N of the square image in pixels.</summary>
    public required int Matrix { get; init; }

    /// <summary>Receive coils.</summary>
    public required int Coils { get; init; }

    /// <summary>kz encodings over the slab, equal to the slices after the kz transform.</summary>
    public required int Partitions { get; init; }

    /// <summary>Slices in the middle of the slab that are used; the outer ones suffer from the ends of the slab.</summary>
    public required int Slices { get; init; }

    /// <summary>Subjects for training.</summary>
    public required int TrainSubjects { get; init; }

    /// <summary>Subjects for validation.</summary>
    public required int ValidationSubjects { get; init; }

    /// <summary>Subjects for the test. No subject is in two groups.</summary>
    public required int TestSubjects { get; init; }

    /// <summary>Spokes of the full acquisition; 0 means ceil(π/2 · N), the radial Nyquist number.</summary>
    public int Spokes { get; init; }

    /// <summary>Samples per spoke; 0 means 2 N.</summary>
    public int Readout { get; init; }

    /// <summary>Order of the angles.</summary>
    public SpokeOrder Order { get; init; } = SpokeOrder.Golden;

    /// <summary>n of a tiny golden angle; 1 for the golden angle.</summary>
    public int GoldenNumber { get; init; } = 1;

    /// <summary>True if k = 0 lies between two samples.</summary>
    public bool HalfShift { get; init; }

    /// <summary>Signal 1 (a bright vessel, or the 99.9th percentile of an anatomy) over the standard deviation of the
    /// complex noise that one sample has, in the orthonormal scale.</summary>
    public double SignalToNoise { get; init; } = 50;

    /// <summary>Who lies in the scanner, unless volumes are given.</summary>
    public BodyKind Body { get; init; }

    /// <summary>Receive array.</summary>
    public CoilLayout Array { get; init; }

    /// <summary>Noise is correlated between coils as currents in the body make it (arrays other than the ring), and a noise
    /// scan is written.</summary>
    public bool CorrelatedNoise { get; init; }

    /// <summary>Gradient delays that displace the measured spokes; the trajectory stays nominal.</summary>
    public GradientDelays Delays { get; init; }

    /// <summary>What the subject does during the scan.</summary>
    public Breathing Breathing { get; init; } = new(Amplitude: 0, Period: 4, RepetitionTime: 0.004);

    /// <summary>Part of the kz encodings that is measured, from the last one down; the rest is zero. 1 for all.</summary>
    public double KzFraction { get; init; } = 1;

    /// <summary>Seed of everything random.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Also writes the object and the true maps of each subject.</summary>
    public bool WriteTruth { get; init; }

    /// <summary>Number of subjects of all groups.</summary>
    public int Subjects => TrainSubjects + ValidationSubjects + TestSubjects;

    /// <summary>Spokes with the default filled in.</summary>
    public int SpokeCount => Spokes > 0 ? Spokes : (int)Math.Ceiling(Math.PI / 2 * Matrix);

    /// <summary>Readout samples with the default filled in.</summary>
    public int ReadoutLength => Readout > 0 ? Readout : 2 * Matrix;

    /// <summary>First used slice: the used ones are in the middle.</summary>
    public int FirstSlice => (Partitions - Slices) / 2;

    /// <summary>First kz encoding that is measured.</summary>
    public int FirstPartition => Partitions - (int)Math.Ceiling((KzFraction * Partitions) - 1e-9);

    /// <summary>In-plane field of view, mm; abdomens are drawn for it.</summary>
    public const double FieldOfView = DetailedAbdomen.FieldOfView;

    /// <summary>Thickness of the slab, mm.</summary>
    public double Slab => FieldOfView * ReceiveRegion.Abdomen(Body).SlabPerFieldOfView;

    /// <summary>Slices of a volume that one subject takes: those of the slab, and those that breathing brings into it.</summary>
    public int VolumeSlices => Partitions + Breathing.SlicesAbove(Slab, Partitions);

    /// <summary>Group of a subject: first all of training, then validation, then test.</summary>
    public Split SplitOf(int subject) =>
        subject < TrainSubjects ? Split.Train : subject < TrainSubjects + ValidationSubjects ? Split.Validation : Split.Test;

    /// <summary>Settings by name.</summary>
    /// <param name="name">tiny: 24 + 8 slices of 64², 4 coils. small: 42 + 18 slices of 128², 8 coils. paper: 500 + 300 slices of 320², 32 coils.
    /// scanner: one detailed abdomen of 18 slices of 256², 32 coils on a cylinder, correlated noise.</param>
    /// <exception cref="InputException">Another name.</exception>
    public static SimulationSettings Preset(string name) => name == "scanner" ? Scanner : From(TrainingConfig.FromPreset(name));

    private static SimulationSettings Scanner { get; } = new()
    {
        Matrix = 256,
        Coils = 32,
        Slices = 18,
        Partitions = 20,
        TrainSubjects = 0,
        ValidationSubjects = 0,
        TestSubjects = 1,
        Body = BodyKind.Detailed,
        Array = CoilLayout.Cylinder,
        CorrelatedNoise = true,
    };

    /// <summary>What a training configuration asks for when it is given no data.</summary>
    public static SimulationSettings From(TrainingConfig config) => new()
    {
        Matrix = config.Matrix,
        Coils = config.Coils,
        Slices = config.Slices,
        Partitions = config.Slices + SparePartitions(config.Slices),
        TrainSubjects = config.TrainSubjects,
        ValidationSubjects = config.ValidationSubjects,
        TestSubjects = config.TestSubjects,
        SignalToNoise = config.SignalToNoise,
        Seed = config.Seed,
        WriteTruth = config.Maps == MapsKind.True,
    };

    /// <summary>Another thickness of the slab. Of slices and partitions, the one that is not given follows from the other.</summary>
    /// <param name="slices">Slices to use, or null.</param>
    /// <param name="partitions">kz encodings, or null.</param>
    public SimulationSettings WithSlab(int? slices, int? partitions) => (slices, partitions) switch
    {
        (null, null) => this,
        ({ } used, null) => this with { Slices = used, Partitions = used + SparePartitions(used) },
        (null, { } all) => this with { Slices = Math.Max(1, all - SparePartitions(all)), Partitions = all },
        ({ } used, { } all) => this with { Slices = used, Partitions = all },
    };

    /// <summary>Partitions beyond the used slices: one at each end of the slab, or a tenth of a thick slab.</summary>
    private static int SparePartitions(int slices) => 2 * Math.Max(1, slices / 10);

    /// <summary>Throws unless all sizes make sense.</summary>
    /// <exception cref="InputException">Names the setting, what came and what was expected.</exception>
    public void Validate()
    {
        foreach ((string name, int value, int least) in new[]
        {
            ("matrix", Matrix, 8), ("coils", Coils, 1), ("partitions", Partitions, 1), ("slices", Slices, 1), ("train subjects", TrainSubjects, 0),
            ("validation subjects", ValidationSubjects, 0), ("test subjects", TestSubjects, 0), ("spokes", SpokeCount, 1), ("readout", ReadoutLength, 2),
        })
        {
            if (value < least)
            {
                throw new InputException($"simulation: {name} = {value}; at least {least} was expected.");
            }
        }

        if (Slices > Partitions || Subjects < 1 || !(SignalToNoise > 0))
        {
            throw new InputException($"simulation: {Slices} slices of {Partitions} partitions, {Subjects} subjects, signal to noise {SignalToNoise}; expected slices ≤ partitions, at least one subject, and a positive ratio.");
        }

        if (!(KzFraction is > 0.5 and <= 1) || !(Breathing is { Amplitude: >= 0 and <= 100, Period: > 0, RepetitionTime: > 0 }))
        {
            throw new InputException($"simulation: {KzFraction} of the kz encodings, breathing {Breathing.Amplitude} mm in {Breathing.Period} s, {Breathing.RepetitionTime} s from readout to readout; expected a part above 0.5 and up to 1, 0 to 100 mm, and times above 0.");
        }

        if (CorrelatedNoise && Array == CoilLayout.Ring)
        {
            throw new InputException("simulation: correlated noise needs loops whose fields are known; choose the array cylinder or panels.");
        }
    }
}
