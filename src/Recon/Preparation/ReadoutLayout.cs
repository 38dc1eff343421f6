namespace Stardeq.Recon;

/// <summary>Where a readout goes.</summary>
/// <param name="Partition">Index on the whole grid.</param>
/// <param name="MeasuredPartition">Index among the measured partitions.</param>
/// <param name="Spoke">Number of the spoke in its partition.</param>
internal readonly record struct ReadoutPlace(int Partition, int MeasuredPartition, int Spoke);

/// <summary>The places of the imaging readouts of a file in one stack of stars.</summary>
internal sealed class ReadoutLayout
{
    private ReadoutLayout(ReadoutPlace[] places, int partitions, int measured, int spokes)
    {
        (Places, Partitions, MeasuredPartitions, Spokes) = (places, partitions, measured, spokes);
    }

    /// <summary>One per imaging readout, in the order of the file.</summary>
    public ReadoutPlace[] Places { get; }

    /// <summary>Partitions of the whole grid.</summary>
    public int Partitions { get; }

    /// <summary>Partitions with data.</summary>
    public int MeasuredPartitions { get; }

    /// <summary>Spokes of each partition.</summary>
    public int Spokes { get; }

    /// <summary>Sorts readouts by their counters.</summary>
    /// <param name="path">File, for messages.</param>
    /// <param name="file">Its headers.</param>
    /// <param name="imaging">Indices of the imaging readouts.</param>
    /// <exception cref="InputException">Several volumes, mixed encodings, other sizes, or spokes that are missing or come twice.</exception>
    public static ReadoutLayout Of(string path, IsmrmrdFile file, int[] imaging)
    {
        AcquisitionHeader[] headers = [.. imaging.Select(i => file.Acquisitions[i])];
        RequireOne(path, headers, "encodings", h => h.Encoding);
        RequireOne(path, headers, "channel counts", h => h.Channels);
        RequireOne(path, headers, "readout lengths", h => h.UsedSamples);
        RequireOne(path, headers, "trajectory dimensions", h => h.TrajectoryDimensions);
        RequireOne(path, headers, "averages", h => h.Counters.Average);
        RequireOne(path, headers, "slabs", h => h.Counters.Slice);
        RequireOne(path, headers, "contrasts", h => h.Counters.Contrast);
        RequireOne(path, headers, "cardiac phases", h => h.Counters.Phase);
        RequireOne(path, headers, "repetitions", h => h.Counters.Repetition);
        RequireOne(path, headers, "sets", h => h.Counters.Set);
        if (headers.Any(h => h.Has(AcquisitionFlag.Reverse) && h.TrajectoryDimensions == 0))
        {
            throw new InputException($"'{path}' has reversed readouts and no trajectory; which way each spoke runs would be a guess. Store the trajectory in the file.");
        }

        int[] measured = [.. headers.Select(h => (int)h.Counters.Step2).Distinct().Order()];
        RawEncoding encoding = file.Header.Encodings[headers[0].Encoding];
        int partitions = Math.Max(encoding.Encoded.Matrix.Z, measured.Length), centre = encoding.Partitions?.Centre ?? partitions / 2;
        int[] targets = [.. measured.Select(index => index - centre + (partitions / 2))];
        if (targets[0] < 0 || targets[^1] >= partitions)
        {
            throw new InputException($"'{path}' has partitions {measured[0]} to {measured[^1]} with kz = 0 at {centre}, which do not fit the {partitions} encoded ones. The header's limits are wrong.");
        }

        if (measured[^1] - measured[0] + 1 != measured.Length)
        {
            throw new InputException($"'{path}' has {measured.Length} of the partitions {measured[0]} to {measured[^1]}; gaps along kz alias slices onto each other, which slice-by-slice reconstruction cannot undo. Acquire all partitions, or a contiguous part of them.");
        }

        Dictionary<int, int> spokes = headers.Select(h => (int)h.Counters.Step1).Distinct().Order().Select((step, spoke) => (step, spoke)).ToDictionary(pair => pair.step, pair => pair.spoke);
        ReadoutPlace[] places = [.. headers.Select(h => new ReadoutPlace(h.Counters.Step2 - centre + (partitions / 2), h.Counters.Step2 - measured[0], spokes[h.Counters.Step1]))];
        int distinct = places.Distinct().Count(), full = measured.Length * spokes.Count;
        return places.Length == full && distinct == full
            ? new ReadoutLayout(places, partitions, measured.Length, spokes.Count)
            : throw new InputException($"'{path}' has {places.Length} readouts, {distinct} of them different, for {measured.Length} partitions of {spokes.Count} spokes; {full} were expected, each once. The scan is incomplete or its counters are wrong.");
    }

    private static void RequireOne(string path, AcquisitionHeader[] headers, string what, Func<AcquisitionHeader, int> value)
    {
        int[] values = [.. headers.Select(value).Distinct().Order()];
        if (values.Length > 1)
        {
            throw new InputException($"'{path}' mixes {values.Length} {what} ({string.Join(", ", values.Take(6))}{(values.Length > 6 ? ", ..." : "")}); one stack of stars was expected. Split the file.");
        }
    }
}
