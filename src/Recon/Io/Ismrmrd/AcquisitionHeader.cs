using PureHDF;

namespace Stardeq.Recon;

/// <summary>All that is known of one readout besides its samples: the fields of ISMRMRD's acquisition header [INA17].
/// Arrays have the lengths they start with.</summary>
public sealed record AcquisitionHeader : PlacedHeader
{
    private const int MaskWords = 16, UserCount = 8, PhysiologyCount = 3;

    /// <summary>A header of a readout, still without contents.</summary>
    public AcquisitionHeader()
    {
    }

    /// <summary>A header of a readout of a volume at a place.</summary>
    /// <param name="geometry">The place.</param>
    public AcquisitionHeader(ImageGeometry geometry)
        : base(geometry)
    {
    }

    /// <summary>Version of the header.</summary>
    [H5Name("version")]
    public ushort Version { get; init; } = 1;

    /// <summary>Bits of <see cref="AcquisitionFlag"/>.</summary>
    [H5Name("flags")]
    public ulong Flags { get; init; }

    /// <summary>Identifier of the measurement.</summary>
    [H5Name("measurement_uid")]
    public uint MeasurementUid { get; init; }

    /// <summary>Number of the readout in the measurement.</summary>
    [H5Name("scan_counter")]
    public uint ScanCounter { get; init; }

    /// <summary>Time of the readout, in the scanner's ticks (2.5 ms on Siemens machines).</summary>
    [H5Name("acquisition_time_stamp")]
    public uint TimeStamp { get; init; }

    /// <summary>Times since physiological triggers, in ticks.</summary>
    [H5Name("physiology_time_stamp")]
    public uint[] PhysiologyTimeStamps { get; init; } = new uint[PhysiologyCount];

    /// <summary>Samples per channel.</summary>
    [H5Name("number_of_samples")]
    public ushort Samples { get; init; }

    /// <summary>Channels of the scanner.</summary>
    [H5Name("available_channels")]
    public ushort AvailableChannels { get; init; }

    /// <summary>Channels in this readout.</summary>
    [H5Name("active_channels")]
    public ushort Channels { get; init; }

    /// <summary>Which of the scanner's channels are active, 64 per number.</summary>
    [H5Name("channel_mask")]
    public ulong[] ChannelMask { get; init; } = new ulong[MaskWords];

    /// <summary>Samples to drop at the beginning.</summary>
    [H5Name("discard_pre")]
    public ushort DiscardBefore { get; init; }

    /// <summary>Samples to drop at the end.</summary>
    [H5Name("discard_post")]
    public ushort DiscardAfter { get; init; }

    /// <summary>Index of the sample at the centre of k-space.</summary>
    [H5Name("center_sample")]
    public ushort CentreSample { get; init; }

    /// <summary>Index of the encoding in the file's header that this readout belongs to.</summary>
    [H5Name("encoding_space_ref")]
    public ushort Encoding { get; init; }

    /// <summary>Coordinates per sample of the trajectory; 0 without one.</summary>
    [H5Name("trajectory_dimensions")]
    public ushort TrajectoryDimensions { get; init; }

    /// <summary>Time from sample to sample, microseconds.</summary>
    [H5Name("sample_time_us")]
    public float SampleTime { get; init; }

    /// <summary>Place in the loops of the sequence.</summary>
    [H5Name("idx")]
    public EncodingCounters Counters { get; init; } = new();

    /// <summary>Free for the sequence.</summary>
    [H5Name("user_int")]
    public int[] UserIntegers { get; init; } = new int[UserCount];

    /// <summary>Free for the sequence.</summary>
    [H5Name("user_float")]
    public float[] UserNumbers { get; init; } = new float[UserCount];

    /// <summary>Samples that remain after <see cref="DiscardBefore"/> and <see cref="DiscardAfter"/>.</summary>
    public int UsedSamples => Samples - DiscardBefore - DiscardAfter;

    /// <summary>Whether the readout carries the flag.</summary>
    public bool Has(AcquisitionFlag flag) => (Flags & Bit(flag)) != 0;

    /// <summary>The same header with flags added.</summary>
    public AcquisitionHeader With(params ReadOnlySpan<AcquisitionFlag> flags)
    {
        ulong bits = Flags;
        foreach (AcquisitionFlag flag in flags)
        {
            bits |= Bit(flag);
        }

        return this with { Flags = bits };
    }

    /// <summary>Whether the readout is part of the image: no noise, navigator, correction, feedback, dummy or separate calibration.</summary>
    public bool IsImaging => !Has(AcquisitionFlag.NoiseMeasurement) && !Has(AcquisitionFlag.NavigationData) && !Has(AcquisitionFlag.PhaseCorrectionData)
        && !Has(AcquisitionFlag.HighPrecisionFeedbackData) && !Has(AcquisitionFlag.DummyScanData) && !Has(AcquisitionFlag.RealTimeFeedbackData)
        && !Has(AcquisitionFlag.SurfaceCoilCorrectionScanData) && !Has(AcquisitionFlag.PhaseStabilizationReference)
        && !Has(AcquisitionFlag.PhaseStabilization) && !Has(AcquisitionFlag.ParallelCalibration);

    private static ulong Bit(AcquisitionFlag flag) => 1UL << ((int)flag - 1);
}
