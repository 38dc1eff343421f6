namespace Stardeq.Recon;

/// <summary>Which readouts of a raw file form one image, and the refusals where that is not clear.</summary>
internal static class RawReadoutChoice
{
    private static readonly (string Name, Func<EncodingCounters, int> Value)[] s_single =
    [
        ("slices", c => c.Slice), ("averages", c => c.Average), ("contrasts", c => c.Contrast), ("cardiac phases", c => c.Phase),
        ("repetitions", c => c.Repetition), ("sets", c => c.Set),
    ];

    /// <summary>Indices of the readouts of the image, in order.</summary>
    /// <param name="file">Raw file.</param>
    /// <param name="encoding">Which encoding, or null if there may be only one.</param>
    /// <exception cref="InputException">None, or they differ in what must be equal.</exception>
    public static int[] Imaging(IsmrmrdFile file, int? encoding)
    {
        IReadOnlyList<AcquisitionHeader> all = file.Acquisitions;
        int[] imaging = [.. Enumerable.Range(0, all.Count).Where(i => all[i].IsImaging)];
        int[] encodings = [.. imaging.Select(i => (int)all[i].Encoding).Distinct().Order()];
        if (encoding is null && encodings.Length > 1)
        {
            throw new InputException($"'{file.Path}' mixes encodings: {string.Join(", ", encodings.Select(e => $"{imaging.Count(i => all[i].Encoding == e)} readouts of encoding {e}"))}. One image has one encoding; choose one.");
        }

        int[] chosen = [.. imaging.Where(i => encoding is null || all[i].Encoding == encoding)];
        if (chosen.Length == 0)
        {
            throw new InputException($"'{file.Path}' has {all.Count} readouts, but none of an image{(encoding is null ? "" : $" in encoding {encoding}")}: all are noise, calibration, navigators or the like{(encoding is null ? "" : ", or of another encoding")}.");
        }

        AcquisitionHeader first = all[chosen[0]];
        foreach (int i in chosen)
        {
            AcquisitionHeader other = all[i];
            if (other.UsedSamples != first.UsedSamples || other.Channels != first.Channels || other.TrajectoryDimensions != first.TrajectoryDimensions)
            {
                throw new InputException($"'{file.Path}': readout {i} has {other.UsedSamples} samples, {other.Channels} channels and {other.TrajectoryDimensions} coordinates; readout {chosen[0]} has {first.UsedSamples}, {first.Channels} and {first.TrajectoryDimensions}. All readouts of an image must be alike.");
            }
        }

        if (first.UsedSamples == 0 || first.Channels == 0)
        {
            throw new InputException($"'{file.Path}': the readouts of the image have {first.UsedSamples} samples of {first.Channels} channels; at least one of each was expected.");
        }

        foreach ((string name, Func<EncodingCounters, int> value) in s_single)
        {
            int[] values = [.. chosen.Select(i => value(all[i].Counters)).Distinct().Order()];
            if (values.Length > 1)
            {
                throw new InputException($"'{file.Path}' holds {values.Length} {name} ({string.Join(", ", values.Take(5))}{(values.Length > 5 ? ", ..." : "")}); one was expected. Split the file first, so that each image has its own.");
            }
        }

        return chosen;
    }

    /// <summary>The readouts of each partition in order of acquisition.</summary>
    /// <param name="file">Raw file.</param>
    /// <param name="imaging">Indices of the readouts.</param>
    /// <param name="partitions">Counter of each partition, ascending.</param>
    /// <exception cref="InputException">Partitions with different numbers of spokes, or off the encoded grid.</exception>
    public static int[][] ByPartition(IsmrmrdFile file, int[] imaging, out int[] partitions)
    {
        IGrouping<int, int>[] groups = [.. imaging.GroupBy(i => (int)file.Acquisitions[i].Counters.Step2).OrderBy(g => g.Key)];
        partitions = [.. groups.Select(g => g.Key)];
        int[] counts = [.. groups.Select(g => g.Count())];
        if (counts.Distinct().Count() > 1)
        {
            int least = Array.IndexOf(counts, counts.Min()), most = Array.IndexOf(counts, counts.Max());
            throw new InputException($"'{file.Path}': partition {partitions[least]} has {counts[least]} spokes and partition {partitions[most]} has {counts[most]}; a stack of stars has the same number in each. The file is incomplete, or mixes scans.");
        }

        int grid = file.Header.Encodings[file.Acquisitions[imaging[0]].Encoding].Encoded.Matrix.Z;
        return partitions[^1] < grid
            ? [.. groups.Select(g => g.ToArray())]
            : throw new InputException($"'{file.Path}' has a readout in partition {partitions[^1]}; the header says {grid} partitions, numbered from 0. Header and readouts contradict each other.");
    }
}
