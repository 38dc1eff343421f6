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

    /// <summary>Reads and checks one subject: hashes, shapes, finite values.</summary>
    /// <exception cref="InputException">A file is damaged or does not fit the record.</exception>
    public StackOfStarsAcquisition Load(DatasetSubject subject, TensorScope scope)
    {
        DatasetDescription d = Description;
        Tensor kSpace = ReadFile(subject, "kspace.npy", scope);
        Shape expected = [d.Coils, d.Partitions, d.Spokes, d.Readout];
        if (kSpace.DType != DType.Complex64 || kSpace.Shape != expected)
        {
            throw new InputException($"'{subject.Name}/kspace.npy' is {kSpace.Describe()}; the record says complex64 {expected}. Make the dataset again.");
        }

        ArrayFile.RequireFinite(kSpace, $"{subject.Name}/kspace.npy");
        using var work = new TensorScope(scope.Device, MemoryOwner.Workspace);
        double[] angles = ToDouble(ReadFile(subject, "angles.npy", work)), radius = ToDouble(ReadFile(subject, "radius.npy", work));
        var acquisition = new StackOfStarsAcquisition(kSpace, angles, radius, d.Matrix);
        acquisition.Validate();
        return acquisition;
    }

    /// <summary>Reads and checks one subject as the slices that are used, whichever way the dataset holds it.</summary>
    /// <returns>[slice, coil, spoke · readout] complex64, and where the samples lie.</returns>
    /// <exception cref="InputException">A file is damaged or does not fit the record.</exception>
    public (Tensor Slices, SpokeGeometry Geometry) LoadSlices(DatasetSubject subject, TensorScope scope)
    {
        DatasetDescription d = Description;
        if (!subject.Sha256.ContainsKey(SlicesName))
        {
            using var work = new TensorScope(scope.Device, MemoryOwner.Workspace);
            StackOfStarsAcquisition acquisition = Load(subject, work);
            Tensor made = PartitionFft.ToSlices(acquisition.KSpace, d.VolumeSlices, d.FirstSlice, d.Slices, scope);
            return (made, SpokeGeometry.Radial(acquisition.Angles, acquisition.Radius));
        }

        Tensor slices = ReadFile(subject, SlicesName, scope);
        Shape expected = [d.Slices, d.Coils, d.Spokes, d.Readout], points = [d.Spokes, d.Readout, 2];
        using var pointScope = new TensorScope(scope.Device, MemoryOwner.Workspace);
        Tensor trajectory = ReadFile(subject, PointsName, pointScope);
        if (slices.DType != DType.Complex64 || slices.Shape != expected || trajectory.Shape != points)
        {
            throw new InputException($"'{subject.Name}' has slices {slices.Describe()} and points {trajectory.Describe()}; the record says complex64 {expected} and {points}. Prepare the dataset again.");
        }

        ArrayFile.RequireFinite(slices, $"{subject.Name}/{SlicesName}");
        TrajectoryUnits.Check(trajectory, d.Matrix, d.Matrix);
        return (slices.Reshape([d.Slices, d.Coils, d.Spokes * d.Readout]), SpokeGeometry.FromPoints(trajectory, d.Matrix, d.Matrix));
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
            (name, scope) => ReadFile(subject, $"{StoredProblems.FolderName}/{name}", scope),
            scope => ReadFile(subject, CoilMapsName, scope));
    }

    /// <summary>Coil maps that the dataset holds, or null if it holds none, or others than are asked for.</summary>
    /// <param name="subject">Subject.</param>
    /// <param name="choice">How they should have been estimated, from all spokes; null for any.</param>
    /// <param name="scope">Owner of the result.</param>
    /// <returns>[slice, coil, y, x] complex64.</returns>
    public Tensor? LoadCoilMaps(DatasetSubject subject, CoilMapChoice? choice, TensorScope scope) =>
        HoldsMaps(choice) ? LoadOptional(subject, CoilMapsName, scope) : null;

    /// <summary>Whether the dataset holds coil maps, estimated in this way from all spokes; null for any.</summary>
    internal bool HoldsMaps(CoilMapChoice? choice) => Description.Parameters.TryGetValue(CoilMapsKey, out string? key) && (choice is null || PreparationPlan.Key(choice) == key);

    /// <inheritdoc/>
    public Tensor? LoadTrueMaps(DatasetSubject subject, TensorScope scope) => LoadOptional(subject, "maps.npy", scope);

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
