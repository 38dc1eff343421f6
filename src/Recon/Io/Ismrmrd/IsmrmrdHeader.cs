namespace Stardeq.Recon;

/// <summary>How k-space is traversed, as an ISMRMRD header names it.</summary>
public enum RawTrajectory
{
    /// <summary>Parallel lines.</summary>
    Cartesian,

    /// <summary>Parallel lines of alternating direction after one excitation.</summary>
    Epi,

    /// <summary>Spokes in any order.</summary>
    Radial,

    /// <summary>Spokes in steps of the golden angle.</summary>
    GoldenAngle,

    /// <summary>Spirals.</summary>
    Spiral,

    /// <summary>Something else.</summary>
    Other,
}

/// <summary>A box of k-space or of the image.</summary>
/// <param name="Matrix">Number of samples or voxels along x (read), y (phase), z (slice).</param>
/// <param name="FieldOfView">Extent along the same axes, mm.</param>
public sealed record EncodingSpace((int X, int Y, int Z) Matrix, (double X, double Y, double Z) FieldOfView);

/// <summary>Values that a counter takes.</summary>
/// <param name="Minimum">Smallest.</param>
/// <param name="Maximum">Largest.</param>
/// <param name="Centre">The one at the centre of k-space.</param>
public sealed record EncodingLimit(int Minimum, int Maximum, int Centre);

/// <summary>One encoding: what was sampled and what image is meant.</summary>
public sealed record RawEncoding
{
    /// <summary>Parameter of a described trajectory under which this program says its unit; the format itself leaves it open.</summary>
    public const string UnitParameter = "unit";

    /// <summary>Value of <see cref="UnitParameter"/> for cycles per pixel of the encoded matrix, the field's habit.</summary>
    public const string CyclesPerPixel = "cycles per pixel";

    /// <summary>What was sampled, oversampling included.</summary>
    public required EncodingSpace Encoded { get; init; }

    /// <summary>What image is meant.</summary>
    public required EncodingSpace Recon { get; init; }

    /// <summary>How k-space was traversed.</summary>
    public required RawTrajectory Trajectory { get; init; }

    /// <summary>Whether samples lie on a grid.</summary>
    public bool IsCartesian => Trajectory is RawTrajectory.Cartesian or RawTrajectory.Epi;

    /// <summary>Limits of the counters by their names in the file, for example <c>kspace_encoding_step_2</c>; those that the file does not give are absent.</summary>
    public IReadOnlyDictionary<string, EncodingLimit> Limits { get; init; } = new Dictionary<string, EncodingLimit>();

    /// <summary>Limit of the partitions, or null.</summary>
    public EncodingLimit? Partitions => Limits.GetValueOrDefault("kspace_encoding_step_2");

    /// <summary>Limit of the lines or spokes, or null.</summary>
    public EncodingLimit? Lines => Limits.GetValueOrDefault("kspace_encoding_step_1");

    /// <summary>Acceleration along steps 1 and 2; (1, 1) if the file says nothing.</summary>
    public (int Step1, int Step2) Acceleration { get; init; } = (1, 1);

    /// <summary>How calibration was acquired (embedded, separate, ...), or null.</summary>
    public string? CalibrationMode { get; init; }

    /// <summary>Name of a described trajectory, or null.</summary>
    public string? TrajectoryName { get; init; }

    /// <summary>Factor from the unit that the file names for its trajectory to cycles per field of view of the image, or null if it names none.</summary>
    public double? CyclesPerFieldOfView => TrajectoryParameters.GetValueOrDefault(UnitParameter) == CyclesPerPixel
        ? Encoded.FieldOfView.X > 0 && Recon.FieldOfView.X > 0 ? Encoded.Matrix.X * Recon.FieldOfView.X / Encoded.FieldOfView.X : Encoded.Matrix.X
        : null;

    /// <summary>Parameters of a described trajectory, as text.</summary>
    public IReadOnlyDictionary<string, string> TrajectoryParameters { get; init; } = new Dictionary<string, string>();
}

/// <summary>The header of a raw file: what a reconstruction must know of the scan [INA17]. Fields that the file does not give are null.</summary>
public sealed record IsmrmrdHeader
{
    /// <summary>Encodings; readouts name theirs by index.</summary>
    public required IReadOnlyList<RawEncoding> Encodings { get; init; }

    /// <summary>Resonance frequency of hydrogen, Hz.</summary>
    public required long ResonanceFrequency { get; init; }

    /// <summary>Receive channels of the system.</summary>
    public int? Channels { get; init; }

    /// <summary>Maker of the scanner.</summary>
    public string? Vendor { get; init; }

    /// <summary>Model of the scanner.</summary>
    public string? Model { get; init; }

    /// <summary>Field strength, tesla.</summary>
    public double? FieldStrength { get; init; }

    /// <summary>Receiver bandwidth of imaging scans over that of noise scans as far as the receiver's filter goes; scales the noise covariance.</summary>
    public double? RelativeReceiverNoiseBandwidth { get; init; }

    /// <summary>Where it was measured.</summary>
    public string? Institution { get; init; }

    /// <summary>How the patient lies: HFS (head first, supine), FFS, HFP, ...</summary>
    public string? PatientPosition { get; init; }

    /// <summary>Name of the protocol.</summary>
    public string? Protocol { get; init; }

    /// <summary>Repetition times, ms.</summary>
    public IReadOnlyList<double> RepetitionTimes { get; init; } = [];

    /// <summary>Echo times, ms.</summary>
    public IReadOnlyList<double> EchoTimes { get; init; } = [];

    /// <summary>Flip angles, degrees.</summary>
    public IReadOnlyList<double> FlipAngles { get; init; } = [];

    /// <summary>Free whole-number parameters.</summary>
    public IReadOnlyDictionary<string, long> UserIntegers { get; init; } = new Dictionary<string, long>();

    /// <summary>Free parameters.</summary>
    public IReadOnlyDictionary<string, double> UserNumbers { get; init; } = new Dictionary<string, double>();

    /// <summary>Free texts.</summary>
    public IReadOnlyDictionary<string, string> UserTexts { get; init; } = new Dictionary<string, string>();
}
