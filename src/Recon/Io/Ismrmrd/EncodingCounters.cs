using PureHDF;

namespace Stardeq.Recon;

/// <summary>Where in the loops of the sequence a readout belongs; every counter starts at 0.</summary>
public sealed record EncodingCounters
{
    /// <summary>Number of user counters.</summary>
    public const int UserCount = 8;

    /// <summary>Phase-encoding line, or spoke.</summary>
    [H5Name("kspace_encode_step_1")]
    public ushort Step1 { get; init; }

    /// <summary>Partition.</summary>
    [H5Name("kspace_encode_step_2")]
    public ushort Step2 { get; init; }

    /// <summary>Average.</summary>
    [H5Name("average")]
    public ushort Average { get; init; }

    /// <summary>Slice or slab.</summary>
    [H5Name("slice")]
    public ushort Slice { get; init; }

    /// <summary>Contrast, for example the echo.</summary>
    [H5Name("contrast")]
    public ushort Contrast { get; init; }

    /// <summary>Cardiac phase.</summary>
    [H5Name("phase")]
    public ushort Phase { get; init; }

    /// <summary>Repetition, for example the frame.</summary>
    [H5Name("repetition")]
    public ushort Repetition { get; init; }

    /// <summary>Set, for example the flow encoding.</summary>
    [H5Name("set")]
    public ushort Set { get; init; }

    /// <summary>Segment.</summary>
    [H5Name("segment")]
    public ushort Segment { get; init; }

    /// <summary>Free for the sequence, <see cref="UserCount"/> numbers.</summary>
    [H5Name("user")]
    public ushort[] User { get; init; } = new ushort[UserCount];
}
