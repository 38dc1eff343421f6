using System.Security.Cryptography;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>
/// A folder of stack-of-stars data: <c>dataset.json</c>, and per subject either partitions, <c>kspace.npy</c> [coil, partition, spoke,
/// readout], <c>angles.npy</c> (radians) and <c>radius.npy</c> (cycles per pixel), or slices, <c>slices.npy</c> [slice, coil, spoke, readout] and
/// <c>points.npy</c> [spoke, readout, 2] (cycles per field of view). Simulations that were asked for it have <c>truth.npy</c>
/// [slice, y, x] and <c>maps.npy</c> [slice, coil, y, x], prepared measurements may have estimates, <c>coilmaps.npy</c>, and the
/// inputs and targets of a training, <c>problems/</c> (see <see cref="ProblemFolder"/>).
/// </summary>
public sealed class DatasetFolder : ISliceSource
{
    /// <summary>Name of the record in the folder.</summary>
    public const string RecordName = "dataset.json";

    internal const string SlicesName = "slices.npy", PointsName = "points.npy", CoilMapsName = "coilmaps.npy";

    private const string KSpaceName = "kspace.npy", TrueMapsName = "maps.npy";

    /// <summary>Name of the parameter that says how the coil maps in the dataset were estimated.</summary>
    internal const string CoilMapsKey = "coil maps";

    private readonly string _path;

    /// <summary>A folder whose record is not written yet.</summary>
    /// <param name="path">Folder.</param>
    /// <param name="description">What the record will say.</param>
    internal DatasetFolder(string path, DatasetDescription description) => (_path, Description) = (path, description);

    /// <summary>The record.</summary>
    public DatasetDescription Description { get; }

    /// <summary>Opens a folder and checks that all its files are there.</summary>
    /// <exception cref="InputException">No such folder, no record, or a file is missing.</exception>
    public static DatasetFolder Open(string path)
    {
        if (!Directory.Exists(path))
        {
            throw new InputException($"there is no dataset folder '{path}'. Make one with 'stardeq simulate --out {path}', or of raw files with 'stardeq prepare'.");
        }

        if (!File.Exists(Path.Combine(path, RecordName)))
        {
            throw new InputException($"'{path}' is a folder without '{RecordName}'; a dataset folder was expected. {WithoutRecord(path)}");
        }

        var folder = new DatasetFolder(path, DatasetDescription.Read(Path.Combine(path, RecordName)));
        foreach (DatasetSubject subject in folder.Description.Subjects)
        {
            foreach (string file in subject.Sha256.Keys)
            {
                string full = Path.Combine(path, subject.Name, file);
                if (!File.Exists(full))
                {
                    throw new InputException($"the dataset '{path}' lists '{subject.Name}/{file}', which is missing. Copy the whole folder again.");
                }
            }
        }

        return folder;
    }

    /// <summary>What a folder without the record of a dataset is, as far as it can be told, and what to do with it.</summary>
    internal static string WithoutRecord(string path) =>
        File.Exists(Path.Combine(path, PreparationPlan.RecordName)) ? "It holds an unfinished preparation: repeat the call of 'stardeq prepare' that began it, which goes on where it stopped."
        : File.Exists(Path.Combine(path, SimulationRecord.RawName)) ? "It holds simulated raw files: make a dataset of them with 'stardeq prepare'."
        : "Make one with 'stardeq simulate' or 'stardeq prepare', or name the folder that holds it.";

    /// <summary>Subjects of one group, in order.</summary>
    public DatasetSubject[] Subjects(Split split) => Description.Of(split);

    /// <summary>Reads and checks one subject that is stored as partitions: hashes, shapes, finite values.</summary>
    /// <exception cref="InputException">A file is damaged or does not fit the record.</exception>
    public StackOfStarsAcquisition Load(DatasetSubject subject, TensorScope scope)
    {
        (FileArray stored, double[] angles, double[] radius) = Partitions(subject);
        Tensor kSpace = stored.Read(scope);
        ArrayFile.RequireFinite(kSpace, $"{subject.Name}/{KSpaceName}");
        var acquisition = new StackOfStarsAcquisition(kSpace, angles, radius, Description.Matrix);
        acquisition.Validate();
        return acquisition;
    }

    /// <inheritdoc/>
    public ISubjectSlices OpenSlices(DatasetSubject subject)
    {
        DatasetDescription d = Description;
        if (!subject.Sha256.ContainsKey(SlicesName))
        {
            (FileArray kSpace, double[] angles, double[] radius) = Partitions(subject);
            return new PartitionFile(kSpace, SpokeGeometry.Radial(angles, radius), d);
        }

        FileArray slices = Locate(subject, SlicesName);
        Shape expected = [d.Slices, d.Coils, d.Spokes, d.Readout], points = [d.Spokes, d.Readout, 2];
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        Tensor trajectory = ReadFile(subject, PointsName, scope);
        if (slices.DType != DType.Complex64 || slices.Shape != expected || trajectory.Shape != points)
        {
            throw new InputException($"'{subject.Name}' has slices {slices.DType.Name()} {slices.Shape} and points {trajectory.Describe()}; the record says complex64 {expected} and {points}. Prepare the dataset again.");
        }

        TrajectoryUnits.Check(trajectory, d.Matrix, d.Matrix);
        return new SliceFile(slices, SpokeGeometry.FromPoints(trajectory, d.Matrix, d.Matrix));
    }

    /// <summary>Place of a subject's slices in the patient, or null where the dataset does not say.</summary>
    /// <exception cref="InputException">The subject's record is damaged.</exception>
    public ImageGeometry? Geometry(DatasetSubject subject)
    {
        if (subject.Sha256.ContainsKey(PreparedSubject.RecordName))
        {
            _ = Checked(subject, PreparedSubject.RecordName);
        }

        return PreparedSubject.Read(Path.Combine(_path, subject.Name))?.Geometry;
    }

    /// <inheritdoc/>
    public ProblemFolder? OpenProblems(DatasetSubject subject)
    {
        const string record = $"{StoredProblems.FolderName}/{StoredProblems.RecordName}";
        if (!subject.Sha256.ContainsKey(record))
        {
            return null;
        }

        string path = Checked(subject, record);
        return new ProblemFolder(
            StoredProblems.Parse(path, File.ReadAllText(path)),
            name => Locate(subject, $"{StoredProblems.FolderName}/{name}"),
            () => Locate(subject, CoilMapsName));
    }

    /// <inheritdoc/>
    public FileArray? CoilMaps(DatasetSubject subject, CoilMapChoice? choice) =>
        HoldsMaps(choice) && subject.Sha256.ContainsKey(CoilMapsName) ? Locate(subject, CoilMapsName) : null;

    /// <summary>Whether the dataset holds coil maps, estimated in this way from all spokes; null for any.</summary>
    internal bool HoldsMaps(CoilMapChoice? choice) => Description.Parameters.TryGetValue(CoilMapsKey, out string? key) && (choice is null || PreparationPlan.Key(choice) == key);

    /// <inheritdoc/>
    public FileArray? TrueMaps(DatasetSubject subject) => subject.Sha256.ContainsKey(TrueMapsName) ? Locate(subject, TrueMapsName) : null;

    /// <summary>Reads an optional array of a subject, or returns null if the dataset has none.</summary>
    /// <param name="subject">Subject.</param>
    /// <param name="file">truth.npy or maps.npy.</param>
    /// <param name="scope">Owner of the result.</param>
    public Tensor? LoadOptional(DatasetSubject subject, string file, TensorScope scope) =>
        subject.Sha256.ContainsKey(file) ? ReadFile(subject, file, scope) : null;

    /// <summary>Writes the arrays of a subject and returns its entry for the record.</summary>
    internal static DatasetSubject WriteSubject(string folder, string name, Split split, IReadOnlyDictionary<string, Tensor> files) =>
        new(name, split, WriteArrays(Path.Combine(folder, name), files));

    /// <summary>Writes arrays into a folder and returns their hashes, by file name.</summary>
    internal static SortedDictionary<string, string> WriteArrays(string folder, IReadOnlyDictionary<string, Tensor> files)
    {
        var hashes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string file, Tensor array) in files)
        {
            string path = Path.Combine(folder, file);
            ArrayFile.Write(path, array);
            hashes[file] = Hash(path);
        }

        return hashes;
    }

    /// <summary>SHA-256 of a file, lower-case hexadecimal.</summary>
    internal static string Hash(string path)
    {
        using FileStream stream = InputFile.Open(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    /// <summary>k-space, angles and radii of a subject that is stored as partitions.</summary>
    private (FileArray KSpace, double[] Angles, double[] Radius) Partitions(DatasetSubject subject)
    {
        DatasetDescription d = Description;
        FileArray kSpace = Locate(subject, KSpaceName);
        Shape expected = [d.Coils, d.Partitions, d.Spokes, d.Readout];
        if (kSpace.DType != DType.Complex64 || kSpace.Shape != expected)
        {
            throw new InputException($"'{subject.Name}/{KSpaceName}' is {kSpace.DType.Name()} {kSpace.Shape}; the record says complex64 {expected}. Make the dataset again.");
        }

        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        double[] angles = ToDouble(ReadFile(subject, "angles.npy", scope)), radius = ToDouble(ReadFile(subject, "radius.npy", scope));
        return angles.Length == d.Spokes && radius.Length == d.Readout
            ? (kSpace, angles, radius)
            : throw new InputException($"'{subject.Name}' has {angles.Length} angles and {radius.Length} radii for {d.Spokes} spokes of {d.Readout} samples; the numbers must agree. Make the dataset again.");
    }

    private FileArray Locate(DatasetSubject subject, string file) => NpyFile.Locate(Checked(subject, file));

    private Tensor ReadFile(DatasetSubject subject, string file, TensorScope scope) => ArrayFile.Read(Checked(subject, file), scope);

    /// <summary>The path of a file whose hash is the recorded one.</summary>
    private string Checked(DatasetSubject subject, string file)
    {
        string path = Path.Combine(_path, subject.Name, file);
        string hash = Hash(path);
        return subject.Sha256.TryGetValue(file, out string? expected) && hash == expected
            ? path
            : throw new InputException($"'{path}' has the hash {hash[..12]}..., the record says {(expected is null ? "nothing" : $"{expected[..Math.Min(12, expected.Length)]}...")}. The file was changed or damaged; copy the dataset again.");
    }

    private static double[] ToDouble(Tensor values) => values.DType == DType.Float64
        ? values.ToArray<double>()
        : Array.ConvertAll(values.ToArray<float>(), v => (double)v);
}
