namespace Stardeq.Recon;

/// <summary>Writer of ISMRMRD raw files, which libismrmrd and the programs built on it read [INA17].</summary>
public static class IsmrmrdWriter
{
    /// <summary>Name of the group, as the tools of the format expect it.</summary>
    public const string Group = "dataset";

    /// <summary>Writes a file atomically; readouts are taken one by one, so that the whole need not be in memory.</summary>
    /// <param name="path">Destination.</param>
    /// <param name="header">What was scanned.</param>
    /// <param name="readouts">At least one; each with as many numbers as its header says.</param>
    /// <exception cref="InputException">No readout, or one that contradicts its header; or writing failed.</exception>
    public static void Write(string path, IsmrmrdHeader header, IEnumerable<Readout> readouts) => AtomicFile.Write(path, stream =>
    {
        var file = new Hdf5Writer(stream);
        using var records = new MemoryStream();
        using var writer = new BinaryWriter(records);
        Hdf5Record<Readout> layout = AcquisitionLayout.In(file.Heap);
        int count = 0;
        foreach (Readout readout in readouts)
        {
            Check(path, readout, count++);
            layout.Write(readout, writer);
        }

        if (count == 0)
        {
            throw new InputException($"'{path}' was to be written without readouts; at least one was expected.");
        }

        file.Heap.Flush();
        long data = file.Dataset(layout.Type, [count], records.WriteTo), xml = file.TextDataset(IsmrmrdHeaderWriter.Format(header));
        file.Finish(file.Group((Group, file.Group(("data", data), ("xml", xml)))));
    });

    private static void Check(string path, Readout readout, int index)
    {
        AcquisitionHeader h = readout.Header;
        if (readout.Samples.Length != 2L * h.Samples * h.Channels || readout.Trajectory.Length != (long)h.Samples * h.TrajectoryDimensions)
        {
            throw new InputException($"'{path}': readout {index} has {readout.Samples.Length} numbers and a trajectory of {readout.Trajectory.Length}; its header says {h.Samples} complex samples of {h.Channels} channels and {h.TrajectoryDimensions} coordinates.");
        }
    }
}
