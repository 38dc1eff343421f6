namespace Stardeq.Recon;

/// <summary>Readouts as elements of the HDF5 dataset <c>data</c>: the members that libismrmrd looks up by name.</summary>
internal static class AcquisitionLayout
{
    private static readonly Hdf5Record<EncodingCounters> s_counters = new(
        ("kspace_encode_step_1", Hdf5Type.UInt16, (c, w) => w.Write(c.Step1)),
        ("kspace_encode_step_2", Hdf5Type.UInt16, (c, w) => w.Write(c.Step2)),
        ("average", Hdf5Type.UInt16, (c, w) => w.Write(c.Average)),
        ("slice", Hdf5Type.UInt16, (c, w) => w.Write(c.Slice)),
        ("contrast", Hdf5Type.UInt16, (c, w) => w.Write(c.Contrast)),
        ("phase", Hdf5Type.UInt16, (c, w) => w.Write(c.Phase)),
        ("repetition", Hdf5Type.UInt16, (c, w) => w.Write(c.Repetition)),
        ("set", Hdf5Type.UInt16, (c, w) => w.Write(c.Set)),
        ("segment", Hdf5Type.UInt16, (c, w) => w.Write(c.Segment)),
        ("user", Hdf5Type.UInt16.Times(8), (c, w) => w.WriteAll(c.User, 8)));

    private static readonly Hdf5Record<AcquisitionHeader> s_head = new(
    [
        ("version", Hdf5Type.UInt16, (h, w) => w.Write(h.Version)),
        ("flags", Hdf5Type.UInt64, (h, w) => w.Write(h.Flags)),
        ("measurement_uid", Hdf5Type.UInt32, (h, w) => w.Write(h.MeasurementUid)),
        ("scan_counter", Hdf5Type.UInt32, (h, w) => w.Write(h.ScanCounter)),
        ("acquisition_time_stamp", Hdf5Type.UInt32, (h, w) => w.Write(h.TimeStamp)),
        ("physiology_time_stamp", Hdf5Type.UInt32.Times(3), (h, w) => w.WriteAll(h.PhysiologyTimeStamps, 3)),
        ("number_of_samples", Hdf5Type.UInt16, (h, w) => w.Write(h.Samples)),
        ("available_channels", Hdf5Type.UInt16, (h, w) => w.Write(h.AvailableChannels)),
        ("active_channels", Hdf5Type.UInt16, (h, w) => w.Write(h.Channels)),
        ("channel_mask", Hdf5Type.UInt64.Times(16), (h, w) => w.WriteAll(h.ChannelMask, 16)),
        ("discard_pre", Hdf5Type.UInt16, (h, w) => w.Write(h.DiscardBefore)),
        ("discard_post", Hdf5Type.UInt16, (h, w) => w.Write(h.DiscardAfter)),
        ("center_sample", Hdf5Type.UInt16, (h, w) => w.Write(h.CentreSample)),
        ("encoding_space_ref", Hdf5Type.UInt16, (h, w) => w.Write(h.Encoding)),
        ("trajectory_dimensions", Hdf5Type.UInt16, (h, w) => w.Write(h.TrajectoryDimensions)),
        ("sample_time_us", Hdf5Type.Single, (h, w) => w.Write(h.SampleTime)),
        .. PlacedHeader.Members<AcquisitionHeader>(),
        ("idx", s_counters.Type, (h, w) => s_counters.Write(h.Counters, w)),
        ("user_int", Hdf5Type.Int32.Times(8), (h, w) => w.WriteAll(h.UserIntegers, 8)),
        ("user_float", Hdf5Type.Single.Times(8), (h, w) => w.WriteAll(h.UserNumbers, 8)),
    ]);

    /// <summary>The record of a readout in a file; its samples and trajectory go to the heap.</summary>
    /// <param name="heap">Heap of the file.</param>
    public static Hdf5Record<Readout> In(Hdf5Heap heap) => new(
        ("head", s_head.Type, (r, w) => s_head.Write(r.Header, w)),
        ("traj", Hdf5Type.Single.Sequence(), (r, w) => heap.Add(System.Runtime.InteropServices.MemoryMarshal.AsBytes(r.Trajectory.AsSpan()), r.Trajectory.Length, w)),
        ("data", Hdf5Type.Single.Sequence(), (r, w) => heap.Add(System.Runtime.InteropServices.MemoryMarshal.AsBytes(r.Samples.AsSpan()), r.Samples.Length, w)));
}
