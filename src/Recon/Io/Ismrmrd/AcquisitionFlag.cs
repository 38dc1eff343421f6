namespace Stardeq.Recon;

/// <summary>What a readout is or marks, as the number of its bit in <see cref="AcquisitionHeader.Flags"/>, counted from 1
/// (ismrmrd.h, ISMRMRD_AcquisitionFlags [INA17]).</summary>
public enum AcquisitionFlag
{
    /// <summary>First readout of a step along the second axis of k-space.</summary>
    FirstInEncodeStep1 = 1,

    /// <summary>Last readout of such a step.</summary>
    LastInEncodeStep1 = 2,

    /// <summary>First readout of a partition.</summary>
    FirstInEncodeStep2 = 3,

    /// <summary>Last readout of a partition.</summary>
    LastInEncodeStep2 = 4,

    /// <summary>First readout of an average.</summary>
    FirstInAverage = 5,

    /// <summary>Last readout of an average.</summary>
    LastInAverage = 6,

    /// <summary>First readout of a slice or slab.</summary>
    FirstInSlice = 7,

    /// <summary>Last readout of a slice or slab.</summary>
    LastInSlice = 8,

    /// <summary>First readout of a contrast.</summary>
    FirstInContrast = 9,

    /// <summary>Last readout of a contrast.</summary>
    LastInContrast = 10,

    /// <summary>First readout of a cardiac phase.</summary>
    FirstInPhase = 11,

    /// <summary>Last readout of a cardiac phase.</summary>
    LastInPhase = 12,

    /// <summary>First readout of a repetition.</summary>
    FirstInRepetition = 13,

    /// <summary>Last readout of a repetition.</summary>
    LastInRepetition = 14,

    /// <summary>First readout of a set.</summary>
    FirstInSet = 15,

    /// <summary>Last readout of a set.</summary>
    LastInSet = 16,

    /// <summary>First readout of a segment.</summary>
    FirstInSegment = 17,

    /// <summary>Last readout of a segment.</summary>
    LastInSegment = 18,

    /// <summary>Noise without signal, for the covariance of the coils.</summary>
    NoiseMeasurement = 19,

    /// <summary>Calibration for parallel imaging only, not part of the image.</summary>
    ParallelCalibration = 20,

    /// <summary>Calibration that is part of the image as well.</summary>
    ParallelCalibrationAndImaging = 21,

    /// <summary>Samples are stored in the order opposite to that of the other readouts.</summary>
    Reverse = 22,

    /// <summary>Navigator.</summary>
    NavigationData = 23,

    /// <summary>Phase correction.</summary>
    PhaseCorrectionData = 24,

    /// <summary>Last readout of the measurement.</summary>
    LastInMeasurement = 25,

    /// <summary>Feedback for the scanner.</summary>
    HighPrecisionFeedbackData = 26,

    /// <summary>Preparation, to be thrown away.</summary>
    DummyScanData = 27,

    /// <summary>Feedback in real time.</summary>
    RealTimeFeedbackData = 28,

    /// <summary>Scan for the correction of surface coils.</summary>
    SurfaceCoilCorrectionScanData = 29,

    /// <summary>Reference of a phase stabilisation.</summary>
    PhaseStabilizationReference = 30,

    /// <summary>Phase stabilisation.</summary>
    PhaseStabilization = 31,
}
