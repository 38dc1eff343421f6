using PureHDF;

namespace Stardeq.Recon;

/// <summary>
/// A raw file in the ISMRM raw data format [INA17], HDF5 flavour: a group with the text <c>xml</c> and the readouts <c>data</c>.
/// Opening reads the header and the headers of all readouts; samples are read block by block.
/// </summary>
public sealed class IsmrmrdFile
{
    private const int BlockBytes = 1 << 26;

    private readonly string _dataset;

    private IsmrmrdFile(string path, string dataset, IsmrmrdHeader header, AcquisitionHeader[] acquisitions)
    {
        (Path, _dataset, Header, Acquisitions) = (path, dataset, header, acquisitions);
    }

    /// <summary>Name of the file.</summary>
    public string Path { get; }

    /// <summary>What was scanned.</summary>
    public IsmrmrdHeader Header { get; }

    /// <summary>Headers of all readouts, noise scans and the like included, in the order of the file.</summary>
    public IReadOnlyList<AcquisitionHeader> Acquisitions { get; }

    /// <summary>Opens a file and checks its headers.</summary>
    /// <exception cref="InputException">Missing, damaged, without readouts, or with a header that contradicts itself.</exception>
    public static IsmrmrdFile Open(string path)
    {
        using Hdf5File file = Hdf5File.Open(path);
        string group = FindGroup(path, file);
        Hdf5Dataset xml = file.Dataset($"/{group}/xml"), data = file.Dataset($"/{group}/data");
        if (data.Dimensions is not [var count] || count == 0 || data.Class != H5DataTypeClass.Compound)
        {
            throw new InputException($"'{path}' has readouts {data.Describe()}; a list of at least one readout (head, traj, data) was expected.");
        }

        if (xml.Count != 1)
        {
            throw new InputException($"'{path}' has {xml.Count} headers in '{xml.Name}'; one was expected.");
        }

        string text = xml.Dimensions.Length == 0 ? file.Read<string>(xml, 0, 1) : file.Read<string[]>(xml, 0, 1)[0];
        IsmrmrdHeader header = IsmrmrdHeaderReader.Parse(path, text);
        AcquisitionHeader[] acquisitions = [.. file.Read<HeadRecord[]>(data, 0, count).Select(record => record.Head)];
        for (int i = 0; i < count; i++)
        {
            Check(path, header, acquisitions[i], i);
        }

        return new IsmrmrdFile(path, data.Name, header, acquisitions);
    }

    /// <summary>Whether a file holds the groups of this format; a file that cannot be read is an error.</summary>
    internal static bool IsIn(Hdf5File file) => file.Groups().Any(group => file.Has($"/{group}/xml") && file.Has($"/{group}/data"));

    /// <summary>All readouts with their samples, in the order of the file.</summary>
    /// <exception cref="InputException">Samples or trajectory are damaged, or do not fit their header.</exception>
    public IEnumerable<Readout> Readouts() => Readouts(0, Acquisitions.Count);

    /// <summary>Some consecutive readouts with their samples.</summary>
    /// <param name="first">Index of the first.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="InputException">As for <see cref="Readouts()"/>.</exception>
    public IEnumerable<Readout> Readouts(int first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Acquisitions.Count - first);
        for (int start = first; start < first + count;)
        {
            int block = 0;
            for (long bytes = 0; start + block < first + count && bytes < BlockBytes; block++)
            {
                bytes += 8L * Acquisitions[start + block].Samples * Acquisitions[start + block].Channels;
            }

            foreach (Readout readout in ReadBlock(start, block))
            {
                yield return readout;
            }

            start += block;
        }
    }

    // The package keeps what it read of variable length until the file is closed, so each block opens the file anew.
    private IEnumerable<Readout> ReadBlock(int start, int count)
    {
        using Hdf5File file = Hdf5File.Open(Path);
        SampleRecord[] records = file.Read<SampleRecord[]>(file.Dataset(_dataset), start, count);
        return [.. records.Select((record, i) => ToReadout(record, start + i))];
    }

    private Readout ToReadout(SampleRecord record, int index)
    {
        AcquisitionHeader header = Acquisitions[index];
        float[] samples = record.Samples ?? [], trajectory = record.Trajectory ?? [];
        if (samples.Length != 2L * header.Samples * header.Channels)
        {
            throw new InputException($"'{Path}': readout {index} holds {samples.Length} numbers; its header says {header.Samples} complex samples of {header.Channels} channels, {2L * header.Samples * header.Channels} numbers. The file is damaged.");
        }

        return trajectory.Length == (long)header.Samples * header.TrajectoryDimensions
            ? new Readout(header, trajectory, samples)
            : throw new InputException($"'{Path}': the trajectory of readout {index} holds {trajectory.Length} numbers; its header says {header.Samples} points of {header.TrajectoryDimensions} coordinates. The file is damaged.");
    }

    private static string FindGroup(string path, Hdf5File file)
    {
        string[] groups = file.Groups(), found = [.. groups.Where(group => file.Has($"/{group}/xml") && file.Has($"/{group}/data"))];
        return found.Length switch
        {
            1 => found[0],
            0 => throw new InputException($"'{path}' is an HDF5 file without a group that holds 'xml' and 'data' (groups: {(groups.Length == 0 ? "none" : string.Join(", ", groups))}); an ISMRMRD raw file was expected."),
            _ => throw new InputException($"'{path}' holds several measurements ({string.Join(", ", found)}); one was expected. Split it, for example with h5copy."),
        };
    }

    private static void Check(string path, IsmrmrdHeader header, AcquisitionHeader readout, int index)
    {
        if (readout.Encoding >= header.Encodings.Count)
        {
            throw new InputException($"'{path}': readout {index} belongs to encoding {readout.Encoding}; the header has {header.Encodings.Count}. The file is damaged.");
        }

        if (readout.UsedSamples < 0)
        {
            throw new InputException($"'{path}': readout {index} has {readout.Samples} samples, of which {readout.DiscardBefore} and {readout.DiscardAfter} are to be dropped. The file is damaged.");
        }
    }

    private sealed class HeadRecord
    {
        [H5Name("head")]
        public AcquisitionHeader Head { get; set; } = new();
    }

    private sealed class SampleRecord
    {
        [H5Name("traj")]
        public float[]? Trajectory { get; set; }

        [H5Name("data")]
        public float[]? Samples { get; set; }
    }
}
